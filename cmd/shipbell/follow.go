package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	followEvery = time.Second
	// overlap is how far a look at the newest deliveries reaches back: one that was
	// received earlier may appear later.
	overlap = 5 * time.Second
	// A look reads at most so many deliveries, and so many waiting ones that are
	// older, in turn.
	maxNewest, maxWaiting = 2000, 20
)

// follower shows what happens to deliveries.
type follower struct {
	call   *call
	client *client
	// query has all filters but the status: a delivery may come to have it.
	query  url.Values
	status shipbell.Status
	// known are the deliveries that may still change and the newest ones.
	known map[shipbell.DeliveryID]sighting
	// newest is when the last delivery was received.
	newest time.Time
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

func newFollower(c *call, cl *client, query url.Values) *follower {
	f := &follower{call: c, client: cl, query: query, known: map[shipbell.DeliveryID]sighting{}}
	f.status = shipbell.Status(query.Get("status"))
	query.Del("status")
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
	var away *unreachable
	isAway := errors.As(err, &away)
	if isAway && !f.lost {
		f.call.complain(err.Error() + " (trying again)")
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
		bodies, err := f.list(ctx, f.query, status, maxNewest/10)
		if err != nil {
			return err
		}
		if _, err := f.changed(bodies); err != nil {
			return err
		}
	}
	bodies, err := f.list(ctx, f.query, f.status, limit)
	if err != nil {
		return err
	}
	if _, err := f.changed(bodies); err != nil {
		return err
	}
	if !f.call.asJSON {
		f.printRow(deliveryHeader())
	}
	for _, body := range slices.Backward(bodies) {
		if err := f.print(body, func(d *delivery) time.Time { return d.CreatedAt }); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) list(ctx context.Context, query url.Values, status shipbell.Status, limit int) ([]json.RawMessage, error) {
	query = maps.Clone(query)
	if status != "" {
		query.Set("status", string(status))
	}
	bodies, _, err := f.client.pages(ctx, f.call.path("deliveries"), query, "deliveries", limit)
	return bodies, err
}

// look shows what has happened since the last look.
func (f *follower) look(ctx context.Context) error {
	began, query := time.Now(), maps.Clone(f.query)
	if !f.newest.IsZero() {
		query.Set("since", f.newest.Add(-overlap).UTC().Format(time.RFC3339Nano))
	}
	bodies, err := f.list(ctx, query, "", maxNewest)
	if err != nil {
		return err
	}
	changes, err := f.changed(bodies)
	if err != nil {
		return err
	}
	for _, id := range f.waiting(began) {
		body, err := f.lookAt(ctx, id)
		if err != nil {
			return err
		}
		more, err := f.changed(body)
		if err != nil {
			return err
		}
		changes = append(changes, more...)
	}
	f.forget()
	for _, body := range slices.Backward(changes) {
		if err := f.print(body, func(d *delivery) time.Time { return d.UpdatedAt }); err != nil {
			return err
		}
	}
	return nil
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
func (f *follower) lookAt(ctx context.Context, id shipbell.DeliveryID) ([]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	_, err := f.client.get(ctx, f.call.path("deliveries", string(id)), nil, &fields)
	var refused *problem
	if errors.As(err, &refused) && refused.Status == 404 {
		delete(f.known, id)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	delete(fields, "request")
	body, err := json.Marshal(fields)
	return []json.RawMessage{body}, err
}

// changed takes note of deliveries, newest first, and returns those that are new
// or changed and of the status that is wanted.
func (f *follower) changed(bodies []json.RawMessage) (changes []json.RawMessage, err error) {
	deliveries, err := readDeliveries(bodies)
	if err != nil {
		return nil, err
	}
	for i := range deliveries {
		d := &deliveries[i]
		before, known := f.known[d.ID]
		now := sighting{status: d.Status, tries: d.tries(), reason: d.Reason, received: d.CreatedAt, looked: time.Now()}
		f.known[d.ID] = now
		if d.CreatedAt.After(f.newest) {
			f.newest = d.CreatedAt
		}
		same := known && before.status == now.status && before.tries == now.tries && before.reason == now.reason
		if !same && (f.status == "" || f.status == d.Status) {
			changes = append(changes, bodies[i])
		}
	}
	return changes, nil
}

// forget lets go of what has ended and will not be listed again.
func (f *follower) forget() {
	maps.DeleteFunc(f.known, func(_ shipbell.DeliveryID, s sighting) bool {
		return s.status != shipbell.Pending && s.received.Before(f.newest.Add(-2*overlap))
	})
}

func (f *follower) print(body json.RawMessage, at func(*delivery) time.Time) error {
	if f.call.asJSON {
		f.call.printJSON(body)
		return nil
	}
	var d delivery
	if err := readAnswer(body, &d); err != nil {
		return err
	}
	f.printRow(d.row(at(&d)))
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
