package format_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	digest = "sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
	older  = "sha256:0000000000000000000000000000000000000000000000000000000000000001"
)

// rendered is what a golden file says of an event.
type rendered struct {
	Header http.Header     `json:"header,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// events are what every format is tried with.
func events() map[string]shipbell.Event {
	image := func(action shipbell.Action, resources ...shipbell.Resource) shipbell.Event {
		return shipbell.Event{
			Action: action, OccurAt: 1795168800, Repository: shipbell.Repository{FullName: "team/app", CreatedAt: 1795000000, Type: "private"},
			Resources: resources, Operator: "alice",
		}
	}
	v1 := shipbell.Resource{Digest: digest, Tag: "v1", URL: "reg.example.com:5000/team/app:v1"}
	moved := shipbell.Resource{Digest: digest, Tag: "latest", URL: "reg.example.com:5000/team/app:latest", PreviousDigest: older}
	untagged := shipbell.Resource{Digest: digest, URL: "reg.example.com:5000/team/app@" + digest}
	hostile := image(shipbell.PushImage, shipbell.Resource{Digest: `"><`, Tag: `"@everyone%0a`, URL: `reg.example.com/a b/"&<é:"@everyone%0a`})
	hostile.Repository.FullName, hostile.Operator = `a b/"&<é`, "\r\nX-Evil: 1"
	short := image(shipbell.PushImage, shipbell.Resource{Tag: "v1", URL: "docker.io/nginx:v1"})
	short.Repository = shipbell.Repository{FullName: "nginx", Type: "public"}
	short.OccurAt, short.Operator = 0, ""
	all := map[string]shipbell.Event{
		"image, digest only": image(shipbell.PushImage, untagged), "image, two tags, one moved": image(shipbell.PushImage, v1, moved),
		"image, hostile names": hostile, "image of Docker Hub, little known": short,
	}
	for _, action := range shipbell.Actions() {
		all[string(action)] = image(action, v1)
	}
	return all
}

// targetOf is a target of a format; one of the format template shows most of what a template
// can say.
func targetOf(name shipbell.Format) shipbell.Target {
	target := shipbell.Target{Format: name}
	if name == shipbell.FormatTemplate {
		target.Template = chat
	}
	return target
}

// chat is a template of a message in a chat.
const chat = `{
  "title": "{{.Action}} {{.Repository}}",
  "lines": [{{range $i, $r := .Resources}}{{if $i}}, {{end}}{"reference": "{{$.Host}}/{{$.Repository}}:{{trunc 20 .Reference}}", "digest": "{{short $r.Digest}}", "moved": {{not (eq .PreviousDigest "")}}}{{end}}],
  "by": {{default "nobody" .Operator}},
  "at": "{{time "2006-01-02 15:04" "+08:00" .Time}}",
  "markdown": "{{markdown "slack" .Name}} {{.Operator | lower | replace "alice" "bob"}} {{join ", " .Tags}}",
  "count": {{.Count}}, "chart": {{.Chart}}, "event": {{json .}}, "text": "{{json .Tags}}"
}`

// TestGoldens has every format render every event: what a target gets, or what the format
// cannot express.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, name := range shipbell.Formats() {
		got := map[string]rendered{}
		for label, event := range events() {
			d := sample(name)
			event.ID = d.Event.ID
			d.Event, d.CreatedAt = event, time.Unix(1795168801, 5e8)
			target := targetOf(name)
			content, err := format.Render(d, target)
			if err != nil {
				if !format.Inexpressible(err) {
					t.Errorf("%s: %s: %v", name, label, err)
				}
				got[label] = rendered{Error: err.Error()}
				continue
			}
			if again, err := format.Render(d, target); err != nil || !bytes.Equal(again.Body, content.Body) {
				t.Errorf("%s: %s: another body the second time (%v)", name, label, err)
			}
			for header, values := range content.Header {
				if !shipbell.ValidHeader(header, values[0]) && header != "Content-Type" && header != "User-Agent" {
					t.Errorf("%s: %s: the header %s: %q cannot be sent", name, label, header, values)
				}
			}
			got[label] = rendered{Header: content.Header, Body: content.Body}
		}
		checkGolden(t, "testdata/"+string(name)+".json", got)
	}
}

// TestSingle has the formats that say that they name one image be those that cannot express
// two, and every format be in the table.
func TestSingle(t *testing.T) {
	t.Parallel()
	for _, name := range shipbell.Formats() {
		d := sample(name)
		d.Event.Resources = append(d.Event.Resources, d.Event.Resources...)
		if _, err := format.Render(d, targetOf(name)); format.Inexpressible(err) != name.Single() || !name.Single() && err != nil {
			t.Errorf("%s: %v, single %t", name, err, name.Single())
		}
	}
}

func checkGolden(t *testing.T, file string, got map[string]rendered) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sample is a delivery of the TCR document's sample.
func sample(name shipbell.Format) *shipbell.Delivery {
	return &shipbell.Delivery{
		ID:       "01HGW2N7EHJVJ4CJ999RRS2E97",
		Registry: "default",
		Format:   name,
		Event: shipbell.Event{
			ID:      "320678d8-ca14-430f-8bb6-4ca139cd83f7",
			Action:  shipbell.PushImage,
			OccurAt: 1589106605,
			Repository: shipbell.Repository{
				FullName: "public/nginx", CreatedAt: 1587119137, Type: "public",
			},
			Resources: []shipbell.Resource{{
				Digest: "sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105xxxx268fc9",
				Tag:    "v1.10.0",
				URL:    "xxx-bj.tencentcloudcr.com/public/nginx:v1.10.0",
			}},
			Operator: "332133xxxx",
		},
	}
}
