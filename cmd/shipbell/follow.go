package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	followEvery = time.Second
	// overlap is how far a look at the newest deliveries reaches back: one that was
	// received earlier may appear later.
	overlap = 5 * time.Second
	// One look in farEvery reaches back farther: what is merged within a window appears
	// when the window ends, and where only sweep ends it a minute later still.
	farOverlap = 2*time.Minute + overlap
	farEvery   = 10
	// A look reads at most so many deliveries, and so many waiting ones that are
	// older, in turn.
	maxNewest, maxWaiting = 2000, 20
)

// follower shows what happens to deliveries.
type follower struct {
	call   *call
	client *client.Client
	// query has all filters but the status: a delivery may come to have it.
	query  client.DeliveryQuery
	status shipbell.Status
	// known are the deliveries that may still change and the newest ones.
	known map[shipbell.DeliveryID]sighting
	// newest is when the last delivery was received.
	newest time.Time
	looks  int
	// lost is true while the server does not answer.
	lost bool
}

// sighting is how a delivery was last seen.
type sighting struct {
	status   shipbell.Status
	tries    int
	reason   string
	received time.Time
	looked   time.Time
}

func newFollower(c *call, cl *client.Client, query client.DeliveryQuery) *follower {
	f := &follower{call: c, client: cl, query: query, status: query.Status, known: map[shipbell.DeliveryID]sighting{}}
	f.query.Status = ""
	return f
}

// run shows the last deliveries and then what happens, until ctx ends.
func (f *follower) run(ctx context.Context, limit int) error {
	err := f.begin(ctx, limit)
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err = f.survive(f.look(ctx))
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// survive lets a follower outlive a server that is away for a while.
func (f *follower) survive(err error) error {
	var away *client.Unreachable
	isAway := errors.As(err, &away)
	if isAway && !f.lost {
		f.call.complain(explain(err) + " (trying again)")
	}
	f.lost = isAway
	if isAway {
		return nil
	}
	return err
}

// begin learns what there is, and shows the last deliveries of it.
func (f *follower) begin(ctx context.Context, limit int) error {
	for _, status := range []shipbell.Status{"", shipbell.Pending} {
		deliveries, err := f.list(ctx, f.query, status, maxNewest/10)
		if err != nil {
			return err
		}
		f.changed(deliveries)
	}
	reached, err := f.recent(ctx, farOverlap)
	if err != nil {
		return err
	}
	f.changed(reached)
	deliveries, err := f.list(ctx, f.query, f.status, limit)
	if err != nil {
		return err
	}
	f.changed(deliveries)
	if !f.call.asJSON {
		f.printRow(deliveryHeader())
	}
	for _, d := range slices.Backward(deliveries) {
		if err := f.print(d, d.CreatedAt); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) list(ctx context.Context, query client.DeliveryQuery, status shipbell.Status, limit int) ([]apiv1.Delivery, error) {
	query.Status, query.Limit = status, limit
	return collect(f.call, f.client.Deliveries(ctx, f.call.registry, query))
}

// look shows what has happened since the last look.
func (f *follower) look(ctx context.Context) error {
	began, back := time.Now(), overlap
	if f.looks++; f.looks%farEvery == 0 {
		back = farOverlap
	}
	newest, err := f.recent(ctx, back)
	if err != nil {
		return err
	}
	changes := f.changed(newest)
	for _, id := range f.waiting(began) {
		one, err := f.lookAt(ctx, id)
		if err != nil {
			return err
		}
		changes = append(changes, f.changed(one)...)
	}
	f.forget()
	for _, d := range slices.Backward(changes) {
		if err := f.print(d, d.UpdatedAt); err != nil {
			return err
		}
	}
	return nil
}

// recent lists the newest deliveries, those received until some time before the last one.
func (f *follower) recent(ctx context.Context, back time.Duration) ([]apiv1.Delivery, error) {
	query := f.query
	if !f.newest.IsZero() {
		query.Since = f.newest.Add(-back).UTC()
	}
	return f.list(ctx, query, "", maxNewest)
}

// waiting are the pending deliveries that were not looked at since began, those
// that were not for longest first.
func (f *follower) waiting(began time.Time) []shipbell.DeliveryID {
	var ids []shipbell.DeliveryID
	for id, s := range f.known {
		if s.status == shipbell.Pending && s.looked.Before(began) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b shipbell.DeliveryID) int {
		return cmp.Or(f.known[a].looked.Compare(f.known[b].looked), cmp.Compare(a, b))
	})
	return ids[:min(len(ids), maxWaiting)]
}

// lookAt reads one delivery in the form that a list has it, or none if it is gone.
func (f *follower) lookAt(ctx context.Context, id shipbell.DeliveryID) ([]apiv1.Delivery, error) {
	f.call.answers = nil // nobody prints them
	d, err := f.client.GetDelivery(ctx, f.call.registry, id)
	if client.IsStatus(err, http.StatusNotFound) {
		delete(f.known, id)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []apiv1.Delivery{d.Delivery}, nil
}

// changed takes note of deliveries, newest first, and returns those that are new
// or changed and of the status that is wanted.
func (f *follower) changed(deliveries []apiv1.Delivery) (changes []apiv1.Delivery) {
	for _, one := range deliveries {
		d := &delivery{one}
		before, known := f.known[d.ID]
		now := sighting{status: d.Status, tries: d.tries(), reason: d.Reason, received: d.CreatedAt, looked: time.Now()}
		f.known[d.ID] = now
		if d.CreatedAt.After(f.newest) {
			f.newest = d.CreatedAt
		}
		same := known && before.status == now.status && before.tries == now.tries && before.reason == now.reason
		if !same && (f.status == "" || f.status == d.Status) {
			changes = append(changes, one)
		}
	}
	return changes
}

// forget lets go of what has ended and will not be listed again.
func (f *follower) forget() {
	maps.DeleteFunc(f.known, func(_ shipbell.DeliveryID, s sighting) bool {
		return s.status != shipbell.Pending && s.received.Before(f.newest.Add(-2*farOverlap))
	})
}

func (f *follower) print(d apiv1.Delivery, at time.Time) error {
	if !f.call.asJSON {
		f.printRow((&delivery{d}).row(at))
		return nil
	}
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	f.call.printJSON(body)
	return nil
}

// printRow prints a row at once, in columns that suit most: what follows is not
// known yet.
func (f *follower) printRow(cells []string) {
	widths := []int{19, 26, 9, 5, 16, 11, 28, 0}
	for i, cell := range cells {
		text := escape(cell)
		if text == "" {
			text = "-"
		}
		if i == len(cells)-1 {
			fmt.Fprintln(f.call.stdout, text)
			return
		}
		fmt.Fprintf(f.call.stdout, "%-*s  ", widths[i], text)
	}
}
