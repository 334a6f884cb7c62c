package deliver_test

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// nothingIsOutOfSight checks, with every process dead, that sweep will come to
// each pending delivery, and that what was acknowledged is there.
func (w *world) nothingIsOutOfSight() {
	w.t.Helper()
	checkpoint, err := w.admin().Checkpoint(w.t.Context(), "default")
	if err != nil {
		w.t.Fatal(err)
	}
	if checkpoint.Ahead(time.Now()) { // sweep takes it back, and looks at what is in the future itself
		checkpoint = checkpoint.Rewound(time.Now())
	}
	rows, deliveries := w.rows()
	stored := map[shipbell.DeliveryID]bool{}
	for i, d := range deliveries {
		stored[d.ID] = true
		if d.Status == shipbell.Pending && rows[i].Due.IsZero() && d.ID < checkpoint.Scanned {
			w.t.Errorf("nothing will come back to delivery %s: %+v", d.ID, d.Attempts)
		}
		wanted := slices.MaxFunc([]time.Time{d.NextAttemptAt, time.Now()}, time.Time.Compare)
		if !w.steps && rows[i].Due.After(wanted.Add(store.Grace+shipbell.MaxSkew)) {
			w.t.Errorf("delivery %s is to be attempted at %v, but looked at not before %v", d.ID, wanted, rows[i].Due)
		}
	}
	for id, tag := range w.promised {
		if !stored[id] && !w.broken[id] && !w.merged[id] {
			w.t.Errorf("event %s was acknowledged, but its delivery %s is not there", tag, id)
		}
	}
}

// unmade are the deliveries of bursts that were promised and are not there. Those of a
// trigger that was disabled meanwhile never will be.
func (w *world) unmade() (ids []shipbell.DeliveryID) {
	_, deliveries := w.rows()
	stored := map[shipbell.DeliveryID]bool{}
	for i := range deliveries {
		stored[deliveries[i].ID] = true
	}
	for id := range w.merged {
		if !stored[id] && !w.broken[id] && id.TriggerID() != 3 {
			ids = append(ids, id)
		}
	}
	return ids
}

// over reports whether every delivery has ended, or is damaged and listed.
func (w *world) over() bool {
	listed := w.setAside()
	for id := range w.broken {
		if !listed[id] {
			return false
		}
	}
	return len(w.pending()) == 0 && len(w.unmade()) == 0
}

// judge looks at how everything ended.
func (w *world) judge() {
	w.t.Helper()
	w.nothingIsOutOfSight()
	for _, id := range w.unmade() {
		w.t.Errorf("event %s was acknowledged, but the delivery %s of its burst was never made", w.promised[id], id)
	}
	_, deliveries := w.rows()
	for i := range deliveries {
		w.judgeOne(&deliveries[i])
	}
	listed := w.setAside()
	for id := range w.broken {
		if !listed[id] {
			w.t.Errorf("the damaged delivery %s is not listed", id)
		}
	}
	for r := range w.requests {
		if !w.broken[r.id] {
			w.t.Errorf("a request without an attempt in the log: %v", r)
		}
	}
}

// judgeOne looks at how a delivery ended, and takes its attempts off the requests.
func (w *world) judgeOne(d *shipbell.Delivery) {
	w.t.Helper()
	var numbers, want []int
	for i, a := range d.Attempts {
		numbers, want = append(numbers, a.Number), append(want, i+1)
		delete(w.requests, request{d.ID, a.Number})
		if open := a.StatusCode == 0 && a.Error.IsZero(); open {
			w.t.Errorf("delivery %s: attempt %d has no outcome: %+v", d.ID, a.Number, a)
		}
	}
	if diff := cmp.Diff(want, numbers); diff != "" {
		w.t.Errorf("delivery %s: attempts have numbers (-want +got):\n%s", d.ID, diff)
	}
	if len(numbers) > len(schedule())+1+d.BusyAttempts {
		w.t.Errorf("delivery %s: %d attempts", d.ID, len(numbers))
	}
	ok := len(numbers) > 0 && d.Attempts[len(numbers)-1].Error.IsZero()
	mayBeCancelled := d.TriggerID == 3 || w.brokenEvents[d.Event.ID]
	if ok != (d.Status == shipbell.Succeeded) || d.Status == shipbell.Cancelled && !mayBeCancelled || !d.LeaseUntil.IsZero() {
		w.t.Errorf("delivery %s ended as %s (%s) with attempts %+v", d.ID, d.Status, d.Reason, d.Attempts)
	}
}
