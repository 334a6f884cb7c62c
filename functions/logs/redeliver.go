package logs

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// redeliver makes one delivery due at once, whatever became of it.
func (d *Deps) redeliver(r *api.Request) (api.Answer, error) {
	found, err := d.named(r)
	if err != nil {
		return api.Answer{}, err
	}
	rules, err := d.Store.Rules(r.Context(), r.Registry)
	if err != nil {
		return api.Answer{}, err
	}
	now := d.Now().UTC()
	if found.Leased(now, d.Alone) {
		return api.Answer{}, shipbell.Errorf(shipbell.Conflict, "an attempt is under way")
	}
	if reason := obstacle(rules, &found); reason != "" {
		return api.Answer{}, shipbell.Errorf(shipbell.Conflict, "the delivery cannot be sent again: %s", reason)
	}
	found.Redeliver(now)
	saved, err := d.Store.Save(r.Context(), &found)
	if err != nil {
		return api.Answer{}, err
	}
	if !saved {
		return api.Answer{}, shipbell.Errorf(shipbell.Conflict, "the delivery changed meanwhile: look again")
	}
	return api.Answer{Status: http.StatusAccepted, Body: view(r.Key, &found)}, d.wake(r.Context(), []shipbell.Delivery{found})
}

// obstacle says why a delivery would be cancelled if it were sent now, or "".
func obstacle(rules *store.Rules, d *shipbell.Delivery) string {
	t, found := rules.Set.Trigger(d.TriggerID)
	if !found {
		return "its trigger was deleted"
	}
	if !t.Enabled {
		return "its trigger is disabled"
	}
	if _, found := t.Target(d.TargetURL); !found {
		return "its trigger has no such target any more"
	}
	return ""
}

const (
	// maxRedeliver is how many deliveries one request sends again, and
	// redeliverSince how far it looks back unless it says.
	maxRedeliver   = 10_000
	redeliverSince = 14 * 24 * time.Hour
)

// redelivery says which deliveries to send again.
type redelivery struct {
	Trigger    shipbell.ID     `json:"trigger"`
	Status     shipbell.Status `json:"status"`
	Action     shipbell.Action `json:"action"`
	Repository string          `json:"repository"`
	Since      string          `json:"since"`
	Until      string          `json:"until"`
}

// redelivered is the answer for many deliveries.
type redelivered struct {
	Count int  `json:"count"`
	More  bool `json:"more"`
	// Since is, in a dry run, how far back it looked.
	Since time.Time `json:"since,omitzero"`
}

// redeliverMany makes the failed and cancelled deliveries of a time due again,
// or those of another status. What is pending is left alone, so that asking twice
// is harmless. A dry run counts them.
func (d *Deps) redeliverMany(r *api.Request) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	q, err := d.chosen(r)
	if err != nil {
		return api.Answer{}, err
	}
	rules, err := d.Store.Rules(r.Context(), r.Registry)
	if err != nil {
		return api.Answer{}, err
	}
	if dry {
		answer, err := d.count(r.Context(), q, rules)
		return api.Answer{Status: http.StatusOK, Body: answer}, err
	}
	wanted, more, err := d.ended(r.Context(), q, rules)
	if err != nil {
		return api.Answer{}, err
	}
	count, err := d.again(r.Context(), wanted)
	return api.Answer{Status: http.StatusAccepted, Body: redelivered{Count: count, More: more}}, err
}

// chosen reads which deliveries a request asks for.
func (d *Deps) chosen(r *api.Request) (store.Query, error) {
	var w redelivery
	if err := api.Decode(r.Request, &w); err != nil {
		return store.Query{}, err
	}
	q := store.Query{
		Registry: r.Registry, Trigger: w.Trigger, Statuses: []shipbell.Status{shipbell.Failed, shipbell.Cancelled},
		Action: w.Action, Repository: w.Repository, Limit: maxDeliveries,
	}
	if w.Status != "" {
		q.Statuses = []shipbell.Status{w.Status}
	}
	if w.Status != "" && (!w.Status.Valid() || w.Status == shipbell.Pending) {
		return q, shipbell.InvalidField("status", "must be failed, cancelled or succeeded, or be left out for failed and cancelled")
	}
	if q.Action != "" && !q.Action.Valid() {
		return q, shipbell.InvalidField("action", "must be one of %v", shipbell.Actions())
	}
	if q.Trigger < 0 {
		return q, shipbell.InvalidField("trigger", "must be a trigger's number")
	}
	var err error
	if q.Since, err = api.ParseTime("since", w.Since); err != nil {
		return q, err
	}
	if q.Until, err = api.ParseTime("until", w.Until); err != nil {
		return q, err
	}
	if q.Since.IsZero() {
		q.Since = d.Now().Add(-redeliverSince)
	}
	return q, nil
}

// countReads is how many lists a dry run reads.
const countReads = 2

// count counts what redeliverMany would send again, as far back as a few lists go:
// since then the number is exact, and more tells that there are older deliveries.
func (d *Deps) count(ctx context.Context, q store.Query, rules *store.Rules) (redelivered, error) {
	answer := redelivered{Since: q.Since}
	var sendable []shipbell.Delivery
	q.Limit = maxRedeliver
	for range countReads {
		page, next, err := d.Store.List(ctx, q)
		if err != nil {
			return answer, err
		}
		for i := range page {
			if obstacle(rules, &page[i]) == "" {
				sendable = append(sendable, page[i])
			}
		}
		q.Before, answer.More = next, next != ""
		if !answer.More {
			break
		}
	}
	if answer.More {
		// The millisecond in which it stopped may hold deliveries that it did not see.
		answer.Since = q.Before.ReceivedAt().Add(time.Millisecond)
	}
	for i := range sendable {
		if !sendable[i].ID.ReceivedAt().Before(answer.Since) {
			answer.Count++
		}
	}
	return answer, nil
}

// ended collects deliveries that can be sent again, the oldest first. more tells
// that there are others beyond the limit.
func (d *Deps) ended(ctx context.Context, q store.Query, rules *store.Rules) (wanted []shipbell.Delivery, more bool, err error) {
	for {
		page, next, err := d.Store.List(ctx, q)
		if err != nil {
			return nil, false, err
		}
		for _, delivery := range page {
			if obstacle(rules, &delivery) == "" {
				wanted = append(wanted, delivery)
			}
		}
		if next == "" || len(wanted) >= maxRedeliver {
			more = next != "" || len(wanted) > maxRedeliver
			wanted = wanted[:min(len(wanted), maxRedeliver)]
			slices.Reverse(wanted)
			return wanted, more, nil
		}
		q.Before = next
	}
}

// again makes deliveries due and wakes deliver; it counts those that nobody else
// changed meanwhile.
func (d *Deps) again(ctx context.Context, wanted []shipbell.Delivery) (count int, err error) {
	for chunk := range slices.Chunk(wanted, maxDeliveries) {
		now := d.Now().UTC()
		for i := range chunk {
			chunk[i].Redeliver(now)
		}
		saved, err := d.Store.SaveAll(ctx, chunk, nil)
		count += len(saved)
		if err != nil {
			return count, err
		}
		if err := d.wake(ctx, saved); err != nil {
			return count, err
		}
	}
	return count, nil
}

// wake sends messages. Those that the queue does not take are found by sweep.
func (d *Deps) wake(ctx context.Context, deliveries []shipbell.Delivery) error {
	var messages []platform.Message
	for i := range deliveries {
		message, err := store.Message(&deliveries[i], 0)
		if err != nil {
			return err
		}
		messages = append(messages, message)
	}
	store.SendAll(ctx, d.Queue, messages)
	return nil
}
