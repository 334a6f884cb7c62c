package receive_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// errGone is what a store that fails says.
var errGone = errors.New("the disk is gone")

const (
	at           = "/v1/events/default"
	distribution = "application/vnd.docker.distribution.events.v2+json"
)

// TestAccepted proves what 202 says: all is durable, and deliver is awake.
func TestAccepted(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/", "https://b.example.com/")
	got := slices.Sorted(slices.Values(ids(t, s.send(at, distribution, push("e1", "v1")))))
	if len(got) != 2 {
		t.Fatalf("the deliveries are %q, want two", got)
	}
	if diff := cmp.Diff(got, s.stored()); diff != "" {
		t.Errorf("stored (-answer +store):\n%s", diff)
	}
	if diff := cmp.Diff(got, s.messages()); diff != "" {
		t.Errorf("messages (-answer +queue):\n%s", diff)
	}
	for _, part := range []string{"source=distribution", "events=1", "ignored=0", "deliveries=2"} {
		if !strings.Contains(s.log.String(), part) {
			t.Errorf("the log has no %s: %s", part, s.log.String())
		}
	}
}

// TestSentAgain sends an event again, as a registry does that missed the answer:
// it finds the deliveries of the first time, whatever has changed since.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/", "https://b.example.com/")
	want := ids(t, s.send(at, distribution, push("e1", "v1")))
	for _, change := range []func(){
		func() {},
		func() { s.now = s.now.Add(time.Minute) },
		func() { s.createTrigger(s.store, "later", "https://c.example.com/") },
	} {
		change()
		if diff := cmp.Diff(want, ids(t, s.send(at, distribution, push("e1", "v1")))); diff != "" {
			t.Errorf("deliveries (-first +again):\n%s", diff)
		}
	}
	if n := len(s.stored()); n != 2 {
		t.Errorf("%d deliveries are stored, want 2", n)
	}
	if n := len(s.queue.messages); n != 2 {
		t.Errorf("%d messages were sent, want those of the first time alone", n)
	}
	if n := len(ids(t, s.send(at, distribution, push("e2", "v1")))); n != 3 {
		t.Errorf("another event has %d deliveries, want 3", n)
	}
}

// TestStoreFails lets the store fail at every call in turn. No answer but 503
// comes of it, and the event sent again makes all deliveries, none twice.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("done all the same: %t", lost), func(t *testing.T) {
			t.Parallel()
			failures := 0
			for n := int64(1); ; n++ {
				s := newService(t, "https://a.example.com/", "https://b.example.com/")
				// What this process remembers must not hide the failure.
				s.now = s.now.Add(time.Minute)
				s.kv.calls.Store(0)
				s.kv.from, s.kv.to, s.kv.lost = n, n+1, lost
				w := s.send(at, distribution, push("e1", "v1"))
				if s.kv.calls.Load() < n {
					break
				}
				failures++
				if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), errGone.Error()) {
					t.Fatalf("failure %d: %d %s", n, w.Code, w.Body)
				}
				s.now = s.now.Add(time.Second)
				got := ids(t, s.send(at, distribution, push("e1", "v1")))
				if stored := s.stored(); len(got) != 2 || !cmp.Equal(slices.Sorted(slices.Values(got)), stored) {
					t.Errorf("failure %d: the answer is %q, stored are %q", n, got, stored)
				}
			}
			if failures < 4 {
				t.Errorf("the store was asked %d times only", failures)
			}
		})
	}
}

// TestQueueFails proves that a queue that takes nothing costs nobody anything but
// time: the store has it.
func TestQueueFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		warn bool
	}{{platform.ErrFull, false}, {errGone, true}} {
		s := newService(t, "https://a.example.com/")
		s.queue.err = test.err
		got := ids(t, s.send(at, distribution, push("e1", "v1")))
		if len(got) != 1 || !cmp.Equal(got, s.stored()) {
			t.Errorf("%v: the answer is %q, stored are %q", test.err, got, s.stored())
		}
		if warned := strings.Contains(s.log.String(), "message not sent"); warned != test.warn {
			t.Errorf("%v: the log is %s", test.err, s.log.String())
		}
	}
}

// TestQueueHangs proves that a queue that does not answer does not keep a registry from
// its answer, for which it waits about five seconds.
func TestQueueHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, "https://a.example.com/")
		s.queue.hangs = true
		begin := time.Now()
		got := ids(t, s.send(at, distribution, push("e1", "v1")))
		if took := time.Since(begin); took > 4*time.Second || len(got) != 1 || !cmp.Equal(got, s.stored()) {
			t.Errorf("the answer is %q after %v, stored are %q", got, took, s.stored())
		}
	})
}

// TestRulesElsewhere changes triggers in another process: it counts within a
// second.
func TestRulesElsewhere(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	if n := len(ids(t, s.send(at, distribution, push("e1", "v1")))); n != 1 {
		t.Fatalf("%d deliveries, want 1", n)
	}
	other := s.newStore()
	s.createTrigger(other, "other", "https://b.example.com/")
	s.now = s.now.Add(time.Second)
	if n := len(ids(t, s.send(at, distribution, push("e2", "v1")))); n != 2 {
		t.Errorf("%d deliveries a second after a trigger was created, want 2", n)
	}
	for id := shipbell.ID(1); id <= 2; id++ {
		if err := other.DeleteTrigger(t.Context(), "default", id); err != nil {
			t.Fatal(err)
		}
	}
	s.now = s.now.Add(time.Second)
	if n := len(ids(t, s.send(at, distribution, push("e3", "v1")))); n != 0 {
		t.Errorf("%d deliveries a second after the triggers were deleted, want none", n)
	}
	if err := other.DeleteRegistry(t.Context(), "default"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Second)
	if w := s.send(at, distribution, push("e4", "v1")); w.Code != http.StatusNotFound {
		t.Errorf("a second after the registry was deleted: %d %s", w.Code, w.Body)
	}
}

// TestLearnsInOrder sends a push and the delete of its digest in one request: the
// second is understood by what the first taught.
func TestLearnsInOrder(t *testing.T) {
	t.Parallel()
	s := newService(t)
	t1 := shipbell.Trigger{
		Registry: "default", Name: "deletes", Enabled: true, Actions: []shipbell.Action{shipbell.DeleteImage},
		Targets: []shipbell.Target{{URL: "https://a.example.com/"}},
	}
	t1.Normalise()
	if _, err := s.store.CreateTrigger(t.Context(), t1); err != nil {
		t.Fatal(err)
	}
	event := func(id, action, at, target string) string {
		return fmt.Sprintf(`{"id":%q,"action":%q,"timestamp":"2026-11-22T12:00:%sZ","target":{"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"public/nginx",%s}}`, id, action, at, target)
	}
	body := `{"events":[` + strings.Join([]string{
		event("e1", "push", "00", `"tag":"v1","digest":"sha256:9d4f"`),
		event("e2", "delete", "01", `"tag":"v1"`),
	}, ",") + `]}`
	got := ids(t, s.send(at, distribution, body))
	if len(got) != 1 {
		t.Fatalf("the deliveries are %q, want that of the delete", got)
	}
	d, err := s.store.Delivery(t.Context(), "default", got[0])
	if err != nil {
		t.Fatal(err)
	}
	want := []shipbell.Resource{{Digest: "sha256:9d4f", Tag: "v1", URL: "reg.example.com/public/nginx:v1"}}
	if diff := cmp.Diff(want, d.Event.Resources); diff != "" {
		t.Errorf("resources of the delete (-want +got):\n%s", diff)
	}
	// Sent again, the delete finds what it found the first time.
	if diff := cmp.Diff(got, ids(t, s.send(at, distribution, body))); diff != "" {
		t.Errorf("deliveries (-first +again):\n%s", diff)
	}
}

// TestBodyTooLarge proves that who would repeat it for ever gets 202, and nobody
// else.
func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	body := strings.Repeat(" ", api.MaxEvent+1)
	for _, test := range []struct {
		target, contentType string
		status              int
		part                string
	}{
		{at, distribution, http.StatusAccepted, `"ignored":[{"reason":"the request's body is larger than 1024 KiB","reason_code":"body-too-large"}]`},
		{at + "?source=distribution", "application/json", http.StatusAccepted, `"ignored":[{"reason":`},
		{at, "application/json", http.StatusRequestEntityTooLarge, "larger than 1024 KiB"},
		{at + "?source=tcr", "application/json", http.StatusRequestEntityTooLarge, "larger than 1024 KiB"},
		{"/v1/events/absent", distribution, http.StatusNotFound, "there is no registry"},
	} {
		if w := s.send(test.target, test.contentType, body); w.Code != test.status || !strings.Contains(w.Body.String(), test.part) {
			t.Errorf("%s in %s: %d %s, want %d with %s", test.target, test.contentType, w.Code, w.Body, test.status, test.part)
		}
	}
}
