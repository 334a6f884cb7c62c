package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// checkup is one check of a deployment.
type checkup struct {
	call                        *call
	eventsURL, logURL, receiver string
	wait                        time.Duration
	server, events, log         *client.Client

	// What was made so far.
	host      string
	key       apiv1.AccessKey
	trigger   apiv1.Trigger
	event     []byte
	tag       string
	made      []shipbell.DeliveryID
	delivered apiv1.Delivery
	steps     []step
}

// part is one thing to do. An optional one may fail, and the others are still done.
type part struct {
	name     string
	optional bool
	do       func(context.Context) (detail string, err error)
}

// The repository that the check's events are about.
const (
	checkNamespace = "shipbell-check"
	checkName      = "probe"
)

func (k *checkup) plan() []part {
	parts := []part{{"ready", true, func(ctx context.Context) (string, error) { return isReady(ctx, k.server) }}}
	if k.events != k.server {
		parts = append(parts, part{"ready for events", true, func(ctx context.Context) (string, error) { return isReady(ctx, k.events) }})
	}
	return append(parts,
		part{"registry", false, k.findRegistry}, part{"trigger", false, k.makeTrigger}, part{"event", false, k.send},
		part{"same event", false, k.sendAgain}, part{"delivery", true, k.awaitDelivery}, part{"log", false, k.readLog})
}

// isReady asks one address whether it is ready.
func isReady(ctx context.Context, at *client.Client) (string, error) {
	health, err := at.Ready(ctx)
	if err != nil {
		return "", err
	}
	return "version " + health.Version, nil
}

// findRegistry reads the registry, which only an admin may.
func (k *checkup) findRegistry(ctx context.Context) (string, error) {
	r, err := k.server.GetRegistry(ctx, k.call.registry)
	if err != nil {
		return "", err
	}
	k.host = r.Host
	return r.ID + " at " + r.Host, nil
}

// makeTrigger makes a trigger for this check's event alone, and if there is no receiver a
// key with which the server takes the delivery itself.
func (k *checkup) makeTrigger(ctx context.Context) (string, error) {
	k.tag = "check-" + strings.ToLower(rand.Text()[:8])
	target := apiv1.Target{URL: k.receiver, Format: shipbell.FormatTCR}
	if k.receiver == "" {
		key, err := k.server.CreateKey(ctx, apiv1.AccessKeySettings{
			Role: shipbell.RoleViewer, Registries: []string{k.call.registry}, Description: "shipbell check, " + k.tag,
		})
		if err != nil {
			return "", err
		}
		k.key = key
		target.URL = k.server.Server() + client.Path("match", k.call.registry)
		target.Headers = []apiv1.Header{{Key: "Authorization", Values: []string{"Bearer " + key.ID + ":" + key.Secret}}}
	}
	made, err := k.server.CreateTrigger(ctx, k.call.registry, apiv1.TriggerSettings{
		Name: "shipbell-" + k.tag, Description: "made by shipbell check, which deletes it", Actions: []shipbell.Action{shipbell.PushImage},
		Rule: shipbell.Rule{Namespace: checkNamespace, Repository: checkName, Tag: k.tag}, Targets: []apiv1.Target{target},
	})
	if err != nil {
		return "", err
	}
	k.trigger = made
	return made.Name + " for " + target.URL, nil
}

// send sends an event, which must make one delivery.
func (k *checkup) send(ctx context.Context) (string, error) {
	path := checkNamespace + "/" + checkName
	var err error
	k.event, err = json.Marshal(map[string]any{
		"type": shipbell.PushImage, "occur_at": time.Now().Unix(), "operator": "shipbell check",
		"event_data": map[string]any{
			"resources":  []map[string]string{{"tag": k.tag, "digest": "sha256:" + strings.Repeat("0", 64), "resource_url": k.host + "/" + path + ":" + k.tag}},
			"repository": map[string]any{"name": checkName, "namespace": checkNamespace, "repo_full_name": path, "repo_type": "private", "date_created": 0},
		},
	})
	if err != nil {
		return "", err
	}
	all, err := k.receive(ctx)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", errors.New("it was accepted, and made no delivery")
	}
	k.made = all
	return "accepted, " + count(len(all), "delivery", "deliveries"), nil
}

// receive sends the event and gives the ids of its deliveries.
func (k *checkup) receive(ctx context.Context) (all []shipbell.DeliveryID, err error) {
	answer, err := k.events.ReceiveEvents(ctx, k.call.registry, "tcr", k.event)
	if err != nil {
		return nil, err
	}
	if len(answer.Ignored) > 0 {
		return nil, errors.New("it was ignored: " + answer.Ignored[0].Reason)
	}
	for _, e := range answer.Events {
		all = append(all, e.Deliveries...)
	}
	return all, nil
}

// sendAgain sends the same event. It makes the same deliveries.
func (k *checkup) sendAgain(ctx context.Context) (string, error) {
	all, err := k.receive(ctx)
	if err != nil {
		return "", err
	}
	if !slices.Equal(slices.Sorted(slices.Values(all)), slices.Sorted(slices.Values(k.made))) {
		return "", fmt.Errorf("it made the deliveries %v, and not %v again", all, k.made)
	}
	return "made nothing more", nil
}

// awaitDelivery waits until the delivery of the check's trigger has succeeded, or failed
// once.
func (k *checkup) awaitDelivery(ctx context.Context) (string, error) {
	const every = 300 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, k.wait)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		page, err := k.log.ListDeliveries(ctx, k.call.registry, client.DeliveryQuery{Trigger: k.trigger.ID})
		if ctx.Err() != nil {
			return "", k.late(ctx)
		}
		if err != nil {
			return "", err
		}
		if len(page.Deliveries) > 0 {
			k.delivered = page.Deliveries[0]
		}
		if ended(k.delivered) {
			return k.judge()
		}
		select {
		case <-ctx.Done():
			return "", k.late(ctx)
		case <-tick.C:
		}
	}
}

// ended reports whether a delivery has ended, or its first attempt.
func ended(d apiv1.Delivery) bool {
	return d.ID != "" && (d.Status != shipbell.Pending || len(d.Attempts) > 0 && outcome(d.Attempts[0]) != "")
}

// late tells that nothing came of the delivery.
func (k *checkup) late(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	text := fmt.Sprintf("no attempt within %v: deliveries are not started, or wait for others", k.wait)
	if k.delivered.Reason != "" {
		text += ": " + k.delivered.Reason
	}
	return errors.New(text)
}

// judge tells how the first attempt ended.
func (k *checkup) judge() (string, error) {
	d := k.delivered
	if d.Status == shipbell.Succeeded {
		last := d.Attempts[len(d.Attempts)-1]
		return fmt.Sprintf("%d after %s, %v after the event", last.StatusCode, count(len(d.Attempts), "attempt", "attempts"), last.StartedAt.Sub(d.CreatedAt).Round(time.Millisecond)), nil
	}
	text := d.Reason
	if len(d.Attempts) > 0 {
		text = outcome(d.Attempts[len(d.Attempts)-1])
	}
	if k.receiver == "" {
		text += " (where the server cannot reach its own address, name another target by --receiver)"
	}
	return "", fmt.Errorf("%s: %s", d.Status, text)
}

// readLog reads what the log has of the delivery, and what its target gets.
func (k *checkup) readLog(ctx context.Context) (string, error) {
	if k.delivered.ID == "" {
		return "", errors.New("it does not list the delivery")
	}
	if !slices.Contains(k.made, k.delivered.ID) {
		return "", fmt.Errorf("it lists %s, and the event made %v", k.delivered.ID, k.made)
	}
	d, err := k.log.GetDelivery(ctx, k.call.registry, k.delivered.ID)
	if err != nil {
		return "", err
	}
	if d.Request == nil || !strings.Contains(d.Request.Body, k.tag) {
		return "", fmt.Errorf("the body of %s does not hold the tag %s", d.ID, k.tag)
	}
	return string(d.ID) + " " + string(d.Status), nil
}

// clean deletes what was made. What it could not delete, the error names.
func (k *checkup) clean(ctx context.Context) (string, error) {
	var errs []error
	removed := []string{}
	if k.trigger.ID != 0 {
		if err := k.server.DeleteTrigger(ctx, k.call.registry, k.trigger.ID); err != nil {
			errs = append(errs, fmt.Errorf("the trigger %s is left: %w", k.trigger.Name, err))
		}
		removed = append(removed, "trigger")
	}
	if k.key.ID != "" {
		if err := k.server.DeleteKey(ctx, k.key.ID); err != nil {
			errs = append(errs, fmt.Errorf("the access key %s is left: %w", k.key.ID, err))
		}
		removed = append(removed, "access key")
	}
	if len(removed) == 0 {
		return "nothing was made", nil
	}
	return strings.Join(removed, " and ") + " deleted", errors.Join(errs...)
}
