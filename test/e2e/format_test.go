package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// TestFormats sends one event with two tags, and a delete, to a target of a format that
// names one image and knows no deletes: each tag makes a delivery, with its own id at each
// receipt, and the delete ends cancelled, with a reason and without a request.
func TestFormats(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	settings := pushes("hub", "hub", to.URL()+"/hook")
	settings.Actions = append(settings.Actions, shipbell.DeleteImage)
	settings.Targets[0].Format = shipbell.FormatDockerHub
	srv.CreateTrigger(settings)

	push := pushed("hub", "v1")
	push.EventData.Resources = append(push.EventData.Resources, pushed("hub", "v2").EventData.Resources...)
	ids := srv.Accept(push).Events[0].Deliveries
	if again := srv.Accept(push).Events[0].Deliveries; len(ids) != 2 || !slices.Equal(ids, again) {
		t.Errorf("deliveries %q, and %q when the event came again", ids, again)
	}
	requests := to.Wait(t, 2, patience)
	var tags []string
	for _, r := range requests {
		var body map[string]map[string]any // and callback_url, which is no object
		_ = json.Unmarshal(r.Body, &body)
		_, name, _ := strings.Cut(fmt.Sprint(body["repository"]["repo_name"]), "/") // the host is the registry's
		tags = append(tags, name+":"+fmt.Sprint(body["push_data"]["tag"]))
	}
	slices.Sort(tags)
	if diff := gocmp.Diff([]string{"hub/app:v1", "hub/app:v2"}, tags); diff != "" {
		t.Errorf("bodies (-want +got):\n%s", diff)
	}

	gone := pushed("hub", "v1")
	gone.Type = "deleteImage"
	id := srv.Accept(gone).Events[0].Deliveries[0]
	eventually(t, "the delete ends", func() bool { return srv.Delivery(id).Status != shipbell.Pending })
	d := srv.Delivery(id)
	if d.Status != shipbell.Cancelled || d.ReasonCode != text.FormatLacksAction || len(d.Attempts) != 0 || d.Request == nil || d.Request.Body != "" {
		t.Errorf("the delete is %+v", d)
	}
	if n := len(to.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestTemplate has a template make the body, a parameter of the query and a header of a push
// with two tags: the target gets them, and the log shows the same body.
func TestTemplate(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	settings := pushes("chat", "chat", to.URL()+"/hook?room=7")
	settings.Targets[0].Format = shipbell.FormatTemplate
	settings.Targets[0].Template = `{"text": "{{.Action}} {{markdown "slack" .Repository}}", "tags": {{json .Tags}}, "by": {{.Operator}}, "moved": [{{range $i, $r := .Resources}}{{if $i}}, {{end}}{"url": {{$r.URL}}, "digest": {{short $r.Digest}}}{{end}}]}`
	settings.Targets[0].Query = []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}}
	settings.Targets[0].EventHeaders = []shipbell.Field{{Name: "X-Repository", Value: "{{.Repository}}"}}
	srv.CreateTrigger(settings)

	push := pushed("chat", "v1")
	push.Operator = `"eve" <!channel>`
	push.EventData.Resources = append(push.EventData.Resources, pushed("chat", "v2").EventData.Resources...)
	srv.Accept(push)
	got := to.Wait(t, 1, patience)[0]
	const want = `{"text": "pushImage chat/app", "tags": ["v1","v2"], "by": "\"eve\" <` + "\u200b" + `!channel>", ` + // which calls nobody
		`"moved": [{"url": "localhost:5000/chat/app:v1", "digest": "89a42c3ba15f"}, {"url": "localhost:5000/chat/app:v2", "digest": "89a42c3ba15f"}]}`
	if diff := gocmp.Diff(want, string(got.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if got.URI != "/hook?room=7&tag=v1" || got.Header.Get("X-Repository") != "chat/app" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", got.URI, got.Header)
	}
	d := srv.WaitEnded(1, patience)[0]
	if shown := srv.Delivery(d.ID).Request; d.Status != shipbell.Succeeded || shown == nil || shown.Body != want {
		t.Errorf("the log shows %s, %+v", d.Status, shown)
	}
}
