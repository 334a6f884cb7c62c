package triggers

import (
	"crypto/rand"
	"net/http"
	"sync"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// tried is the one attempt that a test made at one target.
type tried struct {
	TargetURL string `json:"target_url"`
	shipbell.Attempt
}

// test sends a sample event to every target of a trigger, enabled or not, and
// answers with what came of it. Nothing is stored.
func (d *Deps) test(r *api.Request) (api.Answer, error) {
	t, err := d.named(r)
	if err != nil {
		return api.Answer{}, err
	}
	registry, err := d.Store.Registry(r.Context(), r.Registry)
	if err != nil {
		return api.Answer{}, err
	}
	now := d.Now().UTC()
	event := shipbell.Sample(registry, &t, "test-"+rand.Text(), now.Unix())
	deliveries := shipbell.NewDeliveries(r.Registry, &event, []shipbell.Match{{Trigger: &t, Resources: event.Resources}}, now)
	answer := struct {
		Attempts []tried `json:"attempts"`
	}{Attempts: make([]tried, len(deliveries))}
	var all sync.WaitGroup
	for i := range deliveries {
		all.Go(func() {
			began := d.Now().UTC()
			o := d.Sender.Send(r.Context(), &deliveries[i], t.Targets[i], 1)
			answer.Attempts[i] = tried{TargetURL: deliveries[i].TargetURL, Attempt: shipbell.Attempt{
				Number: 1, StartedAt: began, DurationMS: o.Duration.Milliseconds(),
				StatusCode: o.StatusCode, Error: o.Error, Response: o.Response,
			}}
		})
	}
	all.Wait()
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}
