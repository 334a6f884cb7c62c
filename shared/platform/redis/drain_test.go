package redis_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// TestHandOver has messages come for longer than a run may take them. Other runs follow
// one after the other, the last ends without one, and every message is handled once.
func TestHandOver(t *testing.T) {
	var mu sync.Mutex
	came := map[string]int{}
	f := newFunction(t, address(t, testredis.Start(t).URL(), ""), redis.RunsOptions{Workers: 2}, func(_ context.Context, body []byte) error {
		time.Sleep(5 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		came[string(body)]++
		return nil
	})
	f.lasts = 50 * time.Millisecond
	const many = 200
	for n := range many {
		if err := f.Send(t.Context(), message(fmt.Sprint(n%10), fmt.Sprint("message ", n)))[0]; err != nil {
			t.Fatal(err)
		}
	}
	f.running.Wait()
	for n := range many {
		if c := came[fmt.Sprint("message ", n)]; c != 1 {
			t.Errorf("message %d was handled %d times", n, c)
		}
	}
	// 200 messages of 5 ms at two workers take at least half a second.
	if n := f.invoked.Load(); n < 3 || n > 60 {
		t.Errorf("%d runs", n)
	}
}

// TestRunTakesAtOnce takes the messages of one group in few round trips, up to its share.
func TestRunTakesAtOnce(t *testing.T) {
	proxy := testredis.Start(t).Proxy()
	release := make(chan struct{})
	var working atomic.Int64
	f := newFunction(t, address(t, proxy.URL(), ""), redis.RunsOptions{}, nil)
	f.fault = func(string) error { return errNever }
	const many, share = 40, 8
	for range many {
		if err := f.send("group"); err != nil {
			t.Fatal(err)
		}
	}
	proxy.Take()
	f.running.Go(func() {
		err := f.Drain(context.WithoutCancel(t.Context()), redis.Run{Until: time.Now().Add(time.Minute), Work: platform.Work{
			Admit:  func(_ string, working int) bool { return working < share },
			Handle: func(context.Context, []byte) error { working.Add(1); <-release; return nil },
		}})
		if err != nil {
			t.Error(err)
		}
	})
	eventually(t, "the share is used", func() bool { return working.Load() == share })
	trips, _ := proxy.Take()
	began := time.Now()
	eventually(t, "some looks", func() bool { return time.Since(began) > 200*time.Millisecond })
	if n := working.Load(); n != share || trips > 5 {
		t.Errorf("%d messages are worked on after %d round trips, want %d after one or two", n, trips, share)
	}
	close(release)
	eventually(t, "all are worked on", func() bool { return working.Load() == many })
}

// TestRunsTakeTurns serves groups in turn, each in the order of its messages.
func TestRunsTakeTurns(t *testing.T) {
	var got []string
	f := newFunction(t, address(t, testredis.Start(t).URL(), ""), redis.RunsOptions{Workers: 1}, func(_ context.Context, body []byte) error {
		got = append(got, string(body)) // there is one worker
		return nil
	})
	var messages []platform.Message
	for i, n := range []int{4, 2, 1} {
		for k := range n {
			messages = append(messages, message(fmt.Sprint("group ", i), fmt.Sprint(i, ".", k)))
		}
	}
	if err := platform.First(f.Send(t.Context(), messages...)); err != nil {
		t.Fatal(err)
	}
	f.running.Wait()
	if want := []string{"0.0", "1.0", "2.0", "0.1", "1.1", "0.2", "0.3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAnotherRun has targets that hang. When they have all workers of a run, another run
// is invoked beside it, up to the setting; a single group that has its share brings none.
func TestAnotherRun(t *testing.T) {
	release := make(chan struct{})
	handle := func(context.Context, []byte) error { <-release; return nil }
	o := redis.RunsOptions{Most: 3, Workers: 4, GroupWorkers: 1}
	f := newFunction(t, address(t, testredis.Start(t).URL(), ""), o, handle)
	alone := newFunction(t, address(t, testredis.Start(t).URL(), ""), o, handle)
	for n := range 40 {
		if err := f.send(fmt.Sprint("group ", n)); err != nil {
			t.Fatal(err)
		}
		if err := alone.send("group"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "three runs", func() bool { return f.now.Load() == 3 })
	before := time.Now()
	eventually(t, "two seconds pass", func() bool { return time.Since(before) > 2*time.Second })
	if n := f.invoked.Load(); n != 3 {
		t.Errorf("%d runs were invoked, and 3 may run", n)
	}
	if n := alone.invoked.Load(); n != 1 {
		t.Errorf("%d runs were invoked for one target that hangs", n)
	}
	close(release)
}

// TestRunWithoutRedis ends with an error, after which SCF runs it again, and what was
// sent before is handled then.
func TestRunWithoutRedis(t *testing.T) {
	server := testredis.Start(t)
	var handled atomic.Int64
	f := newFunction(t, address(t, server.URL(), ""), redis.RunsOptions{}, func(context.Context, []byte) error { handled.Add(1); return nil })
	f.fault = func(string) error { return errNever }
	if err := f.send("a"); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	run := func() error {
		return f.Drain(t.Context(), redis.Run{Until: time.Now().Add(time.Minute), Work: platform.Work{Handle: f.handle}})
	}
	if err := run(); err == nil {
		t.Error("a run without Redis gave no error")
	}
	server.Start()
	if err := run(); err != nil || handled.Load() != 1 {
		t.Errorf("with Redis: %v, %d messages", err, handled.Load())
	}
}

// BenchmarkRuns sends 1,000 messages a second through real Redis, to runs of one process,
// and tells how long they waited.
func BenchmarkRuns(b *testing.B) {
	kv := redis.NewStore(address(b, testredis.Start(b).URL(), ""), time.Now)
	defer kv.Close()
	var mu sync.Mutex
	var waits []time.Duration
	var running sync.WaitGroup
	var invoked atomic.Int64
	var q *redis.Runs
	q = kv.Runs(redis.RunsOptions{Invoke: func(_ context.Context, id string) error {
		invoked.Add(1)
		running.Go(func() {
			err := q.Drain(context.WithoutCancel(b.Context()), redis.Run{ID: id, Until: time.Now().Add(10 * time.Second), Work: platform.Work{Handle: func(_ context.Context, body []byte) error {
				sent, err := time.Parse(time.RFC3339Nano, string(body))
				mu.Lock()
				defer mu.Unlock()
				waits = append(waits, time.Since(sent))
				return err
			}}})
			if err != nil {
				b.Error(err)
			}
		})
		return nil
	}})
	var senders sync.WaitGroup
	began := time.Now()
	for n := range b.N {
		time.Sleep(time.Until(began.Add(time.Duration(n) * time.Millisecond)))
		senders.Go(func() {
			if err := q.Send(b.Context(), message(fmt.Sprint("target ", n%50), time.Now().Format(time.RFC3339Nano)))[0]; err != nil {
				b.Error(err)
			}
		})
	}
	senders.Wait()
	sent := time.Since(began)
	running.Wait()
	if len(waits) != b.N {
		b.Errorf("%d of %d messages came", len(waits), b.N)
	}
	slices.Sort(waits)
	b.ReportMetric(float64(b.N)/sent.Seconds(), "messages/s")
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(invoked.Load()), "invocations")
}
