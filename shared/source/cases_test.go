package source_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// suite is a file of testdata/constructed: requests of one dialect and what must come of
// each.
type suite struct {
	name  string
	Cases []requestCase
}

type requestCase struct {
	Label, Method string
	Headers       map[string][]string
	Body          json.RawMessage
	RawBody       string `json:"raw_body"`
	// Answer is set where the reply itself is prescribed, and there are no events.
	Answer   json.RawMessage
	Expected []map[string]any
}

func (c requestCase) request() source.Request {
	r := source.Request{Header: http.Header{}, Body: c.Body, ReceivedAt: noon}
	for name, values := range c.Headers {
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	if c.RawBody != "" {
		r.Body = []byte(c.RawBody)
	}
	return r
}

func suites(t testing.TB) []suite {
	t.Helper()
	paths, err := filepath.Glob("testdata/constructed/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var all []suite
	for _, path := range paths {
		s := suite{name: strings.TrimSuffix(filepath.Base(path), ".json")}
		readTestdata(t, path, &s)
		all = append(all, s)
	}
	return all
}

// received is what a target with the format "tcr" gets for a request to a registry that
// nothing is known of, and the reasons for what is ignored.
type received struct {
	Source  string
	Bodies  []json.RawMessage `json:",omitempty"`
	Ignored []string          `json:",omitempty"`
}

func receive(t *testing.T, r source.Request) received {
	t.Helper()
	d := mustDecode(t, r)
	got := received{Source: d.Source}
	for _, ignored := range d.Ignored {
		got.Ignored = append(got.Ignored, ignored.Reason.String())
	}
	c := newCatalog()
	for _, f := range d.Events {
		resolved := c.resolve(t, private, f)
		if resolved.Event == nil {
			got.Ignored = append(got.Ignored, text.New(resolved.Reason).String())
			continue
		}
		content, err := format.Render(&shipbell.Delivery{Event: *resolved.Event, Format: shipbell.FormatTCR}, shipbell.Target{})
		if err != nil {
			t.Fatal(err)
		}
		got.Bodies = append(got.Bodies, content.Body)
	}
	return got
}

// TestConstructed decodes every constructed request. The fields that its case names must
// be as named; the golden file has the whole of what a target receives.
func TestConstructed(t *testing.T) {
	golden := map[string]map[string]received{}
	for _, s := range suites(t) {
		golden[s.name] = map[string]received{}
		for _, c := range s.Cases {
			t.Run(s.name+"/"+c.Label, func(t *testing.T) {
				if c.Answer != nil {
					return
				}
				got := receive(t, c.request())
				golden[s.name][c.Label] = got
				checkExpected(t, got, c.Expected)
			})
		}
	}
	checkGolden(t, "testdata/constructed-received.json", golden)
}

// TestDocumented decodes the samples of the registries' own documentation.
func TestDocumented(t *testing.T) {
	golden := map[string]received{}
	for _, s := range samples(t, "documented/*.json") {
		golden[s.Name] = receive(t, s.request())
	}
	checkGolden(t, "testdata/documented-received.json", golden)
}

func checkExpected(t *testing.T, got received, expected []map[string]any) {
	t.Helper()
	bodies := got.Bodies
	for _, want := range expected {
		if want["ignored"] != nil {
			if len(got.Bodies) != 0 || len(got.Ignored) == 0 {
				t.Errorf("got %s, want it ignored because %q", got, want["ignored"])
			}
			continue
		}
		if len(bodies) == 0 {
			t.Errorf("no body for %v, ignored %q", want, got.Ignored)
			return
		}
		var body map[string]any
		if err := json.Unmarshal(bodies[0], &body); err != nil {
			t.Fatal(err)
		}
		for _, difference := range missing("", want, body) {
			t.Error(difference)
		}
		bodies = bodies[1:]
	}
	if len(bodies) != 0 {
		t.Errorf("also got %s", bodies)
	}
}

// missing is what want has and got has not.
func missing(path string, want, got any) (differences []string) {
	named, ok := want.(map[string]any)
	if !ok {
		if !reflect.DeepEqual(want, got) {
			differences = append(differences, path+": got "+mustJSON(got)+", want "+mustJSON(want))
		}
		return differences
	}
	other, _ := got.(map[string]any)
	for name, value := range named {
		differences = append(differences, missing(path+"."+name, value, other[name])...)
	}
	return differences
}

func mustJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// checkGolden compares with a golden file, which -update writes.
func checkGolden(t *testing.T, path string, got any) {
	t.Helper()
	data, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	if *update {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, path, string(data), string(want))
}
