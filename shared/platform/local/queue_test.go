package local_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
)

// perMessage is what a message with a body of ten bytes takes.
const perMessage = 210

// flood sends n messages of a group, and answers how many were taken.
func flood(t *testing.T, q *local.Queue, owner, group string, n int) (taken int) {
	t.Helper()
	for i := range n {
		if q.Send(t.Context(), message(owner, group, i))[0] == nil {
			taken++
		}
	}
	return taken
}

// message has a body of ten bytes.
func message(owner, group string, n int) platform.Message {
	return platform.Message{Owner: owner, Group: group, Body: fmt.Appendf(nil, "%2s%2s %05d", owner, group, n)}
}

// serve serves a queue in a bubble until it has nothing to do, and answers the bodies in
// their order.
func serve(q *local.Queue, gaveWay func(platform.Message)) (bodies []string) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		q.Serve(ctx, platform.Work{GaveWay: gaveWay, Admit: func(string, int) bool { return true }, Handle: func(_ context.Context, body []byte) error {
			bodies = append(bodies, string(body))
			return nil
		}})
		close(done)
	}()
	synctest.Wait()
	cancel()
	<-done
	return bodies
}

// TestFloodGivesWay floods a queue with the messages of one owner's ten groups. Every
// message of another owner is taken: one of the largest group makes way, and the queue
// tells of it.
func TestFloodGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := local.NewQueue(local.QueueOptions{Bytes: 1000 * perMessage, Workers: 1})
		taken := 0
		for group := range 10 {
			taken += flood(t, q, "a", fmt.Sprint(group), 1000)
		}
		if refused := message("a", "0", 99999); taken < 1000 || q.Send(t.Context(), refused)[0] != platform.ErrFull {
			t.Errorf("%d of a flood were taken, and then one more", taken)
		}
		if taken := flood(t, q, "b", "b", 1000); taken < 499 || taken > 501 {
			t.Errorf("%d of 1000 messages of a neighbour were taken, not its half", taken)
		}
	})
}

// TestGivingWayIsTold serves what is left in order, and tells of the newest, which made way.
func TestGivingWayIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := local.NewQueue(local.QueueOptions{Bytes: 3 * perMessage, Workers: 1})
		serve(q, nil)
		var gone []string
		begin := make(chan struct{})
		stop := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		go func() {
			q.Serve(ctx, platform.Work{
				GaveWay: func(m platform.Message) { gone = append(gone, string(m.Body)) },
				Admit:   func(string, int) bool { return true },
				Handle: func(_ context.Context, body []byte) error {
					<-begin
					got = append(got, string(body))
					return nil
				},
			})
			close(stop)
		}()
		synctest.Wait()
		if err := q.Send(t.Context(), message("a", "1", 0))[0]; err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the worker has it
		flood(t, q, "a", "1", 4)
		flood(t, q, "b", "2", 1)
		close(begin)
		synctest.Wait()
		cancel()
		<-stop
		if want := []string{" a 1 00002"}; !slices.Equal(gone, want) {
			t.Errorf("gave way: %q, want %q", gone, want)
		}
		if want := []string{" a 1 00000", " b 2 00000", " a 1 00000", " a 1 00001"}; !slices.Equal(got, want) {
			t.Errorf("handled %q, want %q", got, want)
		}
	})
}

// TestGroupIsBounded refuses what does not fit a group, and what waits for a time counts.
func TestGroupIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := local.NewQueue(local.QueueOptions{GroupBytes: 2 * perMessage})
		late := message("a", "1", 1)
		late.Delay = time.Second
		errs := q.Send(t.Context(), message("a", "1", 0), late, message("a", "1", 2), message("a", "2", 3), message("a", "1", 0))
		if want := []error{nil, nil, platform.ErrFull, nil, nil}; !slices.Equal(errs, want) {
			t.Errorf("got %v, want %v; the last waits already", errs, want)
		}
		time.Sleep(2 * time.Second)
		got := serve(q, nil)
		if slices.Sort(got); !slices.Equal(got, []string{" a 1 00000", " a 1 00001", " a 2 00003"}) {
			t.Errorf("handled %q", got)
		}
	})
}

// TestOwnersTakeTurns serves owners in turn, however many groups one has.
func TestOwnersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := local.NewQueue(local.QueueOptions{Workers: 1})
		for group := range 10 {
			flood(t, q, "a", fmt.Sprint(group), 10)
		}
		flood(t, q, "b", "b", 5)
		got := serve(q, nil)
		if last := slices.Index(got, " b b 00004"); last > 10 {
			t.Errorf("the fifth message of the smaller owner was number %d", last+1)
		}
	})
}

// TestLastWorkersAreForOthers has one owner's targets hang, more of them than there are
// workers. Those of others are served, and when one of the first ends another begins.
func TestLastWorkersAreForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := local.NewQueue(local.QueueOptions{Workers: 64})
		for group := range 200 {
			flood(t, q, "a", fmt.Sprint(group), 2)
		}
		var mu sync.Mutex
		release, begun, got := make(chan struct{}), 0, map[byte]int{}
		handled := func(owner byte) int {
			mu.Lock()
			defer mu.Unlock()
			return got[owner]
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := make(chan struct{})
		go func() {
			q.Serve(ctx, platform.Work{Handle: func(_ context.Context, body []byte) error {
				if body[1] == 'a' {
					mu.Lock()
					begun++
					mu.Unlock()
					<-release
				}
				mu.Lock()
				defer mu.Unlock()
				got[body[1]]++
				return nil
			}})
			close(stop)
		}()
		synctest.Wait()
		mu.Lock()
		if begun > 49 {
			t.Errorf("one owner has %d of 64 workers", begun)
		}
		mu.Unlock()
		for n := range 8 {
			flood(t, q, string(rune('b'+n)), "1", 5)
		}
		synctest.Wait()
		for n := range 8 {
			if owner := byte('b' + n); handled(owner) != 5 {
				t.Errorf("%d of 5 messages of %c were handled", handled(owner), owner)
			}
		}
		close(release)
		synctest.Wait()
		if n := handled('a'); n != 400 {
			t.Errorf("%d of 400 messages were handled in the end", n)
		}
		cancel()
		<-stop
	})
}
