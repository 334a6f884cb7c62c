package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// The repository that the check's events are about.
const (
	checkNamespace = "shipbell-check"
	checkName      = "probe"
)

// inForce is more than it takes until a new trigger is known wherever events are taken.
const inForce = 10 * time.Second

// send sends an event, until the trigger is in force and the event makes a delivery.
func (k *checkup) send(ctx context.Context) (string, error) {
	if err := k.makeEvent(); err != nil {
		return "", err
	}
	for end := time.Now().Add(inForce); ; {
		err := k.receive(ctx)
		if err != nil {
			return "", err
		}
		if len(k.made) > 0 {
			return "accepted, " + count(len(k.made), "delivery", "deliveries"), nil
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("it was accepted, and made no delivery within %v", inForce)
		}
		if err := pause(ctx); err != nil {
			return "", err
		}
	}
}

// pause waits until the next look.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(300 * time.Millisecond):
		return nil
	}
}

// makeEvent makes the body of the event.
func (k *checkup) makeEvent() (err error) {
	event := sampleEvent{action: string(shipbell.PushImage), repository: checkNamespace + "/" + checkName, tag: k.tag, operator: "shipbell check"}
	k.event, err = event.body(time.Now())
	return err
}

// receive sends the event and notes the ids of its deliveries.
func (k *checkup) receive(ctx context.Context) error {
	answer, err := k.events.ReceiveEvents(ctx, k.call.registry, "tcr", k.event)
	if err != nil {
		return err
	}
	if len(answer.Ignored) > 0 {
		return errors.New("it was ignored: " + answer.Ignored[0].Reason)
	}
	k.made = nil
	for _, e := range answer.Events {
		k.made = append(k.made, e.Deliveries...)
	}
	slices.Sort(k.made)
	return nil
}

// sendAgain sends the same event. It makes the same deliveries.
func (k *checkup) sendAgain(ctx context.Context) (string, error) {
	before := k.made
	if err := k.receive(ctx); err != nil {
		return "", err
	}
	if !slices.Equal(k.made, before) {
		return "", fmt.Errorf("it made the deliveries %v, and not %v again", k.made, before)
	}
	return "made nothing more", nil
}
