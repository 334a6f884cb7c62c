// Package e2e_test proves what Shipbell promises with nothing faked: the built
// command, a real registry where one is told of, and targets over HTTP.
package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

// loopback lets targets be where the sinks are.
const loopback = "--allow-targets=127.0.0.1/32"

// patience bounds every wait; none should come near it.
const patience = 30 * time.Second

// pushed is the event of a push to namespace/app, as Tencent Container Registry sends
// it. Another tag makes another event.
func pushed(namespace, tag string) sink.TCR {
	return sink.TCR{
		Type: "pushImage", OccurAt: 1589106605, Operator: "332133xxxx",
		EventData: sink.EventData{
			Resources: []sink.Resource{{
				Digest: "sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9", Tag: tag,
				ResourceURL: "xxx-bj.tencentcloudcr.com/" + namespace + "/app:" + tag,
			}},
			Repository: sink.Repository{
				DateCreated: 1587119137, Name: "app", Namespace: namespace, RepoFullName: namespace + "/app", RepoType: "public",
			},
		},
	}
}

// pushes is a trigger for pushes to a namespace.
func pushes(name, namespace string, urls ...string) apiv1.TriggerSettings {
	t := apiv1.TriggerSettings{Name: name, Actions: []shipbell.Action{"pushImage"}, Rule: shipbell.Rule{Namespace: namespace}}
	for _, url := range urls {
		t.Targets = append(t.Targets, apiv1.Target{URL: url})
	}
	return t
}

// status answers every request with a status.
func status(code int) sink.Answer {
	return func(int, *sink.Received) (int, http.Header, string) { return code, nil, "" }
}

// seeded makes a source of randomness whose seed the test's log tells.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// eventually asks for a condition until it holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// perID counts requests by the id of their delivery.
func perID(requests []*sink.Received) map[shipbell.DeliveryID]int {
	count := map[shipbell.DeliveryID]int{}
	for _, r := range requests {
		count[r.ID()]++
	}
	return count
}

func tags(n int, prefix string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return all
}
