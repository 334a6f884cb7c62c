package source_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenTCR decodes every sample of TCR and Harbor against an empty catalog.
func TestGoldenTCR(t *testing.T) {
	const path = "testdata/tcr-expected.json"
	got := map[string]body{}
	for _, s := range samples(t, "tcr/*.json") {
		d := mustDecode(t, s.request())
		equal(t, "ignored", d.Ignored, nil)
		for _, f := range d.Events {
			got[s.Name] = bodyOf(newCatalog().resolve(t, private, f).Event)
		}
	}
	if *update {
		data, err := json.MarshalIndent(got, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want map[string]body
	readTestdata(t, path, &want)
	equal(t, "bodies", got, want)
	if sample := got["tcr-pushImage"]; sample.EventData.Repository.DateCreated != 1587119137 || sample.EventData.Resources[0].Tag != "v1.10.0" {
		t.Errorf("the sample of TCR's documentation became %+v", sample)
	}
}

func tcr(t *testing.T, text string) source.Decoded {
	t.Helper()
	return mustDecode(t, source.Request{Source: "tcr", Body: []byte(text), ReceivedAt: noon})
}

const nginx = `"repository":{"repo_full_name":"public/nginx","date_created":5}`

func TestTCREvents(t *testing.T) {
	resources := func(text string) string {
		return `{"type":"pushImage","occur_at":7,"event_data":{"resources":[` + text + `],` + nginx + `}}`
	}
	for _, c := range []struct {
		name, body, reason string
		check              func(source.DecodedEvent) bool
	}{
		{"a time in seconds", resources(`{"tag":"a"}`), "", func(f source.DecodedEvent) bool { return f.Time.Unix() == 7 && f.CreatedAt == 5 }},
		{"a time with a fraction", strings.Replace(resources(`{"tag":"a"}`), "7", "7.9", 1), "", func(f source.DecodedEvent) bool { return f.Time.Unix() == 7 }},
		{"a time in a string", strings.Replace(resources(`{"tag":"a"}`), "7", `"7"`, 1), "", func(f source.DecodedEvent) bool { return f.Time.Unix() == 7 }},
		{"a time beyond reason", strings.Replace(resources(`{"tag":"a"}`), "7", "1e300", 1), "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon) }},
		{"a time that is no time", strings.Replace(resources(`{"tag":"a"}`), "7", "[]", 1), "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon) }},
		{"digest in the tag", resources(`{"tag":"sha256:1","digest":"sha256:1"}`), "", func(f source.DecodedEvent) bool { return f.Resources[0] == source.Resource{Digest: "sha256:1"} }},
		{"an empty resource among others", resources(`{},{"tag":"a"}`), "", func(f source.DecodedEvent) bool { return len(f.Resources) == 1 }},
		{"the most resources", resources(strings.Repeat(`{"tag":"a"},`, 999) + `{"tag":"a"}`), "", func(f source.DecodedEvent) bool { return len(f.Resources) == 1000 }},
		{"no full name", `{"type":"pullImage","event_data":{"resources":[{"tag":"a"}],"repository":{"namespace":"public","name":"nginx"}}}`, "", func(f source.DecodedEvent) bool { return f.Repository == "public/nginx" && f.Verb == source.Pull }},
		{"no namespace", `{"type":"downloadChart","event_data":{"resources":[{"tag":"a"}],"repository":{"name":"nginx"}}}`, "", func(f source.DecodedEvent) bool { return f.Repository == "nginx" && f.Kind == source.Chart }},
		{"visibility in upper case", `{"type":"deleteImage","event_data":{"resources":[{"tag":"a"}],"repository":{"name":"nginx","repo_type":"PUBLIC"}}}`, "", func(f source.DecodedEvent) bool { return f.RepositoryType == "public" }},
		{"unknown visibility", `{"type":"deleteImage","event_data":{"resources":[{"tag":"a"}],"repository":{"name":"nginx","repo_type":"inner"}}}`, "", func(f source.DecodedEvent) bool { return f.RepositoryType == "" }},

		{"a scan", `{"type":"scanningCompleted","occur_at":1}`, `the event type "scanningCompleted" is not one that Shipbell reports`, nil},
		{"a test", `{"type":"testEndpoint","occur_at":1}`, `the event type "testEndpoint" is not one that Shipbell reports`, nil},
		{"Harbor 2's quota", `{"type":"QUOTA_EXCEED","event_data":{}}`, `the event type "QUOTA_EXCEED" is not one that Shipbell reports`, nil},
		{"no event data", `{"type":"pushImage","occur_at":1}`, "it names no repository", nil},
		{"no resources", resources(``), "it names neither a tag nor a digest", nil},
		{"too many resources", resources(strings.Repeat(`{"tag":"a"},`, 1000) + `{"tag":"a"}`), "it has 1001 resources, more than 1000", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := tcr(t, c.body)
			if c.reason != "" {
				if len(d.Events) != 0 || len(d.Ignored) != 1 || d.Ignored[0].Reason.String() != c.reason || len(d.Ignored[0].EventID) != 32 {
					t.Errorf("got %+v, want it ignored because %q", d, c.reason)
				}
				return
			}
			if len(d.Events) != 1 || len(d.Ignored) != 0 || !c.check(d.Events[0]) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestTCRIDIsTheBodys(t *testing.T) {
	id := func(text string) string { return tcr(t, text).Events[0].EventID }
	first := `{"type":"pushImage","occur_at":1,"event_data":{"resources":[{"tag":"a"}],` + nginx + `}}`
	equal(t, "id of a repeated body", id(first), id(first))
	equal(t, "id", id(first), "6d5f0054aefdb73cde8bb6f6a4e9bba2")
	if id(first) == id(strings.Replace(first, "1", "2", 1)) {
		t.Error("different bodies have one id")
	}
}

func TestTCRChartFiles(t *testing.T) {
	for _, c := range []struct{ sent, want string }{
		{"https://harbor.dev/chartrepo/public/charts/my%20chart-0.2.0.tgz", "https://reg.example.com/chartrepo/public/charts/my%20chart-0.2.0.tgz"},
		{"http://user:pass@harbor.dev:8080/chartrepo/p/charts/c-1.tgz?token=1#x", "http://reg.example.com/chartrepo/p/charts/c-1.tgz"},
		{"harbor.dev/public/nginx:1", "reg.example.com/public/nginx:1"},
		{"https://harbor.dev", "reg.example.com/public/nginx:1"},
		{"ftp://harbor.dev/x.tgz", "reg.example.com/public/nginx:1"},
		{"https://harbor.dev/" + strings.Repeat("x", 2048), "reg.example.com/public/nginx:1"},
		{"", "reg.example.com/public/nginx:1"},
	} {
		f := tcr(t, `{"type":"uploadChart","event_data":{"resources":[{"tag":"1","resource_url":"`+c.sent+`"}],`+nginx+`}}`).Events[0]
		equal(t, c.sent, newCatalog().resolve(t, private, f).Event.Resources[0].URL, c.want)
	}
	image := tcr(t, `{"type":"pushImage","event_data":{"resources":[{"tag":"1","resource_url":"https://evil.example/x.tgz"}],`+nginx+`}}`).Events[0]
	equal(t, "an image", newCatalog().resolve(t, private, image).Event.Resources[0].URL, "reg.example.com/public/nginx:1")
}

// TestTCRSpends counts what the catalog is asked and taught. A pull that leaves nothing
// out costs nothing.
func TestTCRSpends(t *testing.T) {
	event := func(kind, resource, repository string) string {
		return `{"type":"` + kind + `","occur_at":7,"event_data":{"resources":[` + resource + `],"repository":{` + repository + `}}}`
	}
	const whole, dated = `{"tag":"v1","digest":"sha256:1"}`, `"repo_full_name":"a/b","date_created":5`
	const undated = `"repo_full_name":"a/b"`
	for _, c := range []struct {
		name, body    string
		calls, writes int
		createdAt     int64
	}{
		{"push", event("pushImage", whole, dated), 1, 1, 5},
		{"delete", event("deleteImage", whole, dated), 1, 1, 5},
		{"pull", event("pullImage", whole, dated), 0, 0, 5},
		{"push without a date", event("pushImage", whole, undated), 1, 2, 7},
		{"delete without a date", event("deleteImage", whole, undated), 1, 1, 0},
		{"delete without a digest", event("deleteChart", `{"tag":"v1"},{"tag":"v1"},{"tag":"v2"}`, undated), 1, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newCatalog()
			r := k.resolve(t, private, tcr(t, c.body).Events[0])
			equal(t, "calls", k.calls, c.calls)
			equal(t, "writes", k.writes, c.writes)
			equal(t, "created at", r.Event.Repository.CreatedAt, c.createdAt)
		})
	}
}

func TestTCRRemembersTheFirstPush(t *testing.T) {
	c := newCatalog()
	push := func(occurAt string) *shipbell.Event {
		return c.resolve(t, private, tcr(t, `{"type":"uploadChart","occur_at":`+occurAt+`,"event_data":{"resources":[{"tag":"1"}],"repository":{"name":"b"}}}`).Events[0]).Event
	}
	equal(t, "the first", push("100").Repository.CreatedAt, 100)
	equal(t, "a later one", push("200").Repository.CreatedAt, 100)
	equal(t, "writes, of the repository and the tag", c.writes, 2)
}

func TestTCRPushesWithoutATag(t *testing.T) {
	const untagged = `{"tag":"sha256:1","digest":"sha256:1"}`
	push := func(resources string) source.DecodedEvent {
		return tcr(t, `{"type":"PUSH_ARTIFACT","occur_at":7,"event_data":{"resources":[`+resources+`],`+nginx+`}}`).Events[0]
	}
	r := newCatalog().resolve(t, private, push(untagged))
	equal(t, "reason", r.Reason, text.IgnoredPushUntagged)
	r = newCatalog().resolve(t, private, push(untagged+`,{"tag":"v1","digest":"sha256:1"}`))
	equal(t, "resources", r.Event.Resources, []shipbell.Resource{{Digest: "sha256:1", Tag: "v1", URL: "reg.example.com/public/nginx:v1"}})
}
