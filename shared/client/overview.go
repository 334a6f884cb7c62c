package client

import (
	"context"
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
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

// GetIgnored lists recent events that made no delivery, and why.
func (c *Client) GetIgnored(ctx context.Context, registry string) (apiv1.RecentlyIgnored, error) {
	return get[apiv1.RecentlyIgnored](ctx, c, Path("ignored", registry), nil)
}
