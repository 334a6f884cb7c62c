package console

import (
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// logChanges is what a page of the log that is being watched lacks. It comes in small
// parts, so that whoever works in the page is not disturbed.
type logChanges struct {
	// New belong into the page, each behind the delivery After, or at the top.
	New []newRow
	// Changed look different from what the page shows.
	Changed []logged
	// Gone are on the page and do not belong there any more.
	Gone []shipbell.DeliveryID
}

type newRow struct {
	Delivery logged
	After    shipbell.DeliveryID
}

// maxShown is how many rows a page may tell that it shows: its own, and those that were
// kept because somebody had opened them.
const maxShown = 4 * deliveriesPerPage

// watchLog answers a page of the log, which tells the rows that it shows, with what has
// changed since.
func (c *console) watchLog(v *visit) error {
	wanted, err := v.query(readLogFilter(v.Form))
	if err != nil {
		return err
	}
	page, err := v.deliveries(wanted, "", deliveriesPerPage)
	if err != nil {
		return err
	}
	shown := v.Form["shown"]
	changes := changesOf(shown[:min(len(shown), maxShown)], page.Deliveries)
	return v.showPart(http.StatusOK, "log-changes", changes)
}

// changesOf compares the rows that a page shows, each as its id, "-" and its state, with
// those that it should.
func changesOf(shown []string, wanted []logged) (changes logChanges) {
	states := make(map[shipbell.DeliveryID]string, len(shown))
	for _, one := range shown {
		id, state, _ := strings.Cut(one, "-")
		// What goes into the answer is an id, whatever was asked for.
		if id, err := shipbell.ParseDeliveryID(id); err == nil {
			states[id] = state
		}
	}
	var above shipbell.DeliveryID
	for _, d := range wanted {
		switch state, known := states[d.ID]; {
		case !known:
			changes.New = append(changes.New, newRow{Delivery: d, After: above})
		case state != d.State():
			changes.Changed = append(changes.Changed, d)
		}
		delete(states, d.ID)
		above = d.ID
	}
	for _, one := range shown {
		id, _, _ := strings.Cut(one, "-")
		if _, left := states[shipbell.DeliveryID(id)]; left {
			changes.Gone = append(changes.Gone, shipbell.DeliveryID(id))
		}
	}
	return changes
}
