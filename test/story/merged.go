package story

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// Merged pushes three tags of one digest within the merge window of the registry: each
// trigger fires once, with those tags that it matches, and the events sent again say that
// they came before. Deliveries and sweep must be under way.
func Merged(t testing.TB, srv *server.Server) {
	t.Helper()
	to := sink.Start(t)
	set(t, srv, func(r *apiv1.RegistrySettings) { r.MergeWindow = 10 })
	for name, tag := range map[string]string{"all": "", "versions": "v*", "latest": "latest"} {
		srv.CreateTrigger(apiv1.TriggerSettings{
			Name: name, Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Namespace: "public", Tag: tag},
			Targets: []apiv1.Target{{URL: to.URL() + "/" + name}},
		})
	}
	tags := []string{"v1", "v1.2", "latest"}
	first := srv.Accept(burst(tags...))
	for i, e := range first.Events {
		if e.Burst != first.Events[0].ID || e.Repeat || len(e.Deliveries) != 2 {
			t.Errorf("event %d is answered with %+v", i, e)
		}
	}
	got := map[string]string{}
	for _, r := range to.Wait(t, 3, 2*patience) {
		var body sink.TCR
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		var has []string
		for _, one := range body.EventData.Resources {
			has = append(has, one.Tag)
		}
		got[r.URI] += strings.Join(has, " ")
	}
	want := map[string]string{"/all": "v1 v1.2 latest", "/versions": "v1 v1.2", "/latest": "latest"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("what was delivered (-want +got):\n%s", diff)
	}
	srv.WaitEnded(3, patience)
	for i, e := range srv.Accept(burst(tags...)).Events {
		if e.Burst != first.Events[0].ID || !e.Repeat || !slices.Equal(e.Deliveries, first.Events[i].Deliveries) {
			t.Errorf("event %d sent again is answered with %+v, before with %+v", i, e, first.Events[i])
		}
	}
	if all := srv.Deliveries(client.DeliveryQuery{}); len(all) != 3 || len(to.Requests()) != 3 {
		t.Errorf("%d deliveries and %d requests", len(all), len(to.Requests()))
	}
}

// set changes the settings of the registry.
func set(t testing.TB, srv *server.Server, change func(*apiv1.RegistrySettings)) {
	t.Helper()
	r, err := srv.API.GetRegistry(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	change(&r.RegistrySettings)
	if _, _, err := srv.API.PutRegistry(t.Context(), "default", r.RegistrySettings); err != nil {
		t.Fatal(err)
	}
}

// burst is what distribution sends of tags of one digest, in one request.
func burst(tags ...string) json.RawMessage {
	var events []string
	for _, tag := range tags {
		events = append(events, fmt.Sprintf(`{"id":"push-%[1]s","action":"push","timestamp":"2026-11-22T12:00:00Z","target":{
			"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"public/app","tag":%[1]q,"digest":"sha256:9d4f"}}`, tag))
	}
	return json.RawMessage(`{"events":[` + strings.Join(events, ",") + `]}`)
}
