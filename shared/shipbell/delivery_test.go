package shipbell_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

var (
	twoWaits = shipbell.Schedule{10 * time.Second, 100 * time.Second}
	refused  = shipbell.Outcome{StatusCode: 500, Error: text.Literal("answered 500"), Response: "no", Duration: 12 * time.Millisecond}
	taken    = shipbell.Outcome{StatusCode: 204}
	gone     = shipbell.Outcome{StatusCode: 410, Error: text.Literal("gone"), Final: true}
)

// lease is how long the tests claim for.
const lease = time.Minute

// history drives one delivery along a clock.
type history struct {
	shipbell.Delivery
	t   *testing.T
	now time.Time
}

func begin(t *testing.T) *history {
	return &history{t: t, now: noon, Delivery: shipbell.Delivery{Status: shipbell.Pending, CreatedAt: noon, UpdatedAt: noon, NextAttemptAt: noon}}
}

func (h *history) claim() bool { return h.Claim(h.now, h.now.Add(lease), twoWaits) }

// attempt claims, waits a second and records the outcome.
func (h *history) attempt(o shipbell.Outcome) {
	h.t.Helper()
	if !h.claim() {
		h.t.Fatal("not claimed")
	}
	h.now = h.now.Add(time.Second)
	h.Record(h.now, o, twoWaits, 0.5)
}

// is checks where the delivery stands, and when it is due counted from now.
func (h *history) is(status shipbell.Status, attempts int, due time.Duration) {
	h.t.Helper()
	want := time.Time{}
	if status == shipbell.Pending {
		want = h.now.Add(due)
	}
	if h.Status != status || h.AttemptCount() != attempts || !h.NextAttemptAt.Equal(want) || !h.UpdatedAt.Equal(h.now) {
		h.t.Errorf("%s after %d attempts, due %v, updated %v; want %s after %d, due %v, updated %v",
			h.Status, h.AttemptCount(), h.NextAttemptAt, h.UpdatedAt, status, attempts, want, h.now)
	}
}

func TestClaimAndRecord(t *testing.T) {
	t.Parallel()
	h := begin(t)
	if h.Leased(h.now, time.Time{}) || !h.ClaimedAt().IsZero() {
		t.Error("leased before any claim")
	}
	if !h.claim() {
		t.Fatal("not claimed")
	}
	h.is(shipbell.Pending, 1, lease)
	if !h.Leased(h.now, time.Time{}) || !h.ClaimedAt().Equal(noon) || !h.LeaseUntil.Equal(noon.Add(lease)) {
		t.Errorf("claimed at %v until %v", h.ClaimedAt(), h.LeaseUntil)
	}
	if h.Leased(noon.Add(lease), time.Time{}) {
		t.Error("leased when the lease ends")
	}
	if h.Leased(h.now, noon.Add(time.Second)) || !h.Leased(h.now, noon) {
		t.Error("a claim of a dead process counts, or one of a living does not")
	}
	h.now = h.now.Add(time.Second)
	h.Record(h.now, refused, twoWaits, 0.5)
	h.is(shipbell.Pending, 1, 10*time.Second)
	if h.Leased(h.now, time.Time{}) {
		t.Error("leased after Record")
	}
	h.now = h.NextAttemptAt
	h.attempt(taken)
	h.is(shipbell.Succeeded, 2, 0)
	want := []shipbell.Attempt{
		{Number: 1, StartedAt: noon, DurationMS: 12, StatusCode: 500, Error: text.Literal("answered 500"), Response: "no"},
		{Number: 2, StartedAt: noon.Add(11 * time.Second), StatusCode: 204},
	}
	if diff := cmp.Diff(want, h.Attempts); diff != "" || !h.Delivered {
		t.Errorf("delivered %v, attempts (-want +got):\n%s", h.Delivered, diff)
	}
}

func TestOutcomeSucceeded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		outcome shipbell.Outcome
		want    bool
	}{
		{shipbell.Outcome{StatusCode: 200}, true},
		{shipbell.Outcome{StatusCode: 299}, true},
		{shipbell.Outcome{StatusCode: 302}, true},
		{shipbell.Outcome{StatusCode: 200, Error: text.Literal("x")}, false},
		{shipbell.Outcome{}, false},
	} {
		if got := test.outcome.Succeeded(); got != test.want {
			t.Errorf("%+v: succeeded %v", test.outcome, got)
		}
	}
}

func TestDeliveryEnds(t *testing.T) {
	t.Parallel()
	limited := shipbell.Outcome{StatusCode: 429, Error: text.Literal("busy"), RetryAfter: 15 * time.Second}
	greedy := shipbell.Outcome{StatusCode: 503, Error: text.Literal("down"), RetryAfter: time.Hour}
	for _, test := range []struct {
		name     string
		outcomes []shipbell.Outcome
		status   shipbell.Status
		due      time.Duration
	}{
		{"first wait", []shipbell.Outcome{refused}, shipbell.Pending, 10 * time.Second},
		{"second wait", []shipbell.Outcome{refused, refused}, shipbell.Pending, 100 * time.Second},
		{"spent", []shipbell.Outcome{refused, refused, refused}, shipbell.Failed, 0},
		{"success at the last", []shipbell.Outcome{refused, refused, taken}, shipbell.Succeeded, 0},
		{"gone", []shipbell.Outcome{gone}, shipbell.Failed, 0},
		{"Retry-After", []shipbell.Outcome{limited}, shipbell.Pending, 15 * time.Second},
		{"Retry-After over the double", []shipbell.Outcome{greedy}, shipbell.Pending, 20 * time.Second},
		{"Retry-After and spent", []shipbell.Outcome{refused, refused, limited}, shipbell.Failed, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := begin(t)
			for i, o := range test.outcomes {
				if i > 0 {
					h.now = h.NextAttemptAt
				}
				h.attempt(o)
			}
			h.is(test.status, len(test.outcomes), test.due)
		})
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	h := begin(t)
	for range 3 {
		if !h.claim() {
			t.Fatal("not claimed")
		}
		h.now = h.LeaseUntil
	}
	if h.claim() {
		t.Error("claimed although the last attempt of the schedule was lost")
	}
	h.is(shipbell.Failed, 3, 0)
	for _, a := range h.Attempts {
		if a.Error.Code != text.AttemptInterrupted {
			t.Errorf("attempt %d: error %q", a.Number, a.Error)
		}
	}
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	t.Run("failed", func(t *testing.T) {
		t.Parallel()
		h := begin(t)
		h.attempt(gone)
		h.now = h.now.Add(time.Hour)
		h.Redeliver(h.now)
		h.is(shipbell.Pending, 1, 0)
		h.attempt(refused)
		h.is(shipbell.Pending, 2, 10*time.Second)
		h.attempt(refused)
		h.attempt(refused)
		h.is(shipbell.Failed, 4, 0)
	})
	t.Run("succeeded", func(t *testing.T) {
		t.Parallel()
		h := begin(t)
		h.attempt(taken)
		h.Redeliver(h.now)
		h.is(shipbell.Pending, 1, 0)
		h.attempt(refused)
		h.is(shipbell.Succeeded, 2, 0)
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		h := begin(t)
		h.claim()
		h.now = h.LeaseUntil
		h.Redeliver(h.now)
		h.is(shipbell.Pending, 1, 0)
		if h.Attempts[0].Error.Code != text.AttemptInterrupted || h.Leased(h.now.Add(-time.Second), time.Time{}) {
			t.Errorf("attempt %+v, leased until %v", h.Attempts[0], h.LeaseUntil)
		}
	})
	t.Run("never attempted", func(t *testing.T) {
		t.Parallel()
		h := begin(t)
		h.Cancel(h.now, text.CancelledTriggerDeleted)
		h.Redeliver(h.now)
		h.is(shipbell.Pending, 0, 0)
		if !h.Reason.IsZero() {
			t.Errorf("reason %q", h.Reason)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	h := begin(t)
	h.attempt(refused)
	h.now = h.NextAttemptAt
	h.claim()
	h.Cancel(h.now, text.CancelledTriggerDeleted)
	h.is(shipbell.Cancelled, 2, 0)
	if h.Reason.Code != text.CancelledTriggerDeleted || h.Attempts[1].Error.Code != text.AttemptInterrupted || !cmp.Equal(h.Attempts[0].Error, refused.Error) {
		t.Errorf("reason %q, attempts %+v", h.Reason, h.Attempts)
	}

	again := begin(t)
	again.attempt(taken)
	again.Redeliver(again.now)
	again.Cancel(again.now, "trigger deleted")
	again.is(shipbell.Succeeded, 1, 0)
}

func TestLongHistoryKeepsBothEnds(t *testing.T) {
	t.Parallel()
	h := begin(t)
	for range 100 {
		h.attempt(gone)
		h.Redeliver(h.now)
	}
	h.is(shipbell.Pending, 100, 0)
	var numbers []int
	for _, a := range h.Attempts {
		numbers = append(numbers, a.Number)
	}
	var want []int
	for n := 1; n <= 20; n++ {
		want = append(want, n)
	}
	for n := 81; n <= 100; n++ {
		want = append(want, n)
	}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("kept attempts (-want +got):\n%s", diff)
	}
}

func TestNewDeliveries(t *testing.T) {
	t.Parallel()
	e := &shipbell.Event{
		ID: "event", Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/nginx"},
		Resources: []shipbell.Resource{{Tag: "v1"}, {Tag: "dev"}},
	}
	first, second := good(), good()
	first.ID, second.ID = 1, 2
	second.Targets = targets(2)
	got := shipbell.NewDeliveries("default", e, []shipbell.Match{
		{Trigger: first, Resources: e.Resources}, {Trigger: second, Resources: e.Resources[:1]},
	}, noon)
	if len(got) != 3 {
		t.Fatalf("%d deliveries, want 3", len(got))
	}
	for i, want := range []struct {
		id        shipbell.ID
		url       string
		resources int
	}{{1, first.Targets[0].URL, 2}, {2, second.Targets[0].URL, 1}, {2, second.Targets[1].URL, 1}} {
		d := got[i]
		if d.TriggerID != want.id || d.TargetURL != want.url || len(d.Event.Resources) != want.resources ||
			d.ID != shipbell.NewDeliveryID(noon, "default", "event", want.id, want.url) ||
			d.Status != shipbell.Pending || !d.NextAttemptAt.Equal(noon) || d.Registry != "default" || d.TriggerName != first.Name {
			t.Errorf("delivery %d: %+v", i, d)
		}
	}
	if len(e.Resources) != 2 {
		t.Error("the event was changed")
	}
}

// TestSingleFormat makes a delivery of each resource for a target whose format names one, or
// that splits events.
// Its id depends on tag and digest, and neither on the place nor on other resources.
func TestSingleFormat(t *testing.T) {
	t.Parallel()
	v1, v2 := shipbell.Resource{Tag: "v1", Digest: "sha256:aa"}, shipbell.Resource{Tag: "v2", Digest: "sha256:aa"}
	split := false
	made := func(format shipbell.Format, resources ...shipbell.Resource) map[string]shipbell.DeliveryID {
		trigger := good()
		trigger.ID, trigger.Targets[0].Format, trigger.Targets[0].Split = 1, format, split
		ids := map[string]shipbell.DeliveryID{}
		for _, d := range shipbell.NewDeliveries("default", &shipbell.Event{ID: "event"}, []shipbell.Match{{Trigger: trigger, Resources: resources}}, noon) {
			var tags []string
			for _, r := range d.Event.Resources {
				tags = append(tags, r.Tag)
			}
			ids[strings.Join(tags, " ")] = d.ID
		}
		return ids
	}
	both := made(shipbell.FormatDockerHub, v1, v2)
	if diff := cmp.Diff(both, made(shipbell.FormatDockerHub, v2, v1, v2)); diff != "" || len(both) != 2 || both["v1"] == both["v2"] {
		t.Errorf("%v, in another order (-first +second):\n%s", both, diff)
	}
	if alone := made(shipbell.FormatDockerHub, v1); len(alone) != 1 || alone["v1"] != both["v1"] {
		t.Errorf("alone %v, beside another %v", alone, both)
	}
	if all := made(shipbell.FormatQuay, v1, v2); len(all) != 1 || all["v1 v2"] == "" {
		t.Errorf("a format that names several: %v", all)
	}
	split = true
	if diff := cmp.Diff(both, made(shipbell.FormatQuay, v2, v1, v2)); diff != "" {
		t.Errorf("of a target that splits (-single +split):\n%s", diff)
	}
}
