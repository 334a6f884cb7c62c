package app

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestedTarget is the one attempt that a test made at one target.
type TestedTarget struct {
	TargetURL string
	shipbell.Attempt
}

// TestTrigger sends a sample event to every target of a trigger, enabled or not, and
// answers with what came of it. Nothing is stored.
func (a *App) TestTrigger(ctx context.Context, key shipbell.AccessKey, registry string, id shipbell.ID) ([]TestedTarget, error) {
	r, err := a.open(ctx, key, shipbell.RoleAdmin, registry)
	if err != nil {
		return nil, err
	}
	t, err := a.Store.Trigger(ctx, registry, id)
	if err != nil {
		return nil, err
	}
	now := a.Now().UTC()
	event := shipbell.Sample(r, &t, "test-"+rand.Text(), now.Unix())
	deliveries := shipbell.NewDeliveries(registry, &event, []shipbell.Match{{Trigger: &t, Resources: event.Resources}}, now)
	tested := make([]TestedTarget, len(deliveries))
	var all sync.WaitGroup
	for i := range deliveries {
		all.Go(func() {
			began := a.Now().UTC()
			target, _ := t.TargetOf(&deliveries[i])
			o := a.Sender.Send(ctx, &deliveries[i], target, 1)
			tested[i] = TestedTarget{TargetURL: deliveries[i].TargetURL, Attempt: shipbell.Attempt{
				Number: 1, StartedAt: began, DurationMS: o.Duration.Milliseconds(),
				StatusCode: o.StatusCode, Error: o.Error, Response: o.Response,
			}}
		})
	}
	all.Wait()
	return tested, nil
}
