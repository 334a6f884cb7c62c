package redis

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

const (
	// takeAtMost is how many messages a run takes at once, each of another group.
	takeAtMost = 16
	// lookEvery is how long a run waits, at most, before it looks for messages again.
	lookEvery = 25 * time.Millisecond
	// linger is how long a run with nothing to do waits for more. It bounds how often a
	// run is invoked when messages come one by one.
	linger = 100 * time.Millisecond
)

// Run takes messages by turns and hands them to w.Handle, many at once, until none has
// come for a moment. From until on it takes no more: if messages wait, another run is
// invoked. It returns when all that it took is done. When there are more messages than it
// has workers for, and more than it took in a second, it has another run invoked beside it.
//
// An error of Handle is logged; the message is gone, and the store has what it was about.
// After an error of Run the platform should run it again later.
func (q *Runs) Run(ctx context.Context, id string, until time.Time, w platform.Work) error {
	r := &run{Runs: q, id: id, work: w, crew: newCrew(q.o.Workers, q.o.GroupWorkers), ended: make(chan struct{}, 1), second: q.now()}
	defer r.workers.Wait()
	return r.serve(ctx, until)
}

// NewRun is the id of a run that nobody named.
func NewRun() string { return newToken() }

// run is one run of the function.
type run struct {
	*Runs
	id      string
	work    platform.Work
	crew    *crew
	workers sync.WaitGroup
	ended   chan struct{} // has one when a worker has ended
	// second is since when there were more messages than free workers, and count how many
	// were taken since.
	second time.Time
	count  int
}

// serve takes messages and begins work on them.
func (r *run) serve(ctx context.Context, until time.Time) error {
	var idle time.Time // since when there was nothing to do
	for ctx.Err() == nil && r.now().Before(until) {
		messages, left, err := r.take(ctx)
		if err != nil {
			return err
		}
		for _, m := range messages {
			r.begin(ctx, m)
		}
		r.ask(ctx, len(messages), left)
		switch now := r.now(); {
		case len(messages) > 0:
			idle = time.Time{}
			continue
		case len(r.crew.places) > 0:
			idle = time.Time{}
		case idle.IsZero():
			idle = now
		case now.Sub(idle) >= linger:
			if more, err := r.end(ctx, ""); err != nil || !more {
				return err
			}
			continue
		}
		r.wait(ctx)
	}
	return r.handOver(context.WithoutCancel(ctx))
}

// take takes messages for as many workers as are free, but of groups that have one to
// spare, and answers how many are left for which there was none. It notes that the run
// is there.
func (r *run) take(ctx context.Context) (messages []taken, left int, err error) {
	free := min(takeAtMost, r.o.Workers-len(r.crew.places))
	every := func(string) bool { return true }
	pop := r.pop.run(popKeys(runsLine), append([]any{free}, r.crew.full(every, r.work.Admit)...))
	note := r.enter.run(noteKeys(), []any{r.id, noteKept.Milliseconds(), ""})
	if err := r.client.do(ctx, pop, note); err != nil {
		return nil, 0, fmt.Errorf("take messages: %w", err)
	}
	left, messages, err = readTaken(pop)
	return messages, left, err
}

// begin gives a message to a worker, of which one is free.
func (r *run) begin(ctx context.Context, m taken) {
	r.crew.enter(context.WithoutCancel(ctx))
	r.crew.begin(m.group, m.owner)
	r.workers.Go(func() {
		if err := r.work.Handle(ctx, m.body); err != nil {
			r.o.Logger.LogAttrs(ctx, slog.LevelError, "message failed", slog.String("message", string(m.body)), slog.Any("error", err))
		}
		r.crew.end(m.group, m.owner)
		r.crew.leave()
		select {
		case r.ended <- struct{}{}:
		default:
		}
	})
}

// wait waits for a worker, or for the time to look again.
func (r *run) wait(ctx context.Context) {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ask has another run invoked if there were more messages than free workers for a second,
// and more wait than were taken in it.
func (r *run) ask(ctx context.Context, took, left int) {
	now := r.now()
	if left == 0 {
		r.second, r.count = now, 0
		return
	}
	r.count += took
	if now.Sub(r.second) < time.Second {
		return
	}
	needed := left > r.count
	r.second, r.count = now, 0
	if !needed {
		return
	}
	r.workers.Go(func() {
		if err := r.another(ctx, r.o.Most-1); err != nil {
			r.o.Logger.LogAttrs(ctx, slog.LevelWarn, "no other run was invoked, although messages wait", slog.Any("error", err))
		}
	})
}

// handOver ends the run and has another one invoked if messages wait.
func (r *run) handOver(ctx context.Context) error {
	next := newToken()
	if more, err := r.end(ctx, next); err != nil || !more {
		return err
	}
	return r.invokeNoted(ctx, next)
}

// end ends the run unless messages wait, and reports whether they do. Then next takes its
// place, or it goes on if that is "".
func (r *run) end(ctx context.Context, next string) (more bool, err error) {
	leave := r.leave.run(noteKeys(), []any{r.id, next, noteKept.Milliseconds()})
	if err := r.client.do(ctx, leave); err != nil {
		return false, fmt.Errorf("end a run: %w", err)
	}
	n, err := leave.Int64()
	if err != nil {
		return false, fmt.Errorf("end a run: %w", err)
	}
	return n == done, nil
}
