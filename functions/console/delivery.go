package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// deliveryView is everything about one delivery.
type deliveryView struct {
	logged
	Request apiv1.Request
	Format  shipbell.Format
	Source  string
	// TriggerGone says that the trigger was deleted.
	TriggerGone bool
	// EventGone says that the event is not kept any more: there is no body to show.
	EventGone bool
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
func (v *visit) delivery() (deliveryView, error) {
	found, err := v.c.App.Delivery(v.Context(), v.key, v.registry.ID, v.PathValue("id"))
	if err != nil {
		return deliveryView{}, err
	}
	return deliveryView{
		logged: newLogged(&found.Delivery, v.language.code), Request: apiv1.Request{ContentType: found.Content.Header.Get("Content-Type"), Headers: found.Headers, Query: found.ShownQuery, Body: string(found.Body)},
		Format: found.Format, Source: found.Event.Source, TriggerGone: found.TriggerGone, EventGone: found.EventGone,
	}, nil
}

// Newest are the attempts, the last one first.
func (d deliveryView) Newest() []apiv1.Attempt {
	attempts := slices.Clone(d.Attempts)
	slices.Reverse(attempts)
	return attempts
}

// Underway reports whether an attempt has begun and no outcome is known yet.
func (d deliveryView) Underway(a apiv1.Attempt) bool {
	return d.Status == shipbell.Pending && a.Number == d.Tries() && a.StatusCode == 0 && a.Error == ""
}

// Clearable reports whether the delivery can be marked as dealt with.
func (d deliveryView) Clearable() bool {
	return (d.Status == shipbell.Failed || d.Status == shipbell.Cancelled) && d.ClearedAt.IsZero()
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
	if _, err := v.c.App.Redeliver(v.Context(), v.key, v.registry.ID, id); err != nil {
		return err
	}
	if v.live() {
		return c.showDelivery(v)
	}
	return v.redirect(inRegistry(v.registry.ID, fmt.Sprintf("/log/%s?done=redelivered", strings.ToUpper(id))))
}
