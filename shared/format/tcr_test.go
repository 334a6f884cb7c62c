package format_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// testdata/document.json is the sample of the TCR document, as it stands there.
func TestBodyIsTheDocumentsSample(t *testing.T) {
	document, err := os.ReadFile("testdata/document.json")
	if err != nil {
		t.Fatal(err)
	}
	content, err := format.Render(sample(shipbell.FormatTCR), shipbell.Target{})
	if kind := content.Header.Get("Content-Type"); err != nil || kind != "application/json" {
		t.Errorf("content type %q, error %v", kind, err)
	}
	if diff := cmp.Diff(compact(t, document), string(content.Body)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBodyOfEvents(t *testing.T) {
	for _, tt := range []struct {
		name  string
		event shipbell.Event
		want  string
	}{
		{
			name:  "hardly anything is known",
			event: shipbell.Event{Action: shipbell.DeleteImage, OccurAt: 1, Repository: shipbell.Repository{FullName: "nginx", Type: "private"}, Resources: []shipbell.Resource{{Digest: "sha256:aa", URL: "r/nginx@sha256:aa"}}},
			want:  `{"type":"deleteImage","occur_at":1,"event_data":{"resources":[{"digest":"sha256:aa","tag":"","resource_url":"r/nginx@sha256:aa"}],"repository":{"name":"nginx","namespace":"","repo_full_name":"nginx","repo_type":"private"}},"operator":""}`,
		},
		{
			name:  "deep repository, two tags, markup and other scripts",
			event: shipbell.Event{Action: shipbell.UploadChart, OccurAt: 2, Repository: shipbell.Repository{FullName: "a/b/c", CreatedAt: 1, Type: "public"}, Resources: []shipbell.Resource{{Tag: "1"}, {Tag: "2"}}, Operator: `<"阿" & b>`},
			want:  `{"type":"uploadChart","occur_at":2,"event_data":{"resources":[{"digest":"","tag":"1","resource_url":""},{"digest":"","tag":"2","resource_url":""}],"repository":{"date_created":1,"name":"b/c","namespace":"a","repo_full_name":"a/b/c","repo_type":"public"}},"operator":"<\"阿\" & b>"}`,
		},
		{
			name:  "no resources",
			event: shipbell.Event{Action: shipbell.PullImage},
			want:  `{"type":"pullImage","occur_at":0,"event_data":{"resources":[],"repository":{"name":"","namespace":"","repo_full_name":"","repo_type":""}},"operator":""}`,
		},
	} {
		content, err := format.Render(&shipbell.Delivery{Format: shipbell.FormatTCR, Event: tt.event}, shipbell.Target{})
		if diff := cmp.Diff(tt.want, string(content.Body)); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestCloudEvent(t *testing.T) {
	tcr, err := format.Render(sample(shipbell.FormatTCR), shipbell.Target{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		occurAt int64
		time    string
	}{
		{"usual", 1589106605, `"time":"2020-05-10T10:30:05Z",`},
		{"no time", 0, ""},
		{"a time that RFC 3339 cannot write", 1 << 40, ""},
	} {
		d := sample(shipbell.FormatCloudEvents)
		d.Registry, d.Event.OccurAt = "a b/c", tt.occurAt
		content, err := format.Render(d, shipbell.Target{})
		if kind := content.Header.Get("Content-Type"); err != nil || kind != "application/cloudevents+json" {
			t.Errorf("%s: content type %q, error %v", tt.name, kind, err)
		}
		data := bytes.Replace(tcr.Body, []byte("1589106605"), mustJSON(t, tt.occurAt), 1)
		want := `{"specversion":"1.0","id":"01HGW2N7EHJVJ4CJ999RRS2E97","source":"/shipbell/registries/a%20b%2Fc","type":"dev.shipbell.pushImage","subject":"public/nginx",` +
			tt.time + `"datacontenttype":"application/json","data":` + string(data) + `}`
		if diff := cmp.Diff(want, string(content.Body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBodyOfAnUnknownFormat(t *testing.T) {
	content, err := format.Render(sample("xml"), shipbell.Target{})
	if err == nil || err.Error() != `there is no body format "xml"` || content.Body != nil || format.Inexpressible(err) {
		t.Errorf("%q, %v", content.Body, err)
	}
}
