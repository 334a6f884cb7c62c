package redis_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

func openQueue(t *testing.T, url string, o redis.QueueOptions) *redis.Queue {
	t.Helper()
	q := redis.NewQueue(address(t, url, ""), o)
	t.Cleanup(func() { q.Close() })
	return q
}

// TestQueue passes the suite where TestKV does.
func TestQueue(t *testing.T) {
	o := redis.QueueOptions{Workers: 64, GroupWorkers: 32}
	t.Run("one server", func(t *testing.T) {
		platformtest.Served(t, func(t *testing.T) platformtest.ServedQueue { return openQueue(t, testredis.Start(t).Proxy().URL(), o) })
	})
	t.Run("proxy", func(t *testing.T) {
		platformtest.Served(t, func(t *testing.T) platformtest.ServedQueue { return openQueue(t, behindProxy(oneSlot(t).URL()), o) })
	})
	t.Run("cluster", func(t *testing.T) {
		cluster := testredis.StartCluster(t, 2)
		platformtest.Served(t, func(t *testing.T) platformtest.ServedQueue {
			cluster.Clear()
			return openQueue(t, cluster.URL(), o)
		})
	})
}

// message is a message of a group.
func message(group, body string) platform.Message {
	return platform.Message{Group: group, Body: []byte(body)}
}

// TestQueueIsBounded counts bytes, of a group and in all, and counts them down. The
// largest group makes way for others.
func TestQueueIsBounded(t *testing.T) {
	// A message takes 171 bytes, and the groups are of one line.
	q := openQueue(t, testredis.Start(t).URL(), redis.QueueOptions{Bytes: 8 * 600, GroupBytes: 400})
	groups := sameLine(3)
	send := func(want ...error) {
		t.Helper()
		var messages []platform.Message
		for i, group := range []int{0, 0, 0, 1, 2} {
			messages = append(messages, message(groups[group], fmt.Sprintf("message %d ", i)))
		}
		if got := q.Send(t.Context(), messages...); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	for range 2 {
		send(nil, nil, platform.ErrFull, nil, nil) // the second of the first group made way
		got := empty(t, q, 3)
		if slices.Sort(got); !slices.Equal(got, []string{"message 0 ", "message 3 ", "message 4 "}) {
			t.Errorf("%q came", got)
		}
	}
}

// TestFloodGivesWay floods a line with one owner's groups. Every message of another owner
// is taken, and the queue tells what made way; a message that waits is not taken twice.
func TestFloodGivesWay(t *testing.T) {
	q := openQueue(t, testredis.Start(t).URL(), redis.QueueOptions{Bytes: 8 * 20_000, Workers: 1})
	groups := sameLine(4)
	var mu sync.Mutex
	gone, handled, begin := map[string]bool{}, map[string]bool{}, make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		q.Serve(ctx, platform.Work{
			GaveWay: func(m platform.Message) { mu.Lock(); gone[string(m.Body)] = true; mu.Unlock() },
			Handle: func(_ context.Context, body []byte) error {
				<-begin
				mu.Lock()
				handled[string(body)] = true
				mu.Unlock()
				return nil
			},
		})
		close(done)
	}()
	send := func(owner string, group, n int) (taken int) {
		for i := range n {
			m := message(groups[group], fmt.Sprintf("%s %d %d", owner, group, i))
			m.Owner = owner
			if q.Send(t.Context(), m, m)[0] == nil {
				taken++
			}
		}
		return taken
	}
	flooded := send("flood", 0, 100) + send("flood", 1, 100) + send("flood", 2, 100)
	if flooded == 300 {
		t.Error("the flood did not fill the line")
	}
	if taken := send("other", 3, 40); taken != 40 {
		t.Errorf("%d of 40 messages of a neighbour were taken", taken)
	}
	close(begin)
	for late := time.After(30 * time.Second); ; {
		mu.Lock()
		have := len(gone) + len(handled)
		mu.Unlock()
		if have >= flooded+40 {
			break
		}
		select {
		case <-late:
			t.Fatalf("%d of %d were handled or made way", have, flooded+40)
		case <-time.After(10 * time.Millisecond):
		}
	}
	cancel()
	<-done
	for i := range 40 {
		if body := fmt.Sprintf("other 3 %d", i); !handled[body] {
			t.Errorf("%s was not handled", body)
		}
	}
}

// sameLine names groups of one line, with a letter each.
func sameLine(n int) (groups []string) {
	for name := 'A'; len(groups) < n; name++ {
		if platform.Hash(string(name))%8 == platform.Hash("A")%8 {
			groups = append(groups, string(name))
		}
	}
	return groups
}

// empty takes n messages, which must be all, and gives them in their order if there
// is one worker.
func empty(t *testing.T, q *redis.Queue, n int) (bodies []string) {
	t.Helper()
	got := make(chan string, n+1)
	stop := platformtest.Serve(t, q, func(_ context.Context, body []byte) error {
		got <- string(body)
		return nil
	})
	for range n {
		select {
		case body := <-got:
			bodies = append(bodies, body)
		case <-time.After(30 * time.Second):
			t.Fatalf("%d of %d messages came", len(bodies), n)
		}
	}
	stop()
	if len(got) > 0 {
		t.Errorf("one more came: %s", <-got)
	}
	return bodies
}

// TestQueueTakesTurns serves groups in turn, each in the order of its messages.
func TestQueueTakesTurns(t *testing.T) {
	q := openQueue(t, testredis.Start(t).URL(), redis.QueueOptions{Workers: 1})
	groups := sameLine(3)
	var messages []platform.Message
	for i, n := range []int{4, 2, 1} {
		for k := range n {
			messages = append(messages, message(groups[i], fmt.Sprint(i, ".", k)))
		}
	}
	if err := platform.First(q.Send(t.Context(), messages...)); err != nil {
		t.Fatal(err)
	}
	want := []string{"0.0", "1.0", "2.0", "0.1", "1.1", "0.2", "0.3"}
	if got := empty(t, q, len(messages)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestEmptyQueueLeavesNothing leaves no key behind but tokens, which are few.
func TestEmptyQueueLeavesNothing(t *testing.T) {
	server := testredis.Start(t)
	q := openQueue(t, server.URL(), redis.QueueOptions{})
	const many = 1000
	for i := range many / 100 {
		var messages []platform.Message
		for k := range 100 {
			messages = append(messages, message(fmt.Sprint(k%10), fmt.Sprint(i, k)))
		}
		if err := platform.First(q.Send(t.Context(), messages...)); err != nil {
			t.Fatal(err)
		}
	}
	empty(t, q, many)
	raw := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer raw.Close()
	for line := range 8 {
		for key, most := range map[string]int64{"queue": 0, "queue-groups": 0, "queue-messages": 0, "queue-sizes": 0, "queue-owners": 0, "queue-tokens": 100} {
			size := map[string]func(context.Context, string) *goredis.IntCmd{
				"queue": raw.ZCard, "queue-groups": raw.HLen, "queue-messages": raw.HLen, "queue-sizes": raw.ZCard, "queue-owners": raw.ZCard, "queue-tokens": raw.LLen,
			}[key]
			if n, err := size(t.Context(), fmt.Sprintf("sb:{%02d}%s", line, key)).Result(); err != nil || n > most {
				t.Errorf("%s of line %d has %d entries (%v), at most %d may stay", key, line, n, err, most)
			}
		}
	}
}

// TestQueueSurvivesRestarts serves on after Redis was away, and fails meanwhile.
func TestQueueSurvivesRestarts(t *testing.T) {
	server := testredis.Start(t)
	q := openQueue(t, server.URL(), redis.QueueOptions{})
	got := make(chan string, 1)
	platformtest.Serve(t, q, func(_ context.Context, body []byte) error {
		got <- string(body)
		return nil
	})
	for _, body := range []string{"first", "second"} {
		if err := q.Send(t.Context(), message("g", body))[0]; err != nil {
			t.Fatal(err)
		}
		select {
		case came := <-got:
			if came != body {
				t.Errorf("%q came, want %q", came, body)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s did not come", body)
		}
		server.Kill()
		if err := q.Send(t.Context(), message("g", "away"))[0]; err == nil {
			t.Error("a message was taken while Redis was away")
		}
		server.Start()
	}
}
