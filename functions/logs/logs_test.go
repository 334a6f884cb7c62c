package logs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestRedeliverClaimed asks for deliveries that somebody has claimed: an attempt
// under way is in the way, one of a dead process is not.
func TestRedeliverClaimed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		claimed time.Duration // after the start of this process
		lease   time.Duration
		asked   time.Duration // after the claim
		status  int
	}{
		{"under way", time.Second, time.Minute, time.Second, http.StatusConflict},
		{"at the end of its lease", time.Second, time.Minute, time.Minute, http.StatusAccepted},
		{"long after its lease", time.Second, time.Minute, time.Hour, http.StatusAccepted},
		{"claimed by the process before", -time.Second, time.Minute, 2 * time.Second, http.StatusAccepted},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			claimed := s.start.Add(test.claimed)
			d := s.accept("e1", func(d *shipbell.Delivery) { d.Claim(claimed, claimed.Add(test.lease), nil) })
			s.clock.Set(claimed.Add(test.asked))
			w := s.do("POST", "/v1/deliveries/default/"+string(d.ID)+"/redeliver", "")
			if w.Code != test.status {
				t.Fatalf("the answer is %d %s, want %d", w.Code, w.Body, test.status)
			}
			got, err := s.store.Delivery(t.Context(), "default", d.ID)
			if err != nil {
				t.Fatal(err)
			}
			if test.status == http.StatusConflict {
				if diff := cmp.Diff(d, got); diff != "" || len(s.woken()) != 0 {
					t.Errorf("what was refused changed it, or woke deliver for %q (-before +after):\n%s", s.woken(), diff)
				}
				return
			}
			if got.Status != shipbell.Pending || !got.LeaseUntil.IsZero() || !got.NextAttemptAt.Equal(s.clock.Now()) ||
				got.Attempts[0].Error.Code != text.AttemptInterrupted || !cmp.Equal(s.woken(), []shipbell.DeliveryID{d.ID}) {
				t.Errorf("it is %+v, and woken were %q", got, s.woken())
			}
		})
	}
}

// TestRedeliverRace lets somebody else change the delivery in the same moment.
func TestRedeliverRace(t *testing.T) {
	t.Parallel()
	s := newService(t)
	d := s.accept("e1", fail(s.clock.Now()))
	s.kv.before = func() {
		other := d
		other.Redeliver(s.clock.Now())
		if saved, err := s.store.Save(t.Context(), &other); err != nil || !saved {
			t.Errorf("save: %t, %v", saved, err)
		}
	}
	w := s.do("POST", "/v1/deliveries/default/"+string(d.ID)+"/redeliver", "")
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "changed meanwhile") || len(s.woken()) != 0 {
		t.Errorf("the answer is %d %s, and woken were %q", w.Code, w.Body, s.woken())
	}
	d = s.accept("e2", fail(s.clock.Now()))
	s.kv.before = func() {
		other := d
		other.Redeliver(s.clock.Now())
		if saved, err := s.store.Save(t.Context(), &other); err != nil || !saved {
			t.Errorf("save: %t, %v", saved, err)
		}
	}
	w = s.do("POST", "/v1/deliveries/default/redeliver", "{}")
	if w.Code != http.StatusAccepted || strings.TrimSpace(w.Body.String()) != `{"count":0,"more":false}` || len(s.woken()) != 0 {
		t.Errorf("of many: the answer is %d %s, and woken were %q", w.Code, w.Body, s.woken())
	}
}

// TestRedeliverExpiredEvent sends a delivery again whose event is not kept any more: it
// is told so, and the delivery stays as it is.
func TestRedeliverExpiredEvent(t *testing.T) {
	t.Parallel()
	s := newService(t)
	large := func(event string) shipbell.Delivery {
		e := storetest.Event(event)
		for i := range 1000 {
			e.Resources = append(e.Resources, shipbell.Resource{Tag: fmt.Sprint("v", i), Digest: fmt.Sprintf("sha256:%064d", i)})
		}
		_, made, err := storetest.Accept(t.Context(), s.store, "default", e, storetest.Matching(shipbell.Match{Trigger: &s.trigger, Resources: e.Resources}))
		if err != nil {
			t.Fatal(err)
		}
		fail(s.clock.Now())(&made[0])
		if saved, err := s.store.Save(t.Context(), &made[0]); err != nil || !saved {
			t.Fatalf("save: %t, %v", saved, err)
		}
		return made[0]
	}
	kept := "/v1/deliveries/default/" + string(large("kept").ID)
	if w := s.do("GET", kept, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"resource_count":1001`) || strings.Count(w.Body.String(), `"digest"`) != 1001 {
		t.Errorf("with its event: %d, %d bytes", w.Code, w.Body.Len())
	}
	d := large("gone")
	gone := "/v1/deliveries/default/" + string(d.ID)
	key := platform.Key{Partition: "event/default/gone", Sort: "body/" + d.Excerpt.Body.Hash + "/0"}
	if err := platform.First(s.kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: key}, If: platform.Always, Delete: true})); err != nil {
		t.Fatal(err)
	}
	if w := s.do("POST", gone+"/redeliver", ""); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `"code":"event-expired"`) {
		t.Errorf("sent again: %d %.500s", w.Code, w.Body)
	}
	if w := s.do("POST", "/v1/deliveries/default/redeliver", "{}"); strings.TrimSpace(w.Body.String()) != `{"count":1,"more":false}` {
		t.Errorf("both sent again: %d %.500s", w.Code, w.Body)
	}
	w := s.do("GET", gone, "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"request":null`) || !strings.Contains(w.Body.String(), `"status":"failed"`) {
		t.Errorf("without its event: %d %.500s", w.Code, w.Body)
	}
}

// TestRedeliverWithoutQueue proves that a queue that takes nothing is no failure:
// what is pending is found by sweep.
func TestRedeliverWithoutQueue(t *testing.T) {
	t.Parallel()
	s := newService(t)
	d := s.accept("e1", fail(s.clock.Now()))
	s.queue.err = errors.New("the queue is gone")
	for _, target := range []string{"/v1/deliveries/default/" + string(d.ID) + "/redeliver", "/v1/deliveries/default/redeliver"} {
		if w := s.do("POST", target, "{}"); w.Code != http.StatusAccepted {
			t.Errorf("POST %s: %d %s", target, w.Code, w.Body)
		}
	}
	if got, err := s.store.Delivery(t.Context(), "default", d.ID); err != nil || got.Status != shipbell.Pending {
		t.Errorf("it is %s, %v", got.Status, err)
	}
}

// TestRedeliverManyPages sends more again than one page holds: the oldest first,
// and by default those of the last 14 days.
func TestRedeliverManyPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.clock.Set(s.start.Add(-15 * 24 * time.Hour))
	old := s.accept("old", fail(s.clock.Now()))
	s.clock.Set(s.start)
	var want []shipbell.DeliveryID
	for i := range 250 {
		d := s.accept(fmt.Sprint("e", i), nil)
		switch i % 5 {
		case 3: // stays pending
			continue
		case 4:
			d.Claim(s.clock.Now(), s.clock.Now().Add(time.Minute), nil)
			d.Record(s.clock.Now(), shipbell.Outcome{StatusCode: http.StatusOK}, nil, 0)
		case 2:
			d.Cancel(s.clock.Now(), "for a test")
			want = append(want, d.ID)
		default:
			fail(s.clock.Now())(&d)
			want = append(want, d.ID)
		}
		if saved, err := s.store.Save(t.Context(), &d); err != nil || !saved {
			t.Fatalf("save: %t, %v", saved, err)
		}
		s.clock.Pass(time.Millisecond)
	}
	again := func(body string, want ...shipbell.DeliveryID) {
		t.Helper()
		s.queue.messages = nil
		w := s.do("POST", "/v1/deliveries/default/redeliver", body)
		if got := fmt.Sprintf(`{"count":%d,"more":false}`, len(want)); w.Code != http.StatusAccepted || strings.TrimSpace(w.Body.String()) != got {
			t.Errorf("%s: %d %s, want %s", body, w.Code, w.Body, got)
		}
		if diff := cmp.Diff(want, s.woken()); diff != "" {
			t.Errorf("%s: woken (-want +got):\n%s", body, diff)
		}
	}
	again(`{}`, want...)
	again(`{}`)
	again(fmt.Sprintf(`{"since":%q}`, s.start.Add(-16*24*time.Hour).Format(time.RFC3339)), old.ID)
}

// TestRedeliverDry counts what would be sent again and changes nothing. What lies
// further back than it looks is not counted, and not sent by a request with its
// answer.
func TestRedeliverDry(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i := range 60 {
		var of shipbell.Trigger
		of.ID = s.trigger.ID
		for j := range 100 {
			of.Targets = append(of.Targets, shipbell.Target{URL: fmt.Sprintf("%s?%d", targetURL, j)})
		}
		of.Targets[0].URL = targetURL // the only one that the trigger still has
		event := shipbell.Event{ID: fmt.Sprint("e", i), Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/app"}}
		_, created, err := storetest.Accept(t.Context(), s.store, "default", &event, storetest.Matching(shipbell.Match{Trigger: &of}))
		if err != nil {
			t.Fatal(err)
		}
		for i := range created {
			fail(s.clock.Now())(&created[i])
		}
		if saved, err := s.store.SaveAll(t.Context(), created, nil); err != nil || len(saved) != 100 {
			t.Fatalf("%d are saved: %v", len(saved), err)
		}
		s.clock.Pass(time.Second)
	}
	ask := func(query, body string, status int) (a apiv1.Changed) {
		t.Helper()
		w := s.do("POST", "/v1/deliveries/default/redeliver"+query, body)
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != status {
			t.Fatalf("%s %s: %d %s", query, body, w.Code, w.Body)
		}
		return a
	}
	// The newest 4,000 are the last 40 events; their first millisecond is left out.
	counted := ask("?dry_run=true", "{}", http.StatusOK)
	if want := (apiv1.Changed{Count: 39, More: true, Since: s.start.Add(20*time.Second + time.Millisecond)}); !cmp.Equal(counted, want) {
		t.Errorf("counted are %+v, want %+v", counted, want)
	}
	since := fmt.Sprintf(`{"since":%q}`, counted.Since.Format(time.RFC3339Nano))
	if again := ask("?dry_run=true", since, http.StatusOK); !cmp.Equal(again, apiv1.Changed{Count: 39, Since: counted.Since}) || len(s.woken()) != 0 {
		t.Errorf("counted again are %+v, and woken were %q", again, s.woken())
	}
	if sent := ask("", since, http.StatusAccepted); sent.Count != counted.Count || len(s.woken()) != counted.Count {
		t.Errorf("sent again were %+v of %+v", sent, counted)
	}
}

// TestListOverEnds holds the cursor of a list to what comes meanwhile: a page that
// was begun goes on where it was.
func TestListOverEnds(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var want []shipbell.DeliveryID
	for i := range 5 {
		want = append(want, s.accept(fmt.Sprint("e", i), nil).ID)
		s.clock.Pass(time.Millisecond)
	}
	slices.Reverse(want)
	var got []shipbell.DeliveryID
	for cursor, page := "", 0; ; page++ {
		w := s.do("GET", "/v1/deliveries/default?limit=2&cursor="+cursor, "")
		var list apiv1.Deliveries
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, d := range list.Deliveries {
			got = append(got, d.ID)
		}
		s.accept(fmt.Sprint("later", page), nil)
		s.clock.Pass(time.Millisecond)
		if cursor = list.NextCursor; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}
