package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// DeliveryQuery says which deliveries are listed. Fields without a value restrict
// nothing.
type DeliveryQuery struct {
	Trigger    shipbell.ID
	Status     shipbell.Status
	Action     shipbell.Action
	Repository string
	// Since and Until bound when the event was received: since included, until not.
	Since, Until time.Time
	// More restricts further; of what the fields above say too, they count.
	More apiv1.Filter
	Page
}

// filter is the query without its page.
func (q DeliveryQuery) filter() apiv1.Filter {
	f := q.More
	if q.Trigger != 0 {
		f.Trigger = shipbell.FilterTrigger(strconv.FormatInt(int64(q.Trigger), 10))
	}
	f.Status, f.Action, f.Repository = cmp.Or(q.Status, f.Status), cmp.Or(q.Action, f.Action), cmp.Or(q.Repository, f.Repository)
	f.Since, f.Until = cmp.Or(timeText(q.Since), f.Since), cmp.Or(timeText(q.Until), f.Until)
	return f
}

func (q DeliveryQuery) values() url.Values {
	query, f := url.Values{}, q.filter()
	for _, field := range f.Fields() {
		setText(query, field.Name, *field.Value)
	}
	q.Page.set(query)
	return query
}

// ListDeliveries reads one page of the registry's deliveries, the newest first.
func (c *Client) ListDeliveries(ctx context.Context, registry string, q DeliveryQuery) (apiv1.Deliveries, error) {
	return get[apiv1.Deliveries](ctx, c, Path("deliveries", registry), q.values())
}

// Deliveries reads the registry's deliveries page by page, the newest first. After an
// error it yields nothing more.
func (c *Client) Deliveries(ctx context.Context, registry string, q DeliveryQuery) iter.Seq2[apiv1.Delivery, error] {
	return pages(q.Page, func(p Page) ([]apiv1.Delivery, string, error) {
		q.Page = p
		page, err := c.ListDeliveries(ctx, registry, q)
		return page.Deliveries, page.NextCursor, err
	})
}

// GetDelivery reads one delivery with the request that its target gets.
func (c *Client) GetDelivery(ctx context.Context, registry string, id shipbell.DeliveryID) (apiv1.DeliveryWithRequest, error) {
	return get[apiv1.DeliveryWithRequest](ctx, c, Path("deliveries", registry, string(id)), nil)
}

// Redeliver makes one delivery due again at once, whatever its status is.
func (c *Client) Redeliver(ctx context.Context, registry string, id shipbell.DeliveryID) (apiv1.Delivery, error) {
	return post[apiv1.Delivery](ctx, c, Path("deliveries", registry, string(id), "redeliver"), nil)
}

// RedeliverMany makes the deliveries that have ended and that q selects due again. Its
// page is not used. A dry run only counts them.
func (c *Client) RedeliverMany(ctx context.Context, registry string, q DeliveryQuery, dryRun bool) (apiv1.Changed, error) {
	return change[apiv1.Changed](ctx, c, Path("deliveries", registry, "redeliver"), q.filter(), dryRun)
}

// ClearMany marks the deliveries that ended without success and that q selects as dealt
// with. Its page is not used. A dry run only counts them.
func (c *Client) ClearMany(ctx context.Context, registry string, q DeliveryQuery, dryRun bool) (apiv1.Changed, error) {
	return change[apiv1.Changed](ctx, c, Path("deliveries", registry, "clear"), q.filter(), dryRun)
}

// change posts a change of many that can be tried before.
func change[T any](ctx context.Context, c *Client, path string, body any, dryRun bool) (answer T, err error) {
	r := Request{Method: http.MethodPost, Path: path, Body: body}
	if dryRun {
		r.Query = url.Values{"dry_run": {"true"}}
	}
	_, err = c.Do(ctx, r, &answer)
	return answer, err
}

// ReplayPast makes deliveries of the events whose deliveries q selects, for the triggers that
// match them now. With a name in again they are for triggers that have deliveries of the event
// too; the same name makes nothing twice. A dry run tells what would be made.
func (c *Client) ReplayPast(ctx context.Context, registry string, q DeliveryQuery, again string, dryRun bool) (apiv1.Replayed, error) {
	return change[apiv1.Replayed](ctx, c, Path("deliveries", registry, "replay"), apiv1.PastReplay{Filter: q.filter(), Again: again}, dryRun)
}

// ExportDeliveries reads all deliveries that q selects with their whole events, the newest
// first, as often as it takes. It gives how many records could not be read and are left out.
func (c *Client) ExportDeliveries(ctx context.Context, registry string, q DeliveryQuery, write func(apiv1.Delivery)) (damaged int, err error) {
	q.Limit = 0
	for {
		_, body, err := c.send(ctx, Request{Method: http.MethodGet, Path: Path("deliveries", registry, "export"), Query: q.values()})
		if err != nil {
			return damaged, err
		}
		var end apiv1.ExportEnd
		for line := range bytes.Lines(body) {
			var d apiv1.Delivery
			if err := errors.Join(json.Unmarshal(line, &d), json.Unmarshal(line, &end)); err != nil {
				return damaged, fmt.Errorf("the server's answer cannot be read: %w", err)
			}
			if d.ID != "" {
				write(d)
			}
		}
		damaged += end.Damaged
		switch {
		case end.NextCursor != "" && end.NextCursor != q.Cursor:
		case end.Note != "" && end.Damaged == 0:
			return damaged, errors.New(end.Note)
		default:
			return damaged, nil
		}
		q.Cursor = end.NextCursor
	}
}
