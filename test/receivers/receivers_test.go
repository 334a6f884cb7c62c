// Package receivers_test sends deliveries by every preset to servers that stand in for its
// receiver.
package receivers_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/receivers/standin"
	"github.com/shipbell/shipbell/test/server"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

// patience is how long a test waits for what must come.
const patience = 90 * time.Second

// receivers are all of them, by the names of their presets.
func receivers() map[string]standin.Receiver {
	all := map[string]standin.Receiver{}
	for _, some := range []map[string]standin.Receiver{standin.Chats(), standin.Deployers(), standin.Builders()} {
		maps.Copy(all, some)
	}
	return all
}

// pushed is a push of public/app:v1, as TCR tells it.
func pushed() map[string]any {
	return map[string]any{
		"type": "pushImage", "occur_at": 1589106605, "operator": "alice",
		"event_data": map[string]any{
			"resources": []any{map[string]any{
				"digest": "sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9",
				"tag":    "v1", "resource_url": "reg.example.com/public/app:v1",
			}},
			"repository": map[string]any{"date_created": 1587119137, "name": "app", "namespace": "public", "repo_full_name": "public/app", "repo_type": "public"},
		},
	}
}

func TestEveryPresetHasAReceiver(t *testing.T) {
	want := preset.Names()
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(receivers())); !slices.Equal(got, want) {
		t.Errorf("receivers %q, want %q", got, want)
	}
}

// expectation is what must become of a delivery, once an attempt was made.
type expectation struct {
	name    string
	trigger shipbell.ID
	to      *standin.Server
	status  shipbell.Status
	reason  string
}

// TestPresets sends a push to each receiver as it accepts, refuses, has too much to do, or is
// slow. What it takes has succeeded after one request, and nothing else has.
func TestPresets(t *testing.T) {
	t.Parallel()
	s := server.Start(t, "--allow-targets=127.0.0.1/32", "--retry-waits=1h")
	var all []expectation
	for name, r := range receivers() {
		add := func(mode standin.Mode, what string, status shipbell.Status, reason string) {
			e := expectation{name: name + "." + what, to: standin.Start(t, r, mode), status: status, reason: reason}
			e.trigger = s.CreateTrigger(apiv1.TriggerSettings{
				Name: e.name, Actions: []shipbell.Action{shipbell.PushImage},
				Targets: []apiv1.Target{{URL: e.to.URL, Secret: r.Secret, TargetOptions: apiv1.TargetOptions{Options: shipbell.Options{Preset: name}}}},
			}).ID
			all = append(all, e)
		}
		refused := shipbell.Pending
		if r.Final {
			refused = shipbell.Failed
		}
		add(standin.Accept, "accepts", shipbell.Succeeded, "")
		add(standin.Reject, "refuses", refused, "")
		if r.Busy.Status != 0 {
			add(standin.TooFast, "busy", shipbell.Pending, "held-target-busy")
		}
		if p, _ := preset.Find(name); p.Target.Timeout > 15 {
			add(standin.Slow, "slow", shipbell.Succeeded, "")
		}
	}
	s.Accept(pushed())
	for _, e := range all {
		t.Run(e.name, func(t *testing.T) { e.check(t, s) })
	}
}

func (e *expectation) check(t *testing.T, s *server.Server) {
	found := s.WaitFor(client.DeliveryQuery{Trigger: e.trigger}, func(list []apiv1.Delivery) bool {
		return len(list) == 1 && len(list[0].Attempts) > 0 && (list[0].Attempts[0].StatusCode != 0 || list[0].Attempts[0].Error != "")
	}, patience)
	d := found[0]
	if d.Status != e.status || string(d.ReasonCode) != e.reason || len(d.Attempts) != 1 {
		t.Errorf("%s after %d attempts, %q %s, want %s %s", d.Status, len(d.Attempts), d.Attempts[0].Error, d.ReasonCode, e.status, e.reason)
	}
	if got := fmt.Sprint(e.to.Requests()); got != "[<nil>]" {
		t.Errorf("requests: %s", got)
	}
}
