package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// merging is a bench whose registry merges bursts of 5 s. Each tag fires the trigger all,
// those that begin with v the trigger versions.
type merging struct {
	*bench
	mu       sync.Mutex
	messages []platform.Message
	made     int
}

const window = 5 * time.Second

func newMerging(t *testing.T) *merging {
	t.Helper()
	b := &merging{bench: newBench(t)}
	b.window(5)
	b.Create(storetest.Trigger("all"))
	versions := storetest.Trigger("versions")
	versions.Rule.Tag = "v*"
	b.Create(versions)
	return b
}

// window sets the merge window of the registry.
func (b *merging) window(seconds int) {
	b.T.Helper()
	if _, _, err := b.PutRegistry(b.T.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com", MergeWindow: seconds}); err != nil {
		b.T.Fatal(err)
	}
}

// pushed is the push of a tag of one digest.
func pushed(id, tag string) *shipbell.Event {
	e := storetest.Event(id)
	e.Resources[0] = shipbell.Resource{Tag: tag, Digest: "sha256:aa", URL: "reg.example.com/public/app:" + tag}
	return e
}

func (b *merging) created(all []shipbell.Delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made += len(all)
}

// push has a process receive an event as receive does.
func (b *merging) push(s *store.Store, e *shipbell.Event) (store.Accepted, error) {
	rules, err := s.Rules(b.T.Context(), "default")
	if err != nil {
		return store.Accepted{}, err
	}
	var accepted store.Accepted
	if store.Joins(rules, e) {
		accepted, err = s.Join(b.T.Context(), rules, e, b.created)
	} else {
		accepted, err = s.Accept(b.T.Context(), "default", e, rules.Set.Matches, b.created)
	}
	if accepted.Wake != nil {
		b.mu.Lock()
		b.messages = append(b.messages, *accepted.Wake)
		b.mu.Unlock()
	}
	return accepted, err
}

func (b *merging) mustPush(id, tag string) store.Accepted {
	b.T.Helper()
	accepted, err := b.push(b.Store, pushed(id, tag))
	if err != nil {
		b.T.Fatal(err)
	}
	return accepted
}

// sweep does what sweep and the messages that it sends do, at the latest time.
func (b *merging) sweep() {
	b.T.Helper()
	keys, err := b.DueKeys(b.T.Context(), b.Clock.Now(), 100)
	if err != nil {
		b.T.Fatal(err)
	}
	messages, err := b.WakeBursts(b.T.Context(), keys, b.Clock.Now())
	if err != nil {
		b.T.Fatal(err)
	}
	for _, m := range messages {
		b.close(b.Store, m)
	}
}

func (b *merging) close(s *store.Store, m platform.Message) {
	b.T.Helper()
	if err := s.CloseBurst(b.T.Context(), m.Body, b.created); err != nil {
		b.T.Errorf("close: %v", err)
	}
}

// events are the deliveries of the trigger all: their events and tags, the oldest first.
func (b *merging) events() (events []string) {
	b.T.Helper()
	for _, d := range b.deliveries() {
		if d.TriggerName == "all" {
			events = append(events, fmt.Sprint(d.Event.ID, tags(d)))
		}
	}
	return events
}

func tags(d shipbell.Delivery) (all []string) {
	e := &d.Event
	if d.Whole != nil {
		e = d.Whole
	}
	for _, r := range e.Resources {
		all = append(all, r.Tag)
	}
	return all
}

func (b *merging) deliveries() []shipbell.Delivery {
	b.T.Helper()
	all, err := b.Deliveries(b.T.Context(), "default", b.there("delivery/default")...)
	if err != nil {
		b.T.Fatal(err)
	}
	for i := range all {
		if err := b.LoadEvent(b.T.Context(), &all[i]); err != nil {
			b.T.Fatal(err)
		}
	}
	return all
}

// eachOnce fails unless each of the tags was delivered once, and no other.
func (b *merging) eachOnce(want ...string) {
	b.T.Helper()
	var got []string
	for _, d := range b.deliveries() {
		if d.TriggerName == "all" {
			got = append(got, tags(d)...)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		b.T.Errorf("tags that were delivered (-want +got):\n%s", diff)
	}
}

func TestBurstIsOneEvent(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	began := b.Clock.Now()
	first := b.mustPush("one", "v1")
	b.Clock.Pass(time.Second)
	second := b.mustPush("two", "latest")
	b.Clock.Pass(time.Second)
	third := b.mustPush("three", "v1.2")
	if again := b.mustPush("two", "latest"); !again.Repeat || again.Burst != "one" || len(again.Deliveries) != 1 {
		t.Errorf("sent again within the window: %+v", again)
	}
	b.mustPush("four", "v1") // another push of the same tag and digest
	for name, got := range map[string]store.Accepted{"first": first, "second": second, "third": third} {
		if got.Burst != "one" || got.Repeat {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if len(b.there("delivery/default")) != 0 || len(b.messages) != 1 || b.messages[0].Delay != window {
		t.Fatalf("before the end: %d deliveries, messages %v", len(b.there("delivery/default")), b.messages)
	}

	b.Clock.Pass(3 * time.Second)
	b.close(b.Over(b.KV), b.messages[0])
	if diff := cmp.Diff([]string{"one[v1 latest v1.2]"}, b.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, d := range b.deliveries() {
		if !d.CreatedAt.Equal(began) || !d.NextAttemptAt.Equal(began.Add(window)) || !slices.Contains(first.Deliveries, d.ID) {
			t.Errorf("received %v, due %v, id %v of %v", d.CreatedAt, d.NextAttemptAt, d.ID, first.Deliveries)
		}
		if got := tags(d); d.TriggerName == "versions" && !slices.Equal(got, []string{"v1", "v1.2"}) {
			t.Errorf("the trigger of versions fires with %v", got)
		}
	}
	for _, id := range []string{"one", "two", "three", "four"} {
		if again := b.mustPush(id, "v1"); !again.Repeat || again.Burst != "one" || len(again.Deliveries) != 2 {
			t.Errorf("%s sent again after the window: %+v", id, again)
		}
	}
	if late := b.mustPush("five", "v1.2.3"); late.Burst != "five" || late.Repeat {
		t.Errorf("after the window: %+v", late)
	}
	b.close(b.Store, b.messages[0]) // comes twice: it is not about the new burst
	if got := b.events(); len(got) != 1 || b.made != 2 {
		t.Errorf("events %v, %d deliveries made", got, b.made)
	}
}

// TestNoBurst has events that are accepted at once.
func TestNoBurst(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	deleted, noDigest, other := pushed("deleted", "v1"), pushed("no-digest", "v1"), pushed("other", "v1")
	deleted.Action = shipbell.DeleteImage
	noDigest.Resources[0].Digest = ""
	other.Resources = append(other.Resources, shipbell.Resource{Tag: "v2", Digest: "sha256:bb"})
	for _, e := range []*shipbell.Event{deleted, noDigest, other} {
		if got, err := b.push(b.Store, e); err != nil || got.Burst != "" {
			t.Errorf("%s: %+v, %v", e.ID, got, err)
		}
	}
	for id, change := range map[string]func(*shipbell.Event){
		"repository": func(e *shipbell.Event) { e.Repository.FullName = "public/other" },
		"digest":     func(e *shipbell.Event) { e.Resources[0].Digest = "sha256:bb" },
		"operator":   func(e *shipbell.Event) { e.Operator = "bob" },
	} {
		e := pushed(id, "v1")
		change(e)
		if got, err := b.push(b.Store, e); err != nil || got.Burst != id {
			t.Errorf("another %s: %+v, %v", id, got, err)
		}
	}
}

// TestBurstCutShort ends the process that receives and closes in each of its writes. What
// was acknowledged is delivered by sweep alone; what was not, when it is sent again; and
// nothing twice.
func TestBurstCutShort(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 7; at++ {
		for done := range 6 {
			t.Run(fmt.Sprintf("in write %d after %d", at, done), func(t *testing.T) {
				t.Parallel()
				b := newMerging(t)
				process := b.Over(&storetest.Cut{KV: b.KV, At: at, Done: done})
				var acknowledged, refused []string
				for i, tag := range []string{"v1", "v2", "v3"} {
					if _, err := b.push(process, pushed(fmt.Sprint("event-", i), tag)); err != nil {
						refused = append(refused, tag)
					} else {
						acknowledged = append(acknowledged, tag)
					}
				}
				b.Clock.Pass(window)
				for _, m := range b.messages {
					_ = process.CloseBurst(t.Context(), m.Body, b.created) // or not: see above
				}
				b.Clock.Pass(2 * store.Grace)
				b.sweep()
				b.sweep()
				if len(refused) == 0 {
					b.eachOnce(acknowledged...)
				}
				for i, tag := range []string{"v1", "v2", "v3"} {
					if got := b.mustPush(fmt.Sprint("event-", i), tag); slices.Contains(acknowledged, tag) && !got.Repeat {
						t.Errorf("%s was acknowledged, and is no repeat", tag)
					}
				}
				b.Clock.Pass(2 * store.Grace)
				b.sweep()
				b.eachOnce("v1", "v2", "v3")
			})
		}
	}
}

// TestBurstAtOnce has many processes receive and close at the same time.
func TestBurstAtOnce(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	b.mustPush("event-0", "v0")
	want := []string{"v0"}
	var all sync.WaitGroup
	for i := 1; i <= 24; i++ {
		want = append(want, fmt.Sprint("v", i))
		all.Go(func() {
			for range 2 { // each is sent twice
				if _, err := b.push(b.Over(b.KV), pushed(fmt.Sprint("event-", i), fmt.Sprint("v", i))); err != nil {
					t.Error(err)
				}
			}
		})
		if i%6 == 0 {
			for range 2 {
				all.Go(func() {
					b.mu.Lock()
					messages := slices.Clone(b.messages)
					b.mu.Unlock()
					for _, m := range messages {
						b.close(b.Over(b.KV), m)
					}
				})
			}
		}
	}
	all.Wait()
	b.Clock.Pass(2 * store.Grace)
	b.sweep()
	b.eachOnce(want...)
	if rows := len(b.there("delivery/default")); b.made != rows {
		t.Errorf("%d deliveries were handed out, %d stored", b.made, rows)
	}
}

// TestMemberWhileClosing closes the burst between what a process reads and what it writes.
func TestMemberWhileClosing(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	b.mustPush("one", "v1")
	b.Clock.Pass(time.Millisecond) // ids sort by it
	closed := false
	process := b.Over(storetest.Hooked{KV: b.KV, Before: func(method string, _ ...string) {
		if method == "Write" && !closed {
			closed = true
			b.close(b.Store, b.messages[0])
		}
	}})
	got, err := b.push(process, pushed("two", "v2"))
	if err != nil || got.Burst != "two" || got.Repeat {
		t.Errorf("joined %+v, %v", got, err)
	}
	b.Clock.Pass(2 * store.Grace)
	b.sweep()
	if diff := cmp.Diff([]string{"one[v1]", "two[v2]"}, b.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestWriteOfAFormerBurst holds a member's write up until the burst is finished and
// another has come as far as that one was.
func TestWriteOfAFormerBurst(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	b.mustPush("one", "v1")
	held := false
	process := b.Over(storetest.Hooked{KV: b.KV, Before: func(method string, _ ...string) {
		if method == "Write" && !held {
			held = true
			b.close(b.Store, b.messages[0])
			b.mustPush("other", "v2")
		}
	}})
	if _, err := b.push(process, pushed("late", "v3")); err != nil {
		t.Fatal(err)
	}
	b.Clock.Pass(2 * store.Grace)
	b.sweep()
	b.eachOnce("v1", "v2", "v3")
}

// TestFullBurst has more tags than a burst takes: it is closed, and the next begins.
func TestFullBurst(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	var want []string
	for i := range 130 {
		want = append(want, fmt.Sprint("v", i))
		b.mustPush(fmt.Sprint("event-", i), want[i])
	}
	if got := b.events(); len(got) != 1 || len(b.messages) != 2 {
		t.Fatalf("%d events and %d messages", len(got), len(b.messages))
	}
	b.close(b.Store, b.messages[1])
	b.eachOnce(want...)
	if again := b.mustPush("event-7", "v7"); !again.Repeat || again.Burst != "event-0" {
		t.Errorf("sent again: %+v", again)
	}
}

// TestMergeWindowOff sends members again after the window was set to 0.
func TestMergeWindowOff(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	b.mustPush("one", "v1")
	b.window(0)
	if again := b.mustPush("one", "v1"); !again.Repeat || again.Burst != "one" {
		t.Errorf("sent again: %+v", again)
	}
	if got := b.mustPush("two", "v2"); got.Burst != "" || got.Repeat {
		t.Errorf("another one: %+v", got)
	}
	b.Clock.Pass(2 * store.Grace)
	b.sweep()
	if again := b.mustPush("one", "v1"); !again.Repeat || again.Burst != "one" {
		t.Errorf("sent again after the burst: %+v", again)
	}
	b.window(5)
	if again := b.mustPush("two", "v2"); !again.Repeat || again.Burst != "" {
		t.Errorf("sent again when there is a window: %+v", again)
	}
	b.eachOnce("v1", "v2")
}

// TestBurstOfAClockAhead begins a burst by a clock that is an hour ahead, and loses the
// message: sweep corrects when it looks.
func TestBurstOfAClockAhead(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	b.Clock.Pass(time.Hour)
	b.mustPush("one", "v1")
	b.Clock.Pass(-time.Hour)
	if next := b.mustPush("two", "v2"); next.Burst != "two" {
		t.Errorf("after the clock was set right: %+v", next)
	}
	b.eachOnce("v1")
	b.Clock.Pass(time.Hour)
	b.mustPush("three", "v3")
	b.Clock.Pass(time.Minute - time.Hour)
	for range 3 {
		if _, _, err := b.CheckClock(t.Context(), b.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		b.sweep()
		b.Clock.Pass(time.Minute)
	}
	b.eachOnce("v1", "v2", "v3")
}

// TestBurstThatMatchesNothingAnyMore disables the triggers within the window: a person can
// read why nothing came of it.
func TestBurstThatMatchesNothingAnyMore(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	b.mustPush("one", "v1")
	for id := shipbell.ID(1); id <= 2; id++ {
		if err := b.DeleteTrigger(t.Context(), "default", id); err != nil {
			t.Fatal(err)
		}
	}
	b.close(b.Store, b.messages[0])
	recent, err := b.Ignored().Recent(t.Context(), "default")
	if err != nil || len(recent.Events) != 1 || recent.Events[0].EventID != "one" {
		t.Errorf("ignored %+v, %v", recent.Events, err)
	}
}

// TestBurstOfSingleFormat has a target whose format names one image, and one that splits
// events: the deliveries that the members were promised are those that the burst makes.
func TestBurstOfSingleFormat(t *testing.T) {
	t.Parallel()
	b := newMerging(t)
	single := storetest.Trigger("single")
	split := single.Targets[0]
	split.URL, split.Split = "https://split.example.com/", true
	single.Targets[0].Format = shipbell.FormatDockerHub
	single.Targets = append(single.Targets, split)
	id := b.Create(single).ID
	ofSingle := func(ids []shipbell.DeliveryID) []shipbell.DeliveryID {
		return slices.DeleteFunc(slices.Clone(ids), func(one shipbell.DeliveryID) bool { return one.TriggerID() != id })
	}
	promised := ofSingle(slices.Concat(b.mustPush("e1", "v1").Deliveries, b.mustPush("e2", "v2").Deliveries))
	b.Clock.Pass(window)
	b.close(b.Store, b.messages[0])
	var made []shipbell.DeliveryID
	for _, d := range b.deliveries() {
		made = append(made, d.ID)
	}
	slices.Sort(promised)
	if diff := cmp.Diff(promised, ofSingle(made)); diff != "" || len(promised) != 4 {
		t.Errorf("deliveries (-promised +made):\n%s", diff)
	}
}
