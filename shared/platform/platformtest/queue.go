package platformtest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// Handler works on one message, as platform.Handlers.Message does.
type Handler = func(context.Context, []byte) error

// Queue runs the contract of platform.Queue. open makes an empty queue whose
// messages go to handle from now on, and sees to its end.
func Queue(t *testing.T, open func(t *testing.T, handle Handler) platform.Queue) {
	t.Run("every message arrives", func(t *testing.T) { everyMessage(t, open) })
	t.Run("a delayed message waits", func(t *testing.T) { delayed(t, open) })
	t.Run("a failing handler stops nothing", func(t *testing.T) { failing(t, open) })
	t.Run("a stuck group does not stop others", func(t *testing.T) { stuckGroup(t, open) })
}

// ServedQueue is both sides of a queue.
type ServedQueue interface {
	platform.Queue
	platform.Consumer
}

// Served runs the contracts of platform.Queue and platform.Consumer. open makes an
// empty queue with 64 workers, of which a group has at most 32.
func Served(t *testing.T, open func(t *testing.T) ServedQueue) {
	Queue(t, func(t *testing.T, handle Handler) platform.Queue {
		q := open(t)
		Serve(t, q, handle)
		return q
	})
	t.Run("serving ends with what is being handled", func(t *testing.T) { drained(t, open(t)) })
	t.Run("flooded groups leave workers", func(t *testing.T) { flooded(t, open(t)) })
}

// Serve serves a queue until stop is called or the test ends.
func Serve(t *testing.T, q platform.Consumer, handle Handler) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { q.Serve(ctx, platform.Work{Handle: handle}); close(done) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// inbox collects bodies and tells when enough have come.
type inbox struct {
	mu    sync.Mutex
	count map[string]int
	came  chan struct{}
}

func newInbox() *inbox { return &inbox{count: map[string]int{}, came: make(chan struct{}, 1)} }

func (b *inbox) take(_ context.Context, body []byte) error {
	b.mu.Lock()
	b.count[string(body)]++
	b.mu.Unlock()
	select {
	case b.came <- struct{}{}:
	default:
	}
	return nil
}

// wait returns once n different bodies have come.
func (b *inbox) wait(t *testing.T, n int) {
	t.Helper()
	late := time.After(patience)
	for {
		b.mu.Lock()
		got := len(b.count)
		b.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-b.came:
		case <-late:
			t.Fatalf("%d of %d messages came", got, n)
		}
	}
}

func mustSend(t *testing.T, q platform.Queue, messages ...platform.Message) {
	t.Helper()
	if err := platform.First(q.Send(t.Context(), messages...)); err != nil {
		t.Fatalf("send: %v", err)
	}
}

func everyMessage(t *testing.T, open func(*testing.T, Handler) platform.Queue) {
	got := newInbox()
	q := open(t, got.take)
	var messages []platform.Message
	for i := range 100 {
		messages = append(messages, platform.Message{Group: fmt.Sprint("g", i%7), Body: fmt.Append(nil, "message ", i)})
	}
	mustSend(t, q, messages[:1]...)
	mustSend(t, q, messages[1:]...)
	got.wait(t, 100)
}

func delayed(t *testing.T, open func(*testing.T, Handler) platform.Queue) {
	got := newInbox()
	q := open(t, got.take)
	if q.MaxDelay() == 0 {
		t.Skip("this queue has no delay")
	}
	begin := time.Now()
	mustSend(t, q, platform.Message{Group: "g", Body: []byte("later"), Delay: time.Second})
	got.wait(t, 1)
	if passed := time.Since(begin); passed < 900*time.Millisecond {
		t.Errorf("a message delayed by 1 s came after %v", passed)
	}
}

func failing(t *testing.T, open func(*testing.T, Handler) platform.Queue) {
	got := newInbox()
	q := open(t, func(ctx context.Context, body []byte) error {
		if string(body) == "bad" {
			return fmt.Errorf("the store is away")
		}
		return got.take(ctx, body)
	})
	mustSend(t, q, platform.Message{Group: "g", Body: []byte("bad")}, platform.Message{Group: "g", Body: []byte("good")})
	got.wait(t, 1)
}

func stuckGroup(t *testing.T, open func(*testing.T, Handler) platform.Queue) {
	got, release := newInbox(), make(chan struct{})
	q := open(t, func(ctx context.Context, body []byte) error {
		if bytes.HasPrefix(body, []byte("stuck")) {
			<-release
			return nil
		}
		return got.take(ctx, body)
	})
	// After open, so that it comes before the queue's own end, which waits for
	// what is being handled.
	t.Cleanup(func() { close(release) })
	for i := range 6 {
		var messages []platform.Message
		for k := range 100 {
			messages = append(messages, platform.Message{Group: "dead", Body: fmt.Append(nil, "stuck ", i, k)})
		}
		mustSend(t, q, messages...)
	}
	mustSend(t, q, platform.Message{Group: "alive", Body: []byte("one")}, platform.Message{Group: "other", Body: []byte("two")})
	got.wait(t, 2)
}

func drained(t *testing.T, q ServedQueue) {
	started, release, finished := make(chan struct{}), make(chan struct{}), false
	stop := Serve(t, q, func(ctx context.Context, _ []byte) error {
		close(started)
		<-release
		finished = ctx.Err() == nil
		return nil
	})
	mustSend(t, q, platform.Message{Group: "a", Body: []byte("one")})
	<-started
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(release)
	<-stopped
	if !finished {
		t.Error("the handler was cut off")
	}
}

// flooded has groups whose messages take for ever, more of them than there are
// workers.
func flooded(t *testing.T, q ServedQueue) {
	const workers = 64
	release, got := make(chan struct{}), newInbox()
	Serve(t, q, func(ctx context.Context, body []byte) error {
		if bytes.HasPrefix(body, []byte("stuck")) {
			<-release
			return nil
		}
		return got.take(ctx, body)
	})
	t.Cleanup(func() { close(release) })
	for _, group := range []string{"a", "b", "c", "d"} {
		for i := range workers {
			mustSend(t, q, platform.Message{Group: group, Body: fmt.Append(nil, "stuck ", group, i)})
		}
	}
	for n := range 10 {
		mustSend(t, q, platform.Message{Group: "healthy", Body: fmt.Append(nil, n)})
		got.wait(t, n+1)
	}
}
