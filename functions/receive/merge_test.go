package receive_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// merged sends a body and tells of each event its burst, whether it came before, and how
// many deliveries it has.
func (s *service) merged(target, body string) (lines []string) {
	s.t.Helper()
	w := s.send(target, distribution, body)
	var a apiv1.Received
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusAccepted {
		s.t.Fatalf("the answer is %d %s", w.Code, w.Body)
	}
	for _, e := range a.Events {
		line := fmt.Sprintf("%s in %q: %d", e.ID, e.Burst, len(e.Deliveries))
		if e.Repeat {
			line += " again"
		}
		lines = append(lines, line)
	}
	for _, one := range a.Ignored {
		lines = append(lines, string(one.ReasonCode))
	}
	return lines
}

func (s *service) wantMerged(what, target, body string, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.merged(target, body)); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// endWindow does what deliver does with the messages about bursts, and answers the events
// that they made with their tags.
func (s *service) endWindow() (events []string) {
	s.t.Helper()
	for _, m := range s.queue.messages {
		if !store.IsBurst(m.Body) {
			continue
		}
		err := s.newStore().CloseBurst(s.t.Context(), m.Body, func(created []shipbell.Delivery) {
			for _, d := range created {
				line := d.Event.ID
				for _, r := range d.Event.Resources {
					line += " " + r.Tag
					if r.PreviousDigest != "" {
						line += " after " + r.PreviousDigest
					}
				}
				events = append(events, line)
			}
		})
		if err != nil {
			s.t.Error(err)
		}
	}
	return events
}

// TestMergeWindow receives what is merged and what is not.
func TestMergeWindow(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	s.wantMerged("before there is a window", at, push("e0", "v1"), `e0 in "": 1`)
	s.configure(func(r *shipbell.Registry) { r.MergeWindow, r.OnlyChanged = 60, true })
	s.wantMerged("what came before", at, push("e0", "v1"), `e0 in "": 1 again`)
	moved := func(id, tag string) string { return strings.Replace(push(id, tag), "9d4f", "aaaa", 1) }
	s.wantMerged("the first", at, moved("e1", "v1"), `e1 in "e1": 1`)
	s.wantMerged("the second", at, moved("e2", "v1.2"), `e2 in "e1": 1`)
	s.wantMerged("the second again", at, moved("e2", "v1.2"), `e2 in "e1": 1 again`)
	s.wantMerged("what changes nothing", at, moved("e3", "v1"), "ignored-unchanged")
	s.wantMerged("another digest", at, push("e4", "v2"), `e4 in "e4": 1`)
	s.wantMerged("a delete", at, strings.Replace(push("e5", "v1"), `"push"`, `"delete"`, 1), `e5 in "": 0`)
	s.signIn(shipbell.RoleAdmin)
	s.wantMerged("on purpose", at+"?again=one", moved("e2", "v1.2"), `e2~one in "": 1`)
	s.wantMerged("on purpose, sent again", at+"?again=one", moved("e2", "v1.2"), `e2~one in "": 1 again`)
	if diff := cmp.Diff([]string{"e1 v1 after sha256:9d4f v1.2", "e4 v2"}, s.endWindow()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.wantMerged("the second after the window", at, moved("e2", "v1.2"), `e2 in "e1": 1 again`)
	s.wantMerged("a late one", at, moved("e6", "latest"), `e6 in "e6": 1`)
}

// TestMergeOfWhatMatchesNothing stores nothing of a burst that no trigger wants, unless the
// registry keeps such events.
func TestMergeOfWhatMatchesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.configure(func(r *shipbell.Registry) { r.MergeWindow = 5 })
	s.wantMerged("not kept", at, push("e1", "v1"), `e1 in "": 0`)
	s.wantMerged("not kept, once more", at, push("e1", "v1"), `e1 in "": 0`)
	s.configure(func(r *shipbell.Registry) { r.KeepUnmatched = true })
	s.wantMerged("kept", at, push("e2", "v1"), `e2 in "e2": 0`)
	s.wantMerged("another", at, push("e3", "v2"), `e3 in "e2": 0`)
	s.endWindow()
	s.wantMerged("sent again", at, push("e3", "v2"), `e3 in "e2": 0 again`)
	items, err := s.kv.Range(t.Context(), platform.Range{Partition: "unmatched/default", Limit: 10})
	if err != nil || len(items) != 1 || string(items[0].Value) != "e2" {
		t.Errorf("kept %v, %v", items, err)
	}
}

// TestMergeWindowWhereTheStoreFails sends an event whose calls of the store fail from one
// on, done or not: sent again until it is taken, it is in one burst, once.
func TestMergeWindowWhereTheStoreFails(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		for from := int64(1); from <= 8; from++ {
			s := newService(t, "https://a.example.com/")
			s.configure(func(r *shipbell.Registry) { r.MergeWindow = 5 })
			s.merged(at, push("e1", "v1"))
			s.pass(2 * time.Second)
			s.kv.calls.Store(0)
			s.kv.from, s.kv.to, s.kv.lost = from, 100, lost
			code := s.send(at, distribution, push("e2", "v2")).Code
			s.kv.from, s.kv.to = 0, 0
			if code != http.StatusAccepted {
				s.merged(at, push("e2", "v2"))
			}
			if diff := cmp.Diff([]string{"e1 v1 v2"}, s.endWindow()); diff != "" {
				t.Errorf("from call %d, lost %t (-want +got):\n%s", from, lost, diff)
			}
		}
	}
}
