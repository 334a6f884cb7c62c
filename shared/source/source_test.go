package source_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b text.Message) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sample is a file of testdata.
type sample struct {
	Name       string `json:"-"`
	Label      string
	Headers    http.Header
	Body       json.RawMessage
	ReceivedAt time.Time `json:"received_at"`
}

func (s sample) request() source.Request {
	return source.Request{Header: s.Headers, Body: s.Body, ReceivedAt: s.ReceivedAt}
}

// samples reads testdata in the order of arrival, and then of names.
func samples(t testing.TB, pattern string) []sample {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file %s: %v", pattern, err)
	}
	var all []sample
	for _, path := range paths {
		s := sample{Name: strings.TrimSuffix(filepath.Base(path), ".json")}
		readTestdata(t, path, &s)
		if s.ReceivedAt.IsZero() {
			s.ReceivedAt = noon
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b sample) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return all
}

func readTestdata(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
}

func mustDecode(t *testing.T, r source.Request) source.Decoded {
	t.Helper()
	d, err := source.Decode(r)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return d
}

// body is the shape of a TCR body, as the expected results are written.
type body struct {
	Type      shipbell.Action `json:"type"`
	OccurAt   int64           `json:"occur_at"`
	EventData struct {
		Resources  []shipbell.Resource `json:"resources"`
		Repository struct {
			DateCreated int64  `json:"date_created,omitempty"`
			Name        string `json:"name"`
			Namespace   string `json:"namespace"`
			FullName    string `json:"repo_full_name"`
			Type        string `json:"repo_type"`
		} `json:"repository"`
	} `json:"event_data"`
	Operator string `json:"operator"`
}

func bodyOf(e *shipbell.Event) body {
	b := body{Type: e.Action, OccurAt: e.OccurAt, Operator: e.Operator}
	b.EventData.Resources = slices.Clone(e.Resources)
	for i := range b.EventData.Resources {
		b.EventData.Resources[i].PreviousDigest = "" // no body of TCR has one
	}
	r := &b.EventData.Repository
	r.DateCreated, r.Name, r.Namespace, r.FullName, r.Type = e.Repository.CreatedAt, e.Repository.Name(), e.Repository.Namespace(), e.Repository.FullName, e.Repository.Type
	return b
}

const (
	distributionV1 = "application/vnd.docker.distribution.events.v1+json"
	distributionV2 = "application/vnd.docker.distribution.events.v2+json"
)

func contentType(media string) http.Header { return http.Header{"Content-Type": {media}} }

func TestDecodeRecognises(t *testing.T) {
	const tcr, distribution = `{"type":"pushImage","event_data":{}}`, `{"events":[]}`
	for _, c := range []struct {
		name, media, forced, body, want string
	}{
		{"v1 header", distributionV1, "", distribution, "distribution"},
		{"v2 header", distributionV2, "", distribution, "distribution"},
		{"header with parameters in upper case", strings.ToUpper(distributionV2) + "; charset=utf-8", "", distribution, "distribution"},
		{"header before body", distributionV1, "", `{"events":[],"type":"pushImage","event_data":{}}`, "distribution"},
		{"events", "application/json", "", distribution, "distribution"},
		{"events with spaces", "", "", "\n{ \"events\" : [ ] }\n", "distribution"},
		{"type and event_data", "application/json", "", tcr, "tcr"},
		{"type and occur_at", "", "", `{"type":"testEndpoint","occur_at":1}`, "tcr"},
		{"forced tcr", "", "tcr", `{"type":"pushImage"}`, "tcr"},
		{"forced against the header", distributionV1, "tcr", tcr, "tcr"},
		{"forced distribution", "", "distribution", distribution, "distribution"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDecode(t, source.Request{Header: contentType(c.media), Source: c.forced, Body: []byte(c.body)})
			equal(t, "source", d.Source, c.want)
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, media, forced, body string
		kind                      shipbell.Kind
		message                   string
	}{
		{"nothing", "", "", ``, shipbell.Malformed, "not a JSON object"},
		{"no JSON", "", "", `hello`, shipbell.Malformed, "not a JSON object"},
		{"an array", "", "", `[{"eventType":"Microsoft.ContainerRegistry.ImagePushed"}]`, shipbell.Malformed, "not a JSON object, as the events of all known sources are: distribution, tcr, "},
		{"null", "", "", `null`, shipbell.Malformed, "not a JSON object"},
		{"another source", "application/json", "", `{"kind":"image.pushed","data":{}}`, shipbell.Malformed, "no known source; known are distribution, tcr, "},
		{"events without a list", "", "", `{"events":{}}`, shipbell.Malformed, "no known source"},
		{"not UTF-8", "", "", "{\"type\":\"push\xffImage\",\"event_data\":{}}", shipbell.Malformed, "not UTF-8"},
		{"unknown source", distributionV1, "portus", `{"events":[]}`, shipbell.Invalid, `source: "portus" is not a known source; known are distribution, tcr, `},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := source.Decode(source.Request{Header: contentType(c.media), Source: c.forced, Body: []byte(c.body)})
			if err == nil || !strings.Contains(err.Error(), c.message) {
				t.Fatalf("error %v, want one with %q", err, c.message)
			}
			equal(t, "kind", shipbell.KindOf(err), c.kind)
		})
	}
}

func TestBlockingSendersAreNeverRefused(t *testing.T) {
	for _, c := range []struct{ name, media, forced, body, reason string }{
		{"nothing", distributionV1, "", ``, "unexpected end of JSON input"},
		{"cut off", distributionV2, "", `{"events":[{"id":`, "unexpected end of JSON input"},
		{"forced", "application/json", "distribution", `hello`, "invalid character"},
		{"no events", distributionV1, "", `{}`, `it has no list "events"`},
		{"wrong type", distributionV1, "", `{"events":7}`, `a JSON number is not what "events" holds`},
		{"not UTF-8", "", "", "{\"events\":[\"\xff\"]}", "not UTF-8"},
		{"forced to be another", distributionV1, "tcr", `{`, "one of source tcr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDecode(t, source.Request{Header: contentType(c.media), Source: c.forced, Body: []byte(c.body)})
			if len(d.Events) != 0 || len(d.Ignored) != 1 || !strings.Contains(d.Ignored[0].Reason.String(), c.reason) {
				t.Errorf("got %+v, want it ignored because %q", d, c.reason)
			}
		})
	}
}

// TestReadableBodiesAreNeverRefused: what is of a known source and is JSON is answered
// with a reason, not with an error.
func TestReadableBodiesAreNeverRefused(t *testing.T) {
	for _, c := range []struct{ name, forced, body, reason string }{
		{"wrong type of a field", "", `{"type":"pushImage","event_data":{"resources":{}}}`, `a JSON object is not what "event_data.resources" holds`},
		{"no type", "tcr", `{}`, `it has no "type"`},
		{"a tag that is a number", "", `{"push_data":{"tag":7},"repository":{"repo_name":"a/b"}}`, `a JSON number is not what "push_data.tag" holds`},
		{"a list", "jfrog", `[]`, "a JSON array"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustDecode(t, source.Request{Source: c.forced, Body: []byte(c.body), ReceivedAt: noon})
			if len(d.Events) != 0 || len(d.Ignored) != 1 || !strings.Contains(d.Ignored[0].Reason.String(), c.reason) || d.Ignored[0].EventID == "" {
				t.Errorf("got %+v, want it ignored because %q", d, c.reason)
			}
		})
	}
}

func TestBlocking(t *testing.T) {
	for _, c := range []struct {
		media, forced string
		want          bool
	}{
		{distributionV1, "", true},
		{distributionV2 + ";charset=utf-8", "", true},
		{distributionV1, "tcr", true},
		{"application/json", "distribution", true},
		{"application/json", "", false},
		{"application/json", "tcr", false},
		{"", "", false},
	} {
		equal(t, fmt.Sprintf("Blocking(%q, %q)", c.media, c.forced), source.Blocking(contentType(c.media), c.forced), c.want)
	}
}
