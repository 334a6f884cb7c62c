package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

// deliveryView is everything about one delivery.
type deliveryView struct {
	logged
	Request struct {
		ContentType string `json:"content_type"`
		Body        string `json:"body"`
	} `json:"request"`

	// Headers are those of the last attempt, or of the first to come, as the trigger
	// has them now. There are none if the trigger has no such target any more.
	Headers http.Header     `json:"-"`
	Format  shipbell.Format `json:"-"`
	Source  string          `json:"-"`
	// TriggerGone says that the trigger was deleted.
	TriggerGone bool `json:"-"`
}

// showDelivery shows one delivery, also below its row of the log.
func (c *console) showDelivery(v *visit) error {
	d, err := v.delivery()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "delivery", v.t("delivery.title", d.ID), d)
}

// watchDelivery answers a page that shows a pending delivery with how it stands.
func (c *console) watchDelivery(v *visit) error {
	d, err := v.delivery()
	if err != nil {
		return err
	}
	part := "delivery-progress"
	if v.Form.Get("shown") != d.State() {
		part = "delivery-changes"
	}
	return v.showPart(http.StatusOK, part, d)
}

// delivery reads the delivery that the path names.
func (v *visit) delivery() (d deliveryView, err error) {
	if err := v.call(http.MethodGet, v.deliveryAPI(v.PathValue("id")), "", nil, &d); err != nil {
		return d, err
	}
	// The API masks the URL for some, does not say the headers, and leaves out what a
	// program does not need.
	stored, err := v.c.Store.Delivery(v.Context(), v.registry.ID, d.ID)
	if err != nil {
		return d, err
	}
	d.Format, d.Source = stored.Format, stored.Event.Source
	rules, err := v.c.Store.Rules(v.Context(), v.registry.ID)
	if err != nil {
		return d, err
	}
	t, found := rules.Set.Trigger(d.TriggerID)
	if d.TriggerGone = !found; d.TriggerGone {
		return d, nil
	}
	if target, found := t.Target(stored.TargetURL); found {
		attempt := shipbell.Attempt{Number: 1, StartedAt: stored.NextAttemptAt}
		if len(d.Attempts) > 0 {
			attempt = d.Attempts[len(d.Attempts)-1]
		}
		d.Headers = webhook.Headers(&stored, target, attempt, d.Request.ContentType)
	}
	return d, nil
}

// Newest are the attempts, the last one first.
func (d deliveryView) Newest() []shipbell.Attempt {
	attempts := slices.Clone(d.Attempts)
	slices.Reverse(attempts)
	return attempts
}

// Underway reports whether an attempt has begun and no outcome is known yet.
func (d deliveryView) Underway(a shipbell.Attempt) bool {
	return d.Status == shipbell.Pending && a.Number == d.Tries() && a.StatusCode == 0 && a.Error == ""
}

// Missing is how many attempts of a long history are not kept.
func (d deliveryView) Missing() int { return d.Tries() - len(d.Attempts) }

// Laid is the body laid out for reading, or "" if it is no JSON.
func (d deliveryView) Laid() string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(d.Request.Body), "", "  "); err != nil {
		return ""
	}
	return b.String()
}

// Tag is the first tag of the event, for the question why it matched.
func (d deliveryView) Tag() string {
	if len(d.Resources) == 0 {
		return ""
	}
	return d.Resources[0].Tag
}

// redeliver sends one delivery again. The page's script gets it as it stands then.
func (c *console) redeliver(v *visit) error {
	id := v.PathValue("id")
	if err := v.call(http.MethodPost, v.deliveryAPI(id)+"/redeliver", "", nil, nil); err != nil {
		return err
	}
	if v.live() {
		return c.showDelivery(v)
	}
	return v.redirect(inRegistry(v.registry.ID, fmt.Sprintf("/log/%s?done=redelivered", strings.ToUpper(id))))
}
