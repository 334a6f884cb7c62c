package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// UnmatchedQuery says which kept events that no trigger matched are listed. Since and Until
// bound when they were received: since included, until not; zero times do not.
type UnmatchedQuery struct {
	Since, Until time.Time
	Page
}

// ListUnmatched reads one page of the kept events that no trigger matched, the newest
// first, with what triggers make of them now.
func (c *Client) ListUnmatched(ctx context.Context, registry string, q UnmatchedQuery) (apiv1.Unmatched, error) {
	query := url.Values{}
	setTime(query, "since", q.Since)
	setTime(query, "until", q.Until)
	q.Page.set(query)
	return get[apiv1.Unmatched](ctx, c, Path("unmatched", registry), query)
}

// Unmatched reads the kept events that no trigger matched page by page, the newest first.
// After an error it yields nothing more.
func (c *Client) Unmatched(ctx context.Context, registry string, q UnmatchedQuery) iter.Seq2[apiv1.UnmatchedEvent, error] {
	return pages(q.Page, func(p Page) ([]apiv1.UnmatchedEvent, string, error) {
		q.Page = p
		page, err := c.ListUnmatched(ctx, registry, q)
		return page.Events, page.NextCursor, err
	})
}

// ReplayUnmatched makes deliveries of kept events for the triggers that match them now: of
// one event by its id, or with "" of all that were received in a time. A dry run tells what
// would be made.
func (c *Client) ReplayUnmatched(ctx context.Context, registry string, id shipbell.DeliveryID, since, until time.Time, dryRun bool) (apiv1.Replayed, error) {
	return change[apiv1.Replayed](ctx, c, Path("unmatched", registry, "replay"), apiv1.Replay{
		ID: string(id), Since: timeText(since), Until: timeText(until),
	}, dryRun)
}
