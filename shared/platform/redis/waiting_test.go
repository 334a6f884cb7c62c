package redis_test

import (
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// gauged is a queue that knows what waits in it.
type gauged interface {
	platform.Queue
	platform.Gauged
}

// TestWaiting counts what waits in a queue, and tells for how long, in one round trip.
func TestWaiting(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(url string) gauged{
		"served": func(url string) gauged { return openQueue(t, url, redis.QueueOptions{}) },
		"runs": func(url string) gauged {
			kv := redis.NewStore(address(t, url, ""), time.Now)
			t.Cleanup(func() { kv.Close() })
			return kv.Runs(redis.RunsOptions{Invoke: func(context.Context, string) error { return nil }})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := testredis.Start(t).Proxy()
			q := open(proxy.URL())
			if n, age, err := q.Waiting(t.Context()); n != 0 || age != 0 || err != nil {
				t.Errorf("%d wait for %v in an empty queue, %v", n, age, err)
			}
			began := time.Now()
			if err := platform.First(q.Send(t.Context(), message("a", "one"), message("a", "two"), message("b", "three"), message("a", "one"))); err != nil {
				t.Fatal(err)
			}
			sent := time.Now()
			eventually(t, "20 ms have passed", func() bool { return time.Since(sent) > 20*time.Millisecond })
			proxy.Take()
			n, age, err := q.Waiting(t.Context())
			trips, _ := proxy.Take()
			if n != 3 || age < 20*time.Millisecond || age > time.Since(began)+time.Millisecond || err != nil {
				t.Errorf("%d wait for %v, %v, after %v", n, age, err, time.Since(began))
			}
			if trips != 1 {
				t.Errorf("%d round trips", trips)
			}
		})
	}
}

// TestWaitingIsOfTheOldest takes the oldest message, and has another one be of a version
// that did not note since when it waits.
func TestWaitingIsOfTheOldest(t *testing.T) {
	t.Parallel()
	url := testredis.Start(t).URL()
	kv := redis.NewStore(address(t, url, ""), time.Now)
	t.Cleanup(func() { kv.Close() })
	q := kv.Runs(redis.RunsOptions{Workers: 1, Invoke: func(context.Context, string) error { return nil }})
	var sent []time.Time
	for _, m := range []platform.Message{message("a", "one"), message("a", "two"), message("b", "three"), message("c", "four")} {
		sent = append(sent, time.Now())
		if err := q.Send(t.Context(), m)[0]; err != nil {
			t.Fatal(err)
		}
		passed := time.Now()
		eventually(t, "10 ms have passed", func() bool { return time.Since(passed) > 10*time.Millisecond })
	}
	// expect compares with the number, and with the times at which the oldest message and
	// the next one were sent. Redis counts whole milliseconds.
	expect := func(when string, count int, oldest, next time.Time) {
		t.Helper()
		before := time.Now()
		n, age, err := q.Waiting(t.Context())
		if n != count || before.Add(-age-time.Millisecond).After(next) || time.Now().Add(-age+time.Millisecond).Before(oldest) || err != nil {
			t.Errorf("%s: %d wait for %v, %v", when, n, age, err)
		}
	}
	expect("at first", 4, sent[0], sent[1])
	ctx, cancel := context.WithCancel(t.Context())
	err := q.Drain(ctx, redis.Run{Until: time.Now().Add(time.Minute), Work: platform.Work{
		Handle: func(context.Context, []byte) error { cancel(); return nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	expect("one was taken", 3, sent[1], sent[2])
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	raw := goredis.NewClient(options)
	t.Cleanup(func() { raw.Close() })
	if err := raw.HSet(t.Context(), "sb:{runs}queue-messages", "known two", "").Err(); err != nil {
		t.Fatal(err)
	}
	expect("one is of an older version", 3, sent[2], sent[3])
}
