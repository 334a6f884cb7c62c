package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

// TestedTarget is the one attempt that a test made at one target.
type TestedTarget struct {
	Target    shipbell.TargetID
	TargetURL string
	shipbell.Attempt
	// Content is what the request carried, empty if the format cannot express the event,
	// and Headers and ShownQuery are those of the request, secrets masked.
	format.Content
	Headers    http.Header
	ShownQuery string
	// Succeeded tells that the answer is one that the target's success rule takes.
	Succeeded bool
	// Resumed tells that the target was paused, and no longer is.
	Resumed bool
}

// TestTrigger sends a sample event to every target of a trigger, enabled or not, and
// answers with what came of it. A target that is paused and takes it is resumed; else nothing
// is stored.
func (a *App) TestTrigger(ctx context.Context, key shipbell.AccessKey, registry string, id shipbell.ID) ([]TestedTarget, error) {
	r, err := a.open(ctx, key, shipbell.RoleAdmin, registry)
	if err != nil {
		return nil, err
	}
	t, err := a.Store.Trigger(ctx, registry, id)
	if err != nil {
		return nil, err
	}
	tested := a.test(ctx, r, &t)
	return tested, a.resumePaused(ctx, key, &t, tested)
}

// TargetTest is a target that is to be tested before it is stored.
type TargetTest struct {
	Registry string
	// Trigger is the one that the target is of, or is to be of; 0 for a new one. A mask in
	// place of a secret stands for what the trigger has.
	Trigger shipbell.ID
	// Action is that of the sample event.
	Action shipbell.Action
	Target shipbell.Target
}

// TestTarget sends a sample event to a target that need not be stored, and answers with
// what came of it. A target that could not be stored is an Invalid error, whose fields
// begin with "target.".
func (a *App) TestTarget(ctx context.Context, key shipbell.AccessKey, q TargetTest) ([]TestedTarget, error) {
	r, err := a.open(ctx, key, shipbell.RoleAdmin, q.Registry)
	if err != nil {
		return nil, err
	}
	old := shipbell.Trigger{Registry: q.Registry, Name: "test"}
	if q.Trigger != 0 {
		if old, err = a.Store.Trigger(ctx, q.Registry, q.Trigger); err != nil {
			return nil, err
		}
	}
	t := old.Clone()
	t.Actions, t.Targets = []shipbell.Action{q.Action}, []shipbell.Target{q.Target}
	if err := a.prepareChange(&t, old); err != nil {
		return nil, ofTarget(err)
	}
	return a.test(ctx, r, &t), nil
}

// test makes one attempt at each target.
func (a *App) test(ctx context.Context, r shipbell.Registry, t *shipbell.Trigger) []TestedTarget {
	now := a.Now().UTC()
	event := shipbell.Sample(r, t, "test-"+rand.Text(), now.Unix())
	deliveries := shipbell.NewDeliveries(r.ID, &event, []shipbell.Match{{Trigger: t, Resources: event.Resources}}, now)
	tested := make([]TestedTarget, len(deliveries))
	var all sync.WaitGroup
	for i := range deliveries {
		all.Go(func() {
			target, _ := t.TargetOf(&deliveries[i])
			tested[i] = a.testOne(ctx, &deliveries[i], target)
		})
	}
	all.Wait()
	return tested
}

// testOne makes the attempt of a delivery that is not stored.
func (a *App) testOne(ctx context.Context, d *shipbell.Delivery, target shipbell.Target) TestedTarget {
	tested := TestedTarget{Target: target.ID, TargetURL: d.TargetURL, Attempt: shipbell.Attempt{Number: 1, StartedAt: a.Now().UTC(), Test: true}}
	o := a.Sender.Send(ctx, d, target, 1)
	tested.DurationMS, tested.StatusCode, tested.Error = o.Duration.Milliseconds(), o.StatusCode, o.Error
	tested.Response, tested.Exchange = o.Response, o.Exchange
	tested.Succeeded = o.Succeeded()
	// What cannot be rendered was not sent, and the attempt's error says why.
	tested.Content, _ = format.Render(d, target)
	tested.Headers = webhook.Headers(d, target, tested.Attempt, tested.Content.Header)
	tested.ShownQuery = webhook.Query(target, tested.Content.Query)
	return tested
}
