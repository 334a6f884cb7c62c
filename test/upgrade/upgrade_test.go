// Package upgrade_test opens data that earlier versions wrote.
package upgrade_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

// What testdata/0.1.0/README.md says of the folder.
const (
	pendingTarget = "127.83.66.1:18366"
	viewerKey     = "akui2raqzskbuaedps:ATRxa0kGGxDU17Lmt6KNs6FVN7D-15XXFye8wIHufCI"
	signingSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
)

// request is what a target got.
type request struct {
	header http.Header
	body   []byte
}

// listen is the target that was not there when the folder was made.
func listen(t *testing.T) <-chan request {
	t.Helper()
	listener, err := net.Listen("tcp", pendingTarget)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan request, 1)
	target := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- request{r.Header, body}
	})}
	go func() { _ = target.Serve(listener) }() // ends with Close
	t.Cleanup(func() {
		if err := target.Close(); err != nil {
			t.Error(err)
		}
	})
	return got
}

// TestFrom010 serves a copy of the folder: triggers, keys and deliveries are there, and
// the one that waited is delivered with its sealed headers and its signature.
func TestFrom010(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.CopyFS(data, os.DirFS(filepath.Join("testdata", "0.1.0"))); err != nil {
		t.Fatal(err)
	}
	got := listen(t)
	s := server.StartIn(t, data, "--allow-targets=127.0.0.0/8")
	select {
	case r := <-got:
		if r.header.Get("Authorization") != "Bearer kept-secret" || r.header.Get("X-Team") != "one" || r.header.Get("X-Shipbell-Attempt") != "2" {
			t.Errorf("the request has the headers %v", r.header)
		}
		verifier, err := standardwebhooks.NewWebhook(signingSecret)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(r.body, r.header); err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the pending delivery is not delivered")
	}

	want := map[string]shipbell.Status{"/succeeded": "succeeded", "/failed": "failed", "/pending": "succeeded"}
	ended := s.WaitFor(client.DeliveryQuery{}, server.AllEnded, 30*time.Second)
	if len(ended) != len(want) {
		t.Fatalf("there are %d deliveries, want %d", len(ended), len(want))
	}
	for _, d := range ended {
		path := d.TargetURL[len("http://127.83.66.1:18365"):]
		if d.Status != want[path] || len(d.Attempts) == 0 {
			t.Errorf("the delivery to %s is %s after %d attempts, want %s", path, d.Status, len(d.Attempts), want[path])
		}
	}

	triggers, err := s.API.ListTriggers(t.Context(), "default", client.TriggerQuery{})
	if err != nil || len(triggers.Triggers) != 2 || triggers.Triggers[0].Name != "ended" || triggers.Triggers[0].Description != "one succeeds, one fails" ||
		triggers.Triggers[0].Rule.Tag != "v*" || len(triggers.Triggers[0].Targets) != 2 || triggers.Triggers[0].Targets[1].Secret != shipbell.Mask {
		t.Errorf("the triggers are %+v, %v", triggers, err)
	}
	keys, err := s.API.ListKeys(t.Context())
	if err != nil || !slices.ContainsFunc(keys.Keys, func(k apiv1.AccessKey) bool { return k.Description == "a viewer" && k.Role == shipbell.RoleViewer }) {
		t.Errorf("the access keys are %+v, %v", keys, err)
	}
	server.Connect(t, s.URL()[len("http://"):], viewerKey).Deliveries(client.DeliveryQuery{})
}
