package source_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

func addSamples(f *testing.F) {
	for _, pattern := range []string{"distribution/*-0[1-3].json", "distribution-docs-batch-of-3.json", "tcr/*.json", "ecr/*.json"} {
		for _, s := range samples(f, pattern) {
			f.Add(s.Headers.Get("Content-Type"), "", []byte(s.Body))
		}
	}
	for _, text := range []string{`{"events":[]}`, `{"events":[null,{}]}`, `[]`, `{"type":"testEndpoint","occur_at":1e999}`, "{\"events\":[{\"id\":\"\xff\"}]}"} {
		f.Add("", "", []byte(text))
		f.Add("application/json", "tcr", []byte(text))
		f.Add(distributionV1, "distribution", []byte(text))
	}
}

// checkDecoded holds a decoded event against the limits that the rest of Shipbell relies on.
func checkDecoded(t *testing.T, f source.DecodedEvent) {
	t.Helper()
	name := func(what, text string, limit int) {
		if len(text) > limit || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, " ") {
			t.Errorf("%s %q is over its limit", what, text)
		}
	}
	name("repository", f.Repository, 255)
	if f.EventID == "" || len(f.EventID) > 128 || strings.ContainsFunc(f.EventID, unicode.IsControl) {
		t.Errorf("event id %q", f.EventID)
	}
	if f.Repository == "" || f.Source == "" || len(f.Operator) > 256 || !utf8.ValidString(f.Operator) {
		t.Errorf("repository %q, source %q, operator %q", f.Repository, f.Source, f.Operator)
	}
	if y := f.Time.Year(); y < 1970 || y > 9999 {
		t.Errorf("time %v", f.Time)
	}
	if len(f.Resources) == 0 || len(f.Resources) > 1000 || f.PartialDeletes && len(f.Resources) != 1 {
		t.Errorf("%d resources", len(f.Resources))
	}
	for _, r := range f.Resources {
		name("tag", r.Tag, 128)
		name("digest", r.Digest, 256)
		if r.Tag == "" && r.Digest == "" || strings.Contains(r.Tag, ":") {
			t.Errorf("resource %+v", r)
		}
	}
}

func FuzzDecode(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, media, forced string, body []byte) {
		r := source.Request{Header: contentType(media), Source: forced, Body: body, ReceivedAt: noon}
		d, err := source.Decode(r)
		if kind := shipbell.KindOf(err); err != nil && kind != shipbell.Malformed && kind != shipbell.Invalid {
			t.Fatalf("error of kind %v: %v", kind, err)
		}
		if err != nil && shipbell.KindOf(err) == shipbell.Malformed && source.Blocking(r.Header, forced) {
			t.Fatalf("a blocking sender is refused: %v", err)
		}
		for _, incoming := range d.Events {
			checkDecoded(t, incoming)
		}
		if again, _ := source.Decode(r); !cmp.Equal(again, d) {
			t.Errorf("decoded twice:\n%s", cmp.Diff(d, again))
		}
	})
}

func FuzzResolve(f *testing.F) {
	addSamples(f)
	f.Fuzz(func(t *testing.T, media, forced string, body []byte) {
		d, _ := source.Decode(source.Request{Header: contentType(media), Source: forced, Body: body, ReceivedAt: noon})
		c := newCatalog()
		for _, incoming := range d.Events {
			r, err := source.Resolve(t.Context(), private, incoming, c)
			if err != nil {
				t.Fatal(err)
			}
			c.learn(t, r.Learn)
			if r.Event == nil {
				continue
			}
			if !r.Event.Action.Valid() || len(r.Event.Resources) == 0 || r.Event.ID != incoming.EventID {
				t.Errorf("event %+v", r.Event)
			}
			for _, res := range r.Event.Resources {
				if _, path, _ := strings.Cut(res.URL, "://"); !strings.HasPrefix(res.URL, "reg.example.com/") && !strings.HasPrefix(path, "reg.example.com/") {
					t.Errorf("resource URL %q", res.URL)
				}
			}
		}
	})
}
