package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// function is a function whose invocations take the messages of its queue, as SCF runs
// them: later, and many at once.
type function struct {
	*redis.Runs
	t      *testing.T
	handle platformtest.Handler
	// lasts is how long a run takes messages.
	lasts time.Duration
	// fault, if not nil, says what becomes of an invocation.
	fault func(id string) error

	running sync.WaitGroup
	invoked atomic.Int64
	now     atomic.Int64 // how many run
}

// errNever makes an invocation that is accepted and lost.
var errNever = errors.New("never")

func newFunction(t *testing.T, a redis.Address, o redis.RunsOptions, handle platformtest.Handler) *function {
	t.Helper()
	kv := redis.NewStore(a, time.Now)
	f := &function{t: t, handle: handle, lasts: time.Minute}
	o.Invoke = f.invoke
	f.Runs = kv.Runs(o)
	t.Cleanup(func() {
		f.running.Wait()
		kv.Close()
	})
	return f
}

func (f *function) invoke(_ context.Context, id string) error {
	f.invoked.Add(1)
	if f.fault != nil {
		if err := f.fault(id); err != nil {
			if errors.Is(err, errNever) {
				return nil
			}
			return err
		}
	}
	f.running.Go(func() {
		f.now.Add(1)
		defer f.now.Add(-1)
		if err := f.Drain(context.WithoutCancel(f.t.Context()), redis.Run{ID: id, Until: time.Now().Add(f.lasts), Work: platform.Work{Handle: f.handle}}); err != nil {
			f.t.Errorf("run %s: %v", id, err)
		}
	})
	return nil
}

// raw is a client for what the package does not let out.
func raw(t *testing.T, server *testredis.Server) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	t.Cleanup(func() { client.Close() })
	return client
}

const runsKey = "sb:{runs}queue-runs"

// send sends a message of each group.
func (f *function) send(groups ...string) error {
	messages := make([]platform.Message, len(groups))
	for i, group := range groups {
		messages[i] = message(group, fmt.Sprintf("%s %d", group, time.Now().UnixNano()))
	}
	return platform.First(f.Send(f.t.Context(), messages...))
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// TestRuns passes the suite where TestQueue does.
func TestRuns(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) redis.Address{
		"one server": func(t *testing.T) redis.Address { return address(t, testredis.Start(t).Proxy().URL(), "") },
		"proxy":      func(t *testing.T) redis.Address { return address(t, behindProxy(oneSlot(t).URL()), "") },
		"cluster":    func(t *testing.T) redis.Address { return address(t, testredis.StartCluster(t, 2).URL(), "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			platformtest.Queue(t, func(t *testing.T, handle platformtest.Handler) platform.Queue {
				return newFunction(t, open(t), redis.RunsOptions{}, handle)
			})
		})
	}
}

// TestOneInvocation makes one invocation however many messages come while a run takes
// them, and leaves nothing behind but tokens.
func TestOneInvocation(t *testing.T) {
	server := testredis.Start(t)
	var handled atomic.Int64
	f := newFunction(t, address(t, server.URL(), ""), redis.RunsOptions{}, func(context.Context, []byte) error {
		handled.Add(1)
		return nil
	})
	var all sync.WaitGroup
	for sender := range 8 {
		all.Go(func() {
			for n := range 50 {
				if err := f.Send(t.Context(), message(fmt.Sprint(n%5), fmt.Sprint(sender, " ", n)))[0]; err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	f.running.Wait()
	// A run ends when nothing came for a moment, which a slow machine may let happen.
	if n, runs := handled.Load(), f.invoked.Load(); n != 400 || runs > 5 {
		t.Errorf("%d messages were handled by %d runs, want 400 by hardly more than one", n, runs)
	}
	keys, err := raw(t, server).Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 1 || !strings.HasSuffix(keys[0], "queue-tokens") {
		t.Errorf("what is left: %q, %v", keys, err)
	}
}

// TestMessageAtTheEnd sends a message in the moment in which a run has found nothing and
// ends. Whoever sends it sees that there is a run, so the run must go on.
func TestMessageAtTheEnd(t *testing.T) {
	server := testredis.Start(t)
	proxy := server.Proxy()
	got := make(chan string, 2)
	f := newFunction(t, address(t, proxy.URL(), ""), redis.RunsOptions{}, func(_ context.Context, body []byte) error {
		got <- string(body)
		return nil
	})
	beside := newFunction(t, address(t, server.URL(), ""), redis.RunsOptions{}, nil)
	beside.fault = func(string) error { t.Error("there was no run any more"); return errNever }
	var once sync.Once
	leave := redis.LeaveScript()
	proxy.Fail(func(commands [][]string) testredis.Fault {
		if commands[0][1] == leave {
			once.Do(func() {
				if err := beside.Send(t.Context(), message("g", "second"))[0]; err != nil {
					t.Error(err)
				}
			})
		}
		return ""
	})
	if err := f.Send(t.Context(), message("g", "first"))[0]; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first", "second"} {
		select {
		case body := <-got:
			if body != want {
				t.Errorf("%q came, want %q", body, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s did not come", want)
		}
	}
	f.running.Wait()
	if n := f.invoked.Load(); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
}

// TestLostRun loses an invocation, or kills its run. The note of it ends by itself; then
// the next message has another run invoked, and so has Wake, which sweep calls.
func TestLostRun(t *testing.T) {
	for name, wake := range map[string]func(f *function) error{
		"message": func(f *function) error { return f.send("b") },
		"sweep":   func(f *function) error { return f.Wake(f.t.Context()) },
	} {
		server := testredis.Start(t)
		var handled atomic.Int64
		f := newFunction(t, address(t, server.URL(), ""), redis.RunsOptions{}, func(context.Context, []byte) error {
			handled.Add(1)
			return nil
		})
		f.fault = func(string) error { return errNever }
		if err := f.send("a"); err != nil {
			t.Fatal(err)
		}
		if err := wake(f); err != nil || f.invoked.Load() != 1 {
			t.Errorf("%s: %v, %d runs were invoked while one is noted, want 1", name, err, f.invoked.Load())
		}
		note, err := raw(t, server).ZRangeWithScores(t.Context(), runsKey, 0, -1).Result()
		if err != nil || len(note) != 1 || time.Until(time.UnixMilli(int64(note[0].Score))) > 5*time.Second {
			t.Fatalf("%s: notes %v, %v, want one that ends within 5 s", name, note, err)
		}
		raw(t, server).ZAdd(t.Context(), runsKey, goredis.Z{Score: 1, Member: note[0].Member})
		f.fault = nil
		if err := wake(f); err != nil || f.invoked.Load() != 2 {
			t.Errorf("%s: %v, %d runs, want 2", name, err, f.invoked.Load())
		}
		f.running.Wait()
		if err := f.Wake(t.Context()); err != nil || f.invoked.Load() != 2 || handled.Load() == 0 {
			t.Errorf("%s: %v, %d runs although nothing waits, %d messages handled", name, err, f.invoked.Load(), handled.Load())
		}
	}
}

// TestFailingInvocation tells of an invocation that failed. The message waits, and the
// next one tries again at once.
func TestFailingInvocation(t *testing.T) {
	var handled atomic.Int64
	f := newFunction(t, address(t, testredis.Start(t).Proxy().URL(), ""), redis.RunsOptions{}, func(context.Context, []byte) error {
		handled.Add(1)
		return nil
	})
	away := errors.New("the API is away")
	f.fault = func(string) error { return away }
	if err := f.send("a"); !errors.Is(err, away) {
		t.Errorf("the error is %v", err)
	}
	f.fault = nil
	if err := f.send("b"); err != nil {
		t.Error(err)
	}
	f.running.Wait()
	if n, runs := handled.Load(), f.invoked.Load(); n != 2 || runs != 2 {
		t.Errorf("%d messages were handled after %d invocations, want 2 and 2", n, runs)
	}
}

// TestUnknownScripts sends a message to a server that knows some scripts and not others, as
// a restarted one does. The run is noted when the message is there, and so it is invoked.
func TestUnknownScripts(t *testing.T) {
	f := newFunction(t, address(t, testredis.Start(t).URL(), ""), redis.RunsOptions{}, func(context.Context, []byte) error { return nil })
	if err := f.Wake(t.Context()); err != nil { // now the server knows how runs are noted
		t.Fatal(err)
	}
	if err := f.send("a"); err != nil || f.invoked.Load() != 1 {
		t.Errorf("%v, %d runs, want 1", err, f.invoked.Load())
	}
}

// TestLostAnswerOfSend loses the answer to a message that had a run noted: what is sent
// again finds the note, and still invokes.
func TestLostAnswerOfSend(t *testing.T) {
	proxy := testredis.Start(t).Proxy()
	var handled atomic.Int64
	f := newFunction(t, address(t, proxy.URL(), ""), redis.RunsOptions{}, func(context.Context, []byte) error {
		handled.Add(1)
		return nil
	})
	if err := f.send("a"); err != nil { // so that the scripts are known
		t.Fatal(err)
	}
	f.running.Wait()
	var once sync.Once
	proxy.Fail(func([][]string) (fault testredis.Fault) {
		once.Do(func() { fault = testredis.DropAfter })
		return fault
	})
	if err := f.send("b"); err != nil {
		t.Fatal(err)
	}
	f.running.Wait()
	if n, runs := handled.Load(), f.invoked.Load(); n != 2 || runs != 2 {
		t.Errorf("%d messages were handled by %d runs, want 2 by 2", n, runs)
	}
}
