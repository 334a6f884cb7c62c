package logs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// TestResume shows a held target and its deliveries, and resumes it.
func TestResume(t *testing.T) {
	t.Parallel()
	s := newService(t)
	targets := func() (answer apiv1.Targets) {
		t.Helper()
		w := s.do("GET", "/v1/targets/default", "")
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return answer
	}
	if got := targets().Held; got == nil || len(got) > 0 {
		t.Errorf("at first %+v is held", got)
	}

	timeout := text.New(text.TimeoutTotal, 15*time.Second)
	open := circuit.Circuit{}.Opened(s.clock.Now(), timeout)
	key := circuit.Key{Registry: "default", Trigger: s.trigger.ID, Target: 1}
	records := circuit.NewRecords(s.store.Items())
	if saved, err := records.Put(t.Context(), key, &open); !saved || err != nil {
		t.Fatal(saved, err)
	}
	var held []shipbell.DeliveryID
	for i := range 3 {
		held = append(held, s.accept(fmt.Sprint("held", i), func(d *shipbell.Delivery) {
			d.Hold(s.clock.Now(), circuit.Release(open.Until, d.CreatedAt), text.New(text.HeldTargetFailing, timeout), nil)
		}).ID)
		s.clock.Pass(time.Second)
	}
	s.accept("new", nil)
	want := []apiv1.HeldTarget{{
		TriggerID: s.trigger.ID, TriggerName: "first", TargetID: 1, TargetURL: targetURL, State: "open",
		Since: open.OpenedAt, Until: open.Until, Reason: "timeout after 15s", ReasonCode: text.TimeoutTotal, Held: 3,
	}}
	if diff := cmp.Diff(want, targets().Held); diff != "" {
		t.Errorf("held targets (-want +got):\n%s", diff)
	}
	var shown apiv1.Delivery
	if err := json.Unmarshal(s.do("GET", "/v1/deliveries/default/"+string(held[0]), "").Body.Bytes(), &shown); err != nil ||
		shown.ReasonCode != text.HeldTargetFailing || shown.Reason != "held: attempts at this target fail (timeout after 15s)" ||
		shown.NextAttemptAt == nil || shown.NextAttemptAt.Before(open.Until) {
		t.Errorf("a held delivery is %+v, %v", shown, err)
	}

	at := fmt.Sprintf("/v1/targets/default/%d/", s.trigger.ID)
	for _, wrong := range []string{at + "2/resume", at + "x/resume", "/v1/targets/default/99/1/resume", "/v1/targets/default/x/1/resume"} {
		if w := s.do("POST", wrong, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", wrong, w.Code, w.Body)
		}
	}
	if w := s.do("POST", at+"1/resume", ""); w.Code != http.StatusAccepted || w.Body.String() != "{\"count\":3}\n" {
		t.Fatalf("resume: %d %s", w.Code, w.Body)
	}
	if got := targets().Held; len(got) > 0 {
		t.Errorf("after resume %+v is held", got)
	}
	woken := s.woken()
	slices.SortFunc(woken, func(a, b shipbell.DeliveryID) int { return s.due(a).Compare(s.due(b)) })
	if diff := cmp.Diff(held, woken); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
	for _, id := range held {
		if wait := s.due(id).Sub(s.clock.Now()); wait < time.Second || wait > 2*time.Second+circuit.Spread {
			t.Errorf("delivery %s is due in %v", id, wait)
		}
	}
}

// TestPausedTarget tells how near a target is to being paused, that it is, and that it is not
// without the option.
func TestPausedTarget(t *testing.T) {
	t.Parallel()
	s := newService(t)
	now := s.clock.Now()
	near := circuit.Circuit{}.Opened(now, text.New(text.TimeoutTotal, 15*time.Second))
	near.Pause = circuit.Pause{After: 10 * time.Hour, Failures: 40, Failing: 7 * time.Hour, LastAt: now}
	paused := near
	paused.Pause.Since = now
	key := circuit.Key{Registry: "default", Trigger: s.trigger.ID, Target: 1}
	records := circuit.NewRecords(s.store.Items())
	for name, test := range map[string]struct {
		option  string
		circuit circuit.Circuit
		state   string
		percent int
		at      *time.Time
	}{
		"near":               {"10h", near, "open", 70, nil},
		"paused":             {"10h", paused, "paused", 100, &now},
		"without the option": {"", paused, "open", 0, nil},
	} {
		changed, err := s.store.Trigger(t.Context(), "default", s.trigger.ID)
		if err != nil {
			t.Fatal(err)
		}
		changed.Targets[0].AutoPause = test.option
		if _, err := s.store.ReplaceTrigger(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		if err := records.Close(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if saved, err := records.Put(t.Context(), key, &test.circuit); !saved || err != nil {
			t.Fatal(saved, err)
		}
		s.clock.Pass(2 * time.Second) // the change is in force
		var got apiv1.Targets
		if err := json.Unmarshal(s.do("GET", "/v1/targets/default", "").Body.Bytes(), &got); err != nil || len(got.Held) != 1 {
			t.Fatal(got, err)
		}
		one := got.Held[0]
		if one.State != test.state || one.PausePercent != test.percent || !cmp.Equal(one.PausedAt, test.at) {
			t.Errorf("%s: %+v", name, one)
		}
	}
}

// due is when a delivery is due, which is not held.
func (s *service) due(id shipbell.DeliveryID) time.Time {
	s.t.Helper()
	d, err := s.store.Delivery(s.t.Context(), "default", id)
	if err != nil || d.Held() {
		s.t.Fatalf("%+v, %v", d, err)
	}
	return d.NextAttemptAt
}
