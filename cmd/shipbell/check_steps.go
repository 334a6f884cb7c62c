package main

import (
	"context"
	"crypto/rand"
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

func (k *checkup) plan() []part {
	parts := []part{{"ready", true, func(ctx context.Context) (string, error) { return isReady(ctx, k.server) }}}
	if k.events != k.server {
		parts = append(parts, part{"ready for events", true, func(ctx context.Context) (string, error) { return isReady(ctx, k.events) }})
	}
	return append(parts,
		part{"registry", false, k.findRegistry}, part{"trigger", false, k.makeTrigger}, part{"event", false, k.send},
		part{"delivery", true, k.awaitDelivery}, part{"same event", true, k.sendAgain}, part{"log", false, k.readLog})
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

// awaitDelivery waits until the delivery of the check's trigger has succeeded, or failed
// once. Other triggers may be in force where this one is not yet: then the event, which
// makes no delivery twice, is sent again.
func (k *checkup) awaitDelivery(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, k.wait)
	defer cancel()
	for {
		page, err := k.log.ListDeliveries(ctx, k.call.registry, client.DeliveryQuery{Trigger: k.trigger.ID})
		switch {
		case err == nil && len(page.Deliveries) > 0:
			k.delivered = page.Deliveries[0]
		case err == nil:
			err = k.receive(ctx)
		}
		if err == nil && ended(k.delivered) {
			return k.judge()
		}
		if err == nil {
			err = pause(ctx)
		}
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return "", k.late()
		case err != nil:
			return "", err
		}
	}
}

// ended reports whether a delivery has ended, or its first attempt.
func ended(d apiv1.Delivery) bool {
	return d.ID != "" && (d.Status != shipbell.Pending || len(d.Attempts) > 0 && outcome(d.Attempts[0]) != "")
}

// late tells that nothing came of the delivery.
func (k *checkup) late() error {
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
