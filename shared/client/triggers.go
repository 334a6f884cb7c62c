package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// testTimeout is more than the longest attempt may take.
const testTimeout = 90 * time.Second

// TriggerQuery says which triggers are listed.
type TriggerQuery struct {
	// Labels are written KEY=VALUE; a trigger must have all of them.
	Labels []string
	Page
}

func triggerPath(registry string, id shipbell.ID, rest ...string) string {
	return Path(append([]string{"triggers", registry, fmt.Sprint(id)}, rest...)...)
}

// ListTriggers reads one page of the registry's triggers, in the order of their ids.
func (c *Client) ListTriggers(ctx context.Context, registry string, q TriggerQuery) (apiv1.Triggers, error) {
	query := url.Values{}
	if len(q.Labels) > 0 {
		query["label"] = q.Labels
	}
	q.Page.set(query)
	return get[apiv1.Triggers](ctx, c, Path("triggers", registry), query)
}

// Triggers reads the registry's triggers page by page. After an error it yields nothing
// more.
func (c *Client) Triggers(ctx context.Context, registry string, q TriggerQuery) iter.Seq2[apiv1.Trigger, error] {
	return pages(q.Page, func(p Page) ([]apiv1.Trigger, string, error) {
		q.Page = p
		page, err := c.ListTriggers(ctx, registry, q)
		return page.Triggers, page.NextCursor, err
	})
}

// GetTrigger reads one trigger.
func (c *Client) GetTrigger(ctx context.Context, registry string, id shipbell.ID) (apiv1.Trigger, error) {
	return get[apiv1.Trigger](ctx, c, triggerPath(registry, id), nil)
}

// CreateTrigger creates a trigger. What settings leave out takes its default. A name that
// the registry has already is a conflict.
func (c *Client) CreateTrigger(ctx context.Context, registry string, settings apiv1.TriggerSettings) (apiv1.Trigger, error) {
	return post[apiv1.Trigger](ctx, c, Path("triggers", registry), settings)
}

// ReplaceTrigger sets all settings of a trigger that still has this version; 0 allows
// any.
func (c *Client) ReplaceTrigger(ctx context.Context, registry string, id shipbell.ID, version int64, settings apiv1.TriggerSettings) (t apiv1.Trigger, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodPut, Path: triggerPath(registry, id), Body: settings, Version: version}, &t)
	return t, err
}

// ChangeTrigger sets some settings of a trigger that still has this version; 0 allows
// any. change is a value whose JSON has the fields to set, by the names of
// apiv1.TriggerSettings.
func (c *Client) ChangeTrigger(ctx context.Context, registry string, id shipbell.ID, version int64, change any) (t apiv1.Trigger, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodPatch, Path: triggerPath(registry, id), Body: change, Version: version}, &t)
	return t, err
}

// DeleteTrigger deletes a trigger. Its deliveries that wait are cancelled.
func (c *Client) DeleteTrigger(ctx context.Context, registry string, id shipbell.ID) error {
	return c.drop(ctx, triggerPath(registry, id))
}

// TestTrigger sends a sample event to each target of a trigger, and waits for their
// answers: up to 90 s.
func (c *Client) TestTrigger(ctx context.Context, registry string, id shipbell.ID) (result apiv1.TestResult, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodPost, Path: triggerPath(registry, id, "test"), Timeout: testTimeout}, &result)
	return result, err
}

// TestTarget sends a sample event to a target that need not be stored, and waits for its
// answer: up to 90 s.
func (c *Client) TestTarget(ctx context.Context, registry string, test apiv1.TestRequest) (result apiv1.TestResult, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodPost, Path: Path("triggers", registry, "test"), Body: test, Timeout: testTimeout}, &result)
	return result, err
}

// ListPresets answers every preset.
func (c *Client) ListPresets(ctx context.Context) (presets apiv1.Presets, err error) {
	_, err = c.Do(ctx, Request{Path: Path("presets")}, &presets)
	return presets, err
}
