package redis

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
)

// waitAtMost is how long a consumer blocks before it looks for itself. The end of
// Serve waits as long.
const waitAtMost = time.Second

// longPause has platform.Pause wait for as long as it does at most.
const longPause = 5

// Serve implements platform.Consumer. For each line one goroutine waits for
// messages; each gets a worker, which then takes what else is there.
func (q *Queue) Serve(ctx context.Context, w platform.Work) {
	q.work.Store(&w)
	var all sync.WaitGroup
	for line := range lines {
		s := &server{Queue: q, line: line, work: w, workers: &all}
		all.Go(func() { s.serve(ctx) })
	}
	all.Wait()
}

// server serves one line.
type server struct {
	*Queue
	line    int
	work    platform.Work
	workers *sync.WaitGroup
	turn    sync.Mutex // held by who takes a message, so that no group gets too many workers
}

// serve starts a worker for each message that comes, until ctx ends.
func (s *server) serve(ctx context.Context) {
	for s.crew.enter(ctx) {
		m, err := s.take(context.WithoutCancel(ctx))
		if m != nil {
			s.workers.Go(func() { s.handle(ctx, m) })
			continue
		}
		s.crew.leave()
		if err == nil {
			err = s.wait(ctx)
		}
		if err != nil {
			s.o.Logger.LogAttrs(ctx, slog.LevelError, "queue failed", slog.Any("error", err))
			_ = platform.Pause(ctx, longPause) // ctx is looked at next
		}
	}
}

// handle works on a message, and then on others as long as there are any.
func (s *server) handle(ctx context.Context, m *taken) {
	defer s.crew.leave()
	steady := context.WithoutCancel(ctx)
	for m != nil {
		if err := s.work.Handle(steady, m.body); err != nil {
			// The store still has what the message was about, and sweep finds it.
			s.o.Logger.LogAttrs(steady, slog.LevelError, "message failed", slog.Any("error", err))
		}
		s.crew.end(m.group, m.owner)
		if ctx.Err() != nil {
			return
		}
		m, _ = s.take(steady) // serve tells of the error
	}
}

// taken is a message that was taken from a line.
type taken struct {
	group, owner string
	body         []byte
}

// take takes the next message whose group has a worker to spare; nil if there is
// none.
func (s *server) take(ctx context.Context) (*taken, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	ofLine := func(group string) bool { return lineOf(group) == s.line }
	c := s.pop.run(popKeys(lineName(s.line)), append([]any{1}, s.crew.shares(ofLine, s.work.Admit)...))
	if err := s.client.do(ctx, c); err != nil {
		return nil, fmt.Errorf("take a message: %w", err)
	}
	_, messages, err := readTaken(c)
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	s.crew.begin(messages[0].group, messages[0].owner)
	return &messages[0], nil
}

// readTaken reads the answer of the script that takes messages, and how many are left for
// which there was no place.
func readTaken(c *call) (left int, messages []taken, err error) {
	answer, err := c.Slice()
	if err == nil && len(answer)%3 != 1 {
		err = errMissing
	}
	if err != nil {
		return 0, nil, fmt.Errorf("take a message: %w", err)
	}
	n, _ := answer[0].(int64)
	for parts := range slices.Chunk(answer[1:], 3) {
		group, _ := parts[0].(string)
		owner, _ := parts[1].(string)
		body, _ := parts[2].(string)
		messages = append(messages, taken{group, owner, []byte(body)})
	}
	return int(n), messages, nil
}

// wait blocks until a message is sent to the line, or for a while.
func (s *server) wait(ctx context.Context) error {
	err := s.waiting.redis.BLPop(context.WithoutCancel(ctx), waitAtMost, tokensKey(lineName(s.line))).Err()
	if err != nil && err != goredis.Nil {
		return fmt.Errorf("wait for messages: %w", err)
	}
	return nil
}
