package sweep

import (
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// woken is what a process remembers of the deliveries that it has sent messages about, so
// that it sends no second one while the first may wait in the queue. What it does not know
// costs a message more. It may be used from many goroutines.
type woken struct {
	mu   sync.Mutex
	byID map[shipbell.DeliveryID]wake
}

// wake is when a message about a delivery was sent, and what version it had then.
type wake struct {
	version int64
	at      time.Time
}

func newWoken() *woken { return &woken{byID: map[shipbell.DeliveryID]wake{}} }

// lately reports whether a message was sent in the last minute about a delivery that has
// not changed since.
func (w *woken) lately(d *shipbell.Delivery, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, known := w.byID[d.ID]
	return known && was.version == d.Version && platform.Fresh(was.at, now, store.Grace)
}

func (w *woken) note(d *shipbell.Delivery, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.byID[d.ID] = wake{d.Version, now}
}

// forget drops what is a minute old.
func (w *woken) forget(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, was := range w.byID {
		if !platform.Fresh(was.at, now, store.Grace) {
			delete(w.byID, id)
		}
	}
}
