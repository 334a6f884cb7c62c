package deliver_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// pausing has the trigger's target paused after a time.
func (f *fleet) pausing(after string) {
	f.t.Helper()
	t, err := f.admin.Trigger(f.t.Context(), "default", 1)
	if err != nil {
		f.t.Fatal(err)
	}
	t.Targets[0].AutoPause = after
	if _, err := f.admin.ReplaceTrigger(f.t.Context(), t); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // every process has read it
}

// redeliver sends a delivery again, and wakes a process for it.
func (f *fleet) redeliver(d shipbell.Delivery) shipbell.Delivery {
	f.t.Helper()
	saved, _, err := f.admin.Redeliver(f.t.Context(), []shipbell.Delivery{d})
	if err != nil || len(saved) != 1 {
		f.t.Fatal(saved, err)
	}
	return saved[0]
}

// changes are what Shipbell itself did, the oldest first.
func (f *fleet) changes() (actions []audit.Action) {
	f.t.Helper()
	entries, err := audit.New(f.admin.Items(), f.admin.Retention()).List(f.t.Context(), "", 10, "default")
	if err != nil {
		f.t.Fatal(err)
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.Key == audit.Itself && e.Object == "1/1" && e.Name == "app" {
			actions = append(actions, e.Action)
		}
	}
	return actions
}

// TestDeadTargetIsPaused lets the target of several processes fail for longer than its
// option allows. What waits and what comes then ends, and a redelivery that the target
// takes resumes it.
func TestDeadTargetIsPaused(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]string{"paused": "1h", "off": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inFleet(t, 2, []string{"default"}, func(t *testing.T, f *fleet) {
				f.pausing(after)
				f.kill("default", targetURL, timedOut())
				var all []shipbell.Delivery
				for range 12 {
					all = append(all, f.accept("default")...)
					time.Sleep(10 * time.Second)
				}
				if c := f.circuit(all[0]); c.OpenedAt.IsZero() || (c.Pause.Failures >= circuit.MaxTimeouts) != (after != "") {
					t.Fatalf("after two minutes the circuit is %+v", c)
				}
				f.age(all[0], 45*time.Minute)
				for range 5 {
					all = append(all, f.accept("default")...)
					time.Sleep(5 * time.Minute)
				}
				f.isPaused(all, after != "")
				if after == "" {
					return
				}
				before := time.Now()
				d := f.accept("default")[0]
				time.Sleep(time.Minute)
				if d = f.stored(d); d.Status != shipbell.Cancelled || d.Reason.Code != text.CancelledTargetPaused || d.AttemptCount() > 0 {
					t.Errorf("a delivery to a paused target: %+v", d)
				}
				if sent := f.requests("default", targetURL, before); len(sent) > 0 {
					t.Errorf("requests to a paused target: %v", sent)
				}
				f.redeliver(d)
				time.Sleep(time.Minute)
				if d = f.stored(d); d.Status != shipbell.Pending || d.AttemptCount() == 0 || !f.circuit(d).Paused() {
					t.Errorf("redelivered to a target that still fails: %+v", d)
				}
				f.heal("default", targetURL)
				f.redeliver(d)
				time.Sleep(6 * time.Minute)
				if d = f.stored(d); d.Status != shipbell.Succeeded || f.circuit(d).Version != 0 {
					t.Errorf("redelivered to a target that answers: %+v, its circuit %+v", d, f.circuit(d))
				}
				if got := f.changes(); len(got) != 2 || got[0] != audit.TargetPaused || got[1] != audit.TargetResumed {
					t.Errorf("the log of changes has %v", got)
				}
				d = f.accept("default")[0]
				time.Sleep(time.Minute)
				if d = f.stored(d); d.Status != shipbell.Succeeded {
					t.Errorf("a delivery to a resumed target: %+v", d)
				}
			})
		})
	}
}

// age makes the circuit of a delivery's target one that has failed for longer.
func (f *fleet) age(d shipbell.Delivery, by time.Duration) {
	f.t.Helper()
	c := f.circuit(d)
	if c.Pause.After > 0 {
		c.Pause.Failing += by
		c.Pause.Failures += circuit.MinFailures
	}
	if saved, err := f.records.Put(f.t.Context(), keyOf(d), &c); !saved || err != nil {
		f.t.Fatal(saved, err)
	}
}

// isPaused looks at a target that did nothing but fail, to which some deliveries came.
func (f *fleet) isPaused(all []shipbell.Delivery, wanted bool) {
	f.t.Helper()
	c := f.circuit(all[0])
	if c.Paused() != wanted || wanted && (c.Pause.Failing < time.Hour || c.Pause.Warned != 90) {
		f.t.Errorf("the circuit %+v", c)
	}
	ended := 0
	for _, d := range all {
		if d = f.stored(d); d.Reason.Code == text.CancelledTargetPaused {
			ended++
		} else if wanted && d.Status == shipbell.Pending && time.Until(d.NextAttemptAt) < 0 {
			f.t.Errorf("waits for a paused target: %+v", d)
		}
	}
	if ended > 0 != wanted {
		f.t.Errorf("%d of %d deliveries ended because the target is paused", ended, len(all))
	}
}

// TestPauseWithoutOption leaves alone a target whose option was taken away since.
func TestPauseWithoutOption(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		paused := circuit.Circuit{}.Opened(time.Now().Add(-time.Hour), text.Literal("timeout"))
		paused.Pause = circuit.Pause{After: time.Hour, Failures: 20, Failing: time.Hour, Since: time.Now()}
		key := circuit.Key{Registry: "default", Trigger: 1, Target: 1}
		if saved, err := f.records.Put(t.Context(), key, &paused); !saved || err != nil {
			t.Fatal(saved, err)
		}
		d := f.accept("default")[0]
		time.Sleep(10 * time.Second)
		if d = f.stored(d); d.Status != shipbell.Succeeded {
			t.Errorf("the delivery %+v", d)
		}
	})
}
