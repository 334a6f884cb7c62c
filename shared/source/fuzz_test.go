package source_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

func addSamples(f *testing.F) {
	for _, pattern := range []string{"distribution/*-0[1-3].json", "distribution-docs-batch-of-3.json", "tcr/*.json", "ecr/*.json", "zot/*.json", "documented/*.json"} {
		for _, s := range samples(f, pattern) {
			add(f, s.request())
		}
	}
	for _, s := range suites(f) {
		for _, c := range s.Cases {
			add(f, c.request())
		}
	}
	for _, text := range []string{`{"events":[]}`, `{"events":[null,{}]}`, `[]`, `{"type":"testEndpoint","occur_at":1e999}`, "{\"events\":[{\"id\":\"\xff\"}]}"} {
		for _, name := range append(source.Names(), "") {
			f.Add("", "", name, []byte(text))
		}
		f.Add(distributionV1, "", "", []byte(text))
	}
}

// senders are the headers that tell what a request is; the media type is one of its own.
func senders() []string {
	return []string{"Ce-Type", "X-Gitea-Event", "X-Forgejo-Event", "X-Github-Event", "X-Nexus-Webhook-Id", "User-Agent"}
}

// add adds a request as a seed: its media type, its other headers as lines, its body.
func add(f *testing.F, r source.Request) {
	var lines []string
	for _, name := range senders() {
		if value := r.Header.Get(name); value != "" {
			lines = append(lines, name+": "+value)
		}
	}
	f.Add(r.Header.Get("Content-Type"), strings.Join(lines, "\n"), "", r.Body)
}

// fuzzed is the request of a seed.
func fuzzed(media, headers, forced string, body []byte) source.Request {
	r := source.Request{Header: contentType(media), Source: forced, Body: body, ReceivedAt: noon}
	for line := range strings.Lines(headers) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && slices.Contains(senders(), name) {
			r.Header.Set(name, value)
		}
	}
	return r
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
	// A repository that is made or deleted has none.
	ofRepository := f.Verb == source.Create || f.Verb == source.Delete && f.UnreportedTags
	n := len(f.Resources)
	if n == 0 && !ofRepository || n > 1000 || f.PartialDeletes && n > 1 {
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
	f.Fuzz(func(t *testing.T, media, headers, forced string, body []byte) {
		r := fuzzed(media, headers, forced, body)
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
	f.Fuzz(func(t *testing.T, media, headers, forced string, body []byte) {
		d, _ := source.Decode(fuzzed(media, headers, forced, body))
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
			if !r.Event.Action.Valid() || len(r.Event.Resources) == 0 || r.Event.ID != incoming.EventID && !incoming.Unidentified {
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
