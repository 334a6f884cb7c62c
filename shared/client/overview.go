package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// GetStats counts deliveries by hour and trigger, from the hour of since to that of
// until. Zero times take the API's defaults: the last 24 hours.
func (c *Client) GetStats(ctx context.Context, registry string, since, until time.Time) (apiv1.Stats, error) {
	query := url.Values{}
	setTime(query, "since", since)
	setTime(query, "until", until)
	return get[apiv1.Stats](ctx, c, Path("stats", registry), query)
}

// GetTargets lists the targets that fail, and counts the deliveries that wait.
func (c *Client) GetTargets(ctx context.Context, registry string) (apiv1.Targets, error) {
	return get[apiv1.Targets](ctx, c, Path("targets", registry), nil)
}

// GetAudit reads one page of who changed what, the newest first.
func (c *Client) GetAudit(ctx context.Context, registry string, p Page) (apiv1.Audit, error) {
	query := url.Values{}
	p.set(query)
	return get[apiv1.Audit](ctx, c, Path("audit", registry), query)
}

// ResumeTarget makes the held deliveries of a trigger's target due now.
func (c *Client) ResumeTarget(ctx context.Context, registry string, id shipbell.ID, target shipbell.TargetID) (resumed apiv1.Resumed, err error) {
	path := Path("targets", registry, strconv.FormatInt(int64(id), 10), strconv.FormatInt(int64(target), 10), "resume")
	_, err = c.Do(ctx, Request{Method: http.MethodPost, Path: path}, &resumed)
	return resumed, err
}

// GetIgnored lists recent events that made no delivery, and why.
func (c *Client) GetIgnored(ctx context.Context, registry string) (apiv1.RecentlyIgnored, error) {
	return get[apiv1.RecentlyIgnored](ctx, c, Path("ignored", registry), nil)
}
