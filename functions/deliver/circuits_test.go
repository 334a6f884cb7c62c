package deliver_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// TestDeadTargetIsHeld lets the target of several processes die for ten minutes. Few
// attempts are made, one probe at a time; each delivery is stored once for each hold; and
// when the target is back all is delivered, the oldest first.
func TestDeadTargetIsHeld(t *testing.T) {
	t.Parallel()
	inFleet(t, 3, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, timedOut())
		began := time.Now()
		var all []shipbell.Delivery
		for range 60 {
			all = append(all, f.accept("default")...)
			time.Sleep(10 * time.Second)
		}
		dead := f.requests("default", targetURL, began)
		// Until it opens each process makes at most 5 attempts and those under way; then
		// there are probes, after 30, 60, 120, 240 s.
		if len(dead) > 25 {
			t.Errorf("%d attempts at a dead target in ten minutes", len(dead))
		}
		opened := f.circuit(all[0]).OpenedAt
		var probes []arrival
		for _, r := range dead {
			if r.at.After(opened.Add(15 * time.Second)) {
				probes = append(probes, r)
			}
		}
		for i := 1; i < len(probes); i++ {
			if gap := probes[i].at.Sub(probes[i-1].at); gap < 15*time.Second+circuit.FirstHold {
				t.Errorf("a probe %v after the one before", gap)
			}
		}
		if len(probes) < 3 {
			t.Errorf("%d probes in ten minutes", len(probes))
		}
		held := f.stored(all[30])
		if !held.Held() || held.Reason.Code != text.HeldTargetFailing || held.AttemptCount() > 1 || time.Until(held.NextAttemptAt) > circuit.MaxHold+circuit.Spread {
			t.Errorf("a delivery of a dead target: %+v", held)
		}

		f.heal("default", targetURL)
		time.Sleep(circuit.MaxHold + 30*time.Second)
		if c := f.circuit(all[0]); c.Version != 0 {
			t.Errorf("the circuit is not closed: %+v", c)
		}
		for _, d := range all {
			if d = f.stored(d); d.Status != shipbell.Succeeded && time.Until(d.NextAttemptAt) < 0 {
				t.Errorf("after the target came back: %+v", d)
			}
		}
	})
}

// TestHeldAreReleasedOldestFirst holds deliveries of half a minute.
func TestHeldAreReleasedOldestFirst(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		key := circuit.Key{Registry: "default", Trigger: 1, Target: 1}
		open := circuit.Circuit{}.Opened(time.Now(), text.Literal("timeout"))
		if saved, err := f.records.Put(t.Context(), key, &open); !saved || err != nil {
			t.Fatal(saved, err)
		}
		for range 14 {
			f.accept("default")
			time.Sleep(2 * time.Second)
		}
		time.Sleep(circuit.Spread + 3*time.Second)
		var ids []shipbell.DeliveryID
		sent := f.requests("default", targetURL, time.Time{})
		for _, r := range sent {
			ids = append(ids, r.id)
		}
		if len(ids) != 14 || !slices.IsSorted(ids) || sent[0].at.Before(open.Until.Add(-time.Second)) || sent[13].at.After(open.Until.Add(circuit.Spread+time.Second)) {
			t.Errorf("%d held deliveries were released as %v", len(ids), sent)
		}
	})
}

// TestHeldIsStoredOncePerHold counts the writes of deliveries that only wait.
func TestHeldIsStoredOncePerHold(t *testing.T) {
	t.Parallel()
	inFleet(t, 2, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, timedOut())
		for range 20 {
			f.accept("default")
		}
		time.Sleep(25 * time.Second) // the circuit is open
		var waiting []shipbell.Delivery
		for range 50 {
			waiting = append(waiting, f.accept("default")...)
		}
		before := time.Now()
		time.Sleep(15 * time.Minute)
		holds := len(f.requests("default", targetURL, before)) // each ended with a probe
		if holds < 4 {
			t.Errorf("%d probes in 15 minutes", holds)
		}
		for _, d := range waiting {
			d = f.stored(d)
			// The first write makes the delivery, and the last hold is still on.
			if n := f.kv.writes[string(d.ID)]; d.AttemptCount() == 0 && n > 1+holds+1 {
				t.Errorf("%d writes of a delivery over %d holds", n, holds+1)
			}
		}
	})
}

// TestOneProcessProbes lets several processes find at once that a hold has ended.
func TestOneProcessProbes(t *testing.T) {
	t.Parallel()
	inFleet(t, 3, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, timedOut())
		began := time.Now()
		key := circuit.Key{Registry: "default", Trigger: 1, Target: 1}
		open := circuit.Circuit{}.Opened(began.Add(2500*time.Millisecond-circuit.FirstHold), text.Literal("timeout"))
		if saved, err := f.records.Put(t.Context(), key, &open); !saved || err != nil {
			t.Fatal(saved, err)
		}
		for _, at := range []time.Duration{900 * time.Millisecond, 1600 * time.Millisecond} {
			time.Sleep(at - time.Since(began)) // the first makes each process read the record, the second comes before it reads again
			for range f.processes {
				f.accept("default")
			}
		}
		time.Sleep(10 * time.Second)
		if sent := f.requests("default", targetURL, began); len(sent) != 1 {
			t.Errorf("%d probes at once: %v", len(sent), sent)
		}
	})
}

// TestHealthyTargetCostsNothing counts what a target that answers costs in circuits.
func TestHealthyTargetCostsNothing(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		for range 20 {
			f.accept("default")
			time.Sleep(5 * time.Second)
		}
		if sent := f.requests("default", targetURL, time.Time{}); len(sent) != 20 || f.kv.circuitReads != 1 || f.kv.circuitWrites != 0 {
			t.Errorf("%d deliveries cost %d reads and %d writes of circuits, want 1 read", len(sent), f.kv.circuitReads, f.kv.circuitWrites)
		}
	})
}

// TestHeldDeliveriesEndWithAnAttempt holds deliveries for longer than their schedule. None
// ends without an attempt of its own, and the last attempt comes after the schedule's
// length.
func TestHeldDeliveriesEndWithAnAttempt(t *testing.T) {
	t.Parallel()
	inFleet(t, 2, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, timedOut())
		var all []shipbell.Delivery
		for range 40 {
			all = append(all, f.accept("default")...)
			time.Sleep(2 * time.Second)
		}
		time.Sleep(f.schedule.Length())
		time.Sleep(circuit.MaxHold + circuit.Spread + time.Minute)
		tried := map[shipbell.DeliveryID]time.Time{}
		for _, r := range f.requests("default", targetURL, time.Time{}) {
			tried[r.id] = r.at
		}
		for _, d := range all {
			d = f.stored(d)
			last := tried[d.ID].Sub(d.CreatedAt)
			if d.Status != shipbell.Failed || d.AttemptCount() == 0 || last < f.schedule.Length() {
				t.Errorf("%s after %d attempts, the last %v after its receipt: %+v", d.Status, d.AttemptCount(), last, d)
			}
		}
	})
}

// TestRegistriesHaveTheirOwnCircuits lets a target die for one of two registries.
func TestRegistriesHaveTheirOwnCircuits(t *testing.T) {
	t.Parallel()
	inFleet(t, 2, []string{"one", "two"}, func(t *testing.T, f *fleet) {
		f.kill("one", targetURL, timedOut())
		for range 20 {
			f.accept("one")
		}
		time.Sleep(80 * time.Second) // the first probe, which began after 45 s, has failed
		held := f.accept("one")[0]
		other := f.accept("two")[0]
		time.Sleep(time.Second)
		if got := f.stored(held); !got.Held() {
			t.Errorf("of the registry whose target is dead: %+v", got)
		}
		if got := f.stored(other); got.Status != shipbell.Succeeded {
			t.Errorf("of the other registry: %+v", got)
		}
	})
}

// TestGoneAndRefusedDoNotCount answers 410, which says nothing about other deliveries.
func TestGoneAndRefusedDoNotCount(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, shipbell.Outcome{StatusCode: 410, Error: text.New(text.StatusGone, 410), Final: true})
		var last shipbell.Delivery
		for range 50 {
			last = f.accept("default")[0]
			time.Sleep(time.Second)
		}
		if got := f.stored(last); got.Status != shipbell.Failed || got.AttemptCount() != 1 || f.kv.circuitWrites > 0 {
			t.Errorf("after 50 answers 410: %+v, %d writes of circuits", got, f.kv.circuitWrites)
		}
	})
}

// TestCircuitRecords finds records that a healthy process would not have written.
func TestCircuitRecords(t *testing.T) {
	t.Parallel()
	put := func(value string) func(*testing.T, *fleet, shipbell.Delivery) {
		return func(t *testing.T, f *fleet, d shipbell.Delivery) {
			item := platform.Item{Key: platform.Key{Partition: "circuit/default", Sort: "0000000001/1"}, Value: []byte(value)}
			if err := f.admin.Items().Write(t.Context(), platform.Write{Item: item, If: platform.Always})[0]; err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, before := range map[string]func(*testing.T, *fleet, shipbell.Delivery){
		"unreadable": put(`{"opened_at":"yesterday"}`),
		"opened by a clock ten hours ahead": func(t *testing.T, f *fleet, d shipbell.Delivery) {
			ahead := circuit.Circuit{}.Opened(time.Now().Add(10*time.Hour), text.Literal("timeout"))
			if saved, err := f.records.Put(t.Context(), keyOf(d), &ahead); !saved || err != nil {
				t.Fatal(saved, err)
			}
		},
		"whose probe died": func(t *testing.T, f *fleet, d shipbell.Delivery) {
			died := circuit.Circuit{}.Opened(time.Now().Add(-time.Minute), text.Literal("timeout")).Probed(time.Now().Add(-30*time.Second), time.Now())
			if saved, err := f.records.Put(t.Context(), keyOf(d), &died); !saved || err != nil {
				t.Fatal(saved, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
				before(t, f, shipbell.Delivery{Registry: "default", TriggerID: 1, TargetID: 1})
				d := f.accept("default")[0]
				time.Sleep(time.Second)
				if got := f.stored(d); got.Status != shipbell.Succeeded {
					t.Errorf("the delivery is %s: %+v", got.Status, got)
				}
				if c := f.circuit(d); c.Version != 0 {
					t.Errorf("after a success: %+v", c)
				}
			})
		})
	}
}
