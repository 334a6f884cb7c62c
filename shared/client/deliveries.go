package client

import (
	"context"
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
	Page
}

func (q DeliveryQuery) values() url.Values {
	query := url.Values{}
	if q.Trigger != 0 {
		query.Set("trigger", strconv.FormatInt(int64(q.Trigger), 10))
	}
	setText(query, "status", string(q.Status))
	setText(query, "action", string(q.Action))
	setText(query, "repository", q.Repository)
	setTime(query, "since", q.Since)
	setTime(query, "until", q.Until)
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
func (c *Client) RedeliverMany(ctx context.Context, registry string, q DeliveryQuery, dryRun bool) (answer apiv1.Redelivered, err error) {
	r := Request{Method: http.MethodPost, Path: Path("deliveries", registry, "redeliver"), Body: apiv1.Redelivery{
		Trigger: q.Trigger, Status: q.Status, Action: q.Action, Repository: q.Repository,
		Since: timeText(q.Since), Until: timeText(q.Until),
	}}
	if dryRun {
		r.Query = url.Values{"dry_run": {"true"}}
	}
	_, err = c.Do(ctx, r, &answer)
	return answer, err
}
