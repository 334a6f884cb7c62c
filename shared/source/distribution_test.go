package source_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// TestReplayDistribution replays what a real registry sent, in the order of
// arrival and with one catalog, to exactly the expected bodies.
func TestReplayDistribution(t *testing.T) {
	var want map[string][]body
	readTestdata(t, "testdata/distribution-expected.json", &want)
	got := map[string][]body{}
	c := newCatalog()
	seen := map[string]bool{}
	bodies := 0
	for _, s := range samples(t, "distribution/*.json") {
		c.now = s.ReceivedAt
		if got[s.Label] == nil {
			got[s.Label] = []body{}
		}
		for _, f := range mustDecode(t, s.request()).Events {
			r := c.resolve(t, private, f)
			if r.Event == nil || r.Event.Action == shipbell.PullImage || r.Event.Action == shipbell.DownloadChart || seen[r.Event.ID] {
				continue
			}
			seen[r.Event.ID] = true
			got[s.Label] = append(got[s.Label], bodyOf(r.Event))
			bodies++
		}
	}
	equal(t, "bodies", got, want)
	equal(t, "number of bodies", bodies, 28)
}

// TestReplayDistributionSpends counts what the replay costs.
func TestReplayDistributionSpends(t *testing.T) {
	c := newCatalog()
	for _, s := range samples(t, "distribution/*.json") {
		for _, f := range mustDecode(t, s.request()).Events {
			r, err := source.Resolve(t.Context(), private, f, c)
			if err != nil {
				t.Fatal(err)
			}
			c.learn(t, r.Learn)
		}
	}
	// 30 pushes, 10 pulls and 7 deletes of a tag and 10 HEADs at one call each; 4 deletes
	// of a known digest at two, 1 of an unknown one at one; 7 pulls of a digest at one to
	// three.
	equal(t, "calls", c.calls, 81)
	// 12 repositories; two for each of 21 tags pushed (the 22nd push repeats one);
	// 8 digests without a tag; 7 deleted tags; 7 entries of 4 deleted digests; 9 HEADs.
	equal(t, "records written", c.writes, 85)
}

func TestReplayDistributionPulls(t *testing.T) {
	var got []string
	c := newCatalog()
	for _, s := range samples(t, "distribution/*.json") {
		for _, f := range mustDecode(t, s.request()).Events {
			writes := c.writes
			r := c.resolve(t, private, f)
			switch {
			case f.Verb != source.Pull:
			case f.Head:
				equal(t, "the reason of a HEAD", r.Reason, text.IgnoredHead)
			case r.Event == nil:
				got = append(got, s.Name+" "+string(r.Reason))
			default:
				got = append(got, s.Name+" "+string(r.Event.Action)+" "+r.Event.Resources[0].URL)
				equal(t, "records written by a pull", c.writes-writes, 0)
			}
		}
	}
	equal(t, "pulls", got, []string{
		"08-crane-tag-retag-01 pullImage reg.example.com/public/nginx:v1.10.0",
		"09-crane-copy-otherrepo-01 pullImage reg.example.com/public/nginx:v1.10.0",
		"10-mount-01 pullImage reg.example.com/public/app:v1.0.0",
		"11-crane-pull-01 pullImage reg.example.com/public/nginx:v1.10.0",
		"12-get-by-digest-01 pullImage reg.example.com/public/app:v1.0.0",
		"14-skopeo-copy-01 pullImage reg.example.com/public/nginx:v1.10.0",
		"15-skopeo-copy-all-01 pullImage reg.example.com/public/multi:v1.0.0",
		"15-skopeo-copy-all-02 ignored-pull-untagged",
		"15-skopeo-copy-all-08 ignored-pull-untagged",
		"16-skopeo-docker-v2s2-01 pullImage reg.example.com/public/nginx:v1.10.0",
		"17-crane-tag-digest-move-01 pullImage reg.example.com/public/multi:v1.0.0",
		"22-skopeo-delete-tag-01 pullImage reg.example.com/public/nginx:skopeo",
		"40-host-header-spoof-01 pullImage reg.example.com/retry/r400:v1",
		"42-retag-move-04 pullImage reg.example.com/public/app:other",
		"50-helm-push-04 ignored-pull-untagged",
		"51-helm-push-plus-version-04 ignored-pull-untagged",
		"52-helm-pull-01 downloadChart reg.example.com/charts/mychart:0.2.0",
	})
}

func TestReplayDistributionIgnores(t *testing.T) {
	got := map[string]int{}
	for _, s := range samples(t, "distribution/*.json") {
		for _, ignored := range mustDecode(t, s.request()).Ignored {
			if ignored.EventID == "" {
				t.Errorf("%s: ignored without an id: %s", s.Name, ignored.Reason)
			}
			reason, _, _ := strings.Cut(ignored.Reason.String(), ":")
			got[reason]++
		}
	}
	equal(t, "ignored", got, map[string]int{
		"a blob, not a manifest":                     60,
		"a blob was mounted from another repository": 4,
	})
}

func TestDistributionBatch(t *testing.T) {
	s := samples(t, "distribution-docs-batch-of-3.json")[0]
	d := mustDecode(t, s.request())
	equal(t, "ignored", d.Ignored, []shipbell.IgnoredEvent{
		{EventID: "asdf-asdf-asdf-asdf-1", Reason: text.Literal("a blob, not a manifest"), Action: shipbell.PushImage, Repository: "library/test", Routine: true},
		{EventID: "asdf-asdf-asdf-asdf-2", Reason: text.Literal("a blob, not a manifest"), Action: shipbell.PushImage, Repository: "library/test", Routine: true},
	})
	equal(t, "events", d.Events, []source.DecodedEvent{{
		Source: "distribution", EventID: "asdf-asdf-asdf-asdf-0", Verb: source.Push, PartialDeletes: true,
		Time: time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC), ReceivedAt: noon, Repository: "library/test", Operator: "test-actor",
		Resources: []source.Resource{{Digest: "sha256:fea8895f450959fa676bcc1df0611ea93823a735a01205fd8622846041d0c7cf"}},
	}})
}

// one decodes a request of one distribution event.
func one(t *testing.T, event string) source.Decoded {
	t.Helper()
	return mustDecode(t, source.Request{Header: contentType(distributionV2), Body: []byte(`{"events":[` + event + `]}`), ReceivedAt: noon})
}

const imageManifest = "application/vnd.oci.image.manifest.v1+json"

func TestDistributionEvents(t *testing.T) {
	const push = `"id":"e","action":"push"`
	target := func(fields string) string {
		return `"target":{"mediaType":"` + imageManifest + `","repository":"a/b",` + fields + `}`
	}
	for _, c := range []struct {
		name, event, reason string
		check               func(source.DecodedEvent) bool
	}{
		{"empty actor", `{` + push + `,` + target(`"tag":"v1"`) + `,"actor":{}}`, "", func(f source.DecodedEvent) bool { return f.Operator == "" }},
		{"null actor", `{` + push + `,` + target(`"tag":"v1"`) + `,"actor":null}`, "", func(f source.DecodedEvent) bool { return f.Operator == "" }},
		{"a time with an offset", `{` + push + `,` + target(`"tag":"v1"`) + `,"timestamp":"2026-11-22T15:00:00.1234567+03:00"}`, "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon.Add(123456700)) }},
		{"no time", `{` + push + `,` + target(`"tag":"v1"`) + `}`, "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon) }},
		{"a time before all clocks", `{` + push + `,` + target(`"tag":"v1"`) + `,"timestamp":"0001-01-01T00:00:00Z"}`, "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon) }},
		{"a time after the year 9999", `{` + push + `,` + target(`"tag":"v1"`) + `,"timestamp":"9999-12-31T23:59:59-12:00"}`, "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon) }},
		{"four segments", `{` + push + `,"target":{"mediaType":"` + imageManifest + `","repository":"a/b/c/d","tag":"v1"}}`, "", func(f source.DecodedEvent) bool { return f.Repository == "a/b/c/d" }},
		{"sha512", `{` + push + `,` + target(`"tag":"v1","digest":"sha512:`+strings.Repeat("0f", 64)+`"`) + `}`, "", func(f source.DecodedEvent) bool { return len(f.Resources[0].Digest) == 135 }},
		{"digest in the tag", `{` + push + `,` + target(`"tag":"sha256:00"`) + `}`, "", func(f source.DecodedEvent) bool { return f.Resources[0] == source.Resource{Digest: "sha256:00"} }},
		{"no references", `{` + push + `,` + target(`"tag":"v1"`) + `}`, "", func(f source.DecodedEvent) bool { return f.Kind == source.Unknown }},
		{"no id", `{"action":"push",` + target(`"tag":"v1"`) + `}`, "", func(f source.DecodedEvent) bool { return len(f.EventID) == 32 }},
		{"an id too long", `{"id":"` + strings.Repeat("é", 65) + `","action":"push",` + target(`"tag":"v1"`) + `}`, "", func(f source.DecodedEvent) bool { return len(f.EventID) == 32 }},
		{"an id with a control character", `{"id":"a\u0000b","action":"push",` + target(`"tag":"v1"`) + `}`, "", func(f source.DecodedEvent) bool { return len(f.EventID) == 32 }},
		{"the longest id", `{"id":"` + strings.Repeat("i", 128) + `","action":"push",` + target(`"tag":"v1"`) + `}`, "", func(f source.DecodedEvent) bool { return len(f.EventID) == 128 }},
		{"a long operator", `{` + push + `,` + target(`"tag":"v1"`) + `,"actor":{"name":"` + strings.Repeat("é", 200) + `"}}`, "", func(f source.DecodedEvent) bool { return f.Operator == strings.Repeat("é", 128) }},
		{"old schema", `{` + push + `,"target":{"mediaType":"application/vnd.docker.distribution.manifest.v1+prettyjws","repository":"a","tag":"v1"}}`, "", func(f source.DecodedEvent) bool { return f.Verb == source.Push }},

		{"a name that fills the limits", `{` + push + `,"target":{"mediaType":"` + imageManifest + `","repository":"` + strings.Repeat("r", 255) + `","tag":"` + strings.Repeat("t", 128) + `"}}`, "", func(f source.DecodedEvent) bool { return true }},
		{"a repository too long", `{` + push + `,"target":{"mediaType":"` + imageManifest + `","repository":"` + strings.Repeat("r", 256) + `","tag":"v1"}}`, "the repository is longer than 255 bytes", nil},
		{"a tag too long", `{` + push + `,` + target(`"tag":"`+strings.Repeat("t", 129)+`"`) + `}`, "the tag is longer than 128 bytes", nil},
		{"a digest too long", `{` + push + `,` + target(`"digest":"`+strings.Repeat("d", 257)+`"`) + `}`, "the digest is longer than 256 bytes", nil},
		{"a space in the tag", `{` + push + `,` + target(`"tag":"v 1"`) + `}`, "the tag has a space or a control character", nil},
		{"a line break in the repository", `{` + push + `,"target":{"mediaType":"` + imageManifest + `","repository":"a\nb","tag":"v1"}}`, "the repository has a space or a control character", nil},
		{"no repository", `{` + push + `,"target":{"mediaType":"` + imageManifest + `","tag":"v1"}}`, "it names no repository", nil},
		{"neither tag nor digest", `{"id":"e","action":"delete","target":{"repository":"a/b"}}`, "it names neither a tag nor a digest", nil},
		{"a mount", `{"id":"e","action":"mount",` + target(`"tag":"v1"`) + `}`, "a blob was mounted from another repository", nil},
		{"an unknown action", `{"id":"e","action":"scan",` + target(`"tag":"v1"`) + `}`, `the action "scan" is not one that Shipbell reports`, nil},
		{"HEAD", `{"id":"e","action":"pull",` + target(`"tag":"v1"`) + `,"request":{"method":"HEAD"}}`, "", func(f source.DecodedEvent) bool { return f.Head && f.Client == "" }},
		{"GET", `{"id":"e","action":"pull",` + target(`"tag":"v1"`) + `,"request":{"method":"GET","addr":"10.0.0.7:4711","useragent":"crane"}}`, "", func(f source.DecodedEvent) bool {
			return !f.Head && f.Client == source.Client("10.0.0.7:1", "crane", "")
		}},
		{"the parts of an index", `{"id":"e","action":"pull","target":{"mediaType":"application/vnd.oci.image.index.v1+json","repository":"a/b","references":[{"mediaType":"` + imageManifest + `","digest":"sha256:1"},{"mediaType":"x","digest":"sha256:2"},{"mediaType":"` + imageManifest + `","digest":"a b"}],"tag":"v1"}}`, "", func(f source.DecodedEvent) bool {
			return slices.Equal(f.Children, []string{"sha256:1"})
		}},
		{"a media type left empty by a push", `{` + push + `,"target":{"mediaType":"","repository":"a/b","digest":"sha256:1"}}`, "a blob, not a manifest", nil},
		{"a media type left empty by a push of a tag", `{` + push + `,"target":{"mediaType":"","repository":"a/b","tag":"v1"}}`, "", func(f source.DecodedEvent) bool { return f.Verb == source.Push }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := one(t, c.event)
			if c.reason != "" {
				equal(t, "events", d.Events, nil)
				if len(d.Ignored) != 1 || d.Ignored[0].EventID != "e" || d.Ignored[0].Reason.String() != c.reason {
					t.Errorf("ignored are %+v, want one because %q", d.Ignored, c.reason)
				}
				return
			}
			if len(d.Events) != 1 || !c.check(d.Events[0]) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestDistributionOneBadEventSparesTheOthers(t *testing.T) {
	d := one(t, `{"id":7},null,{"id":"e","action":"delete","target":{"repository":"a/b","tag":"v1"}}`)
	equal(t, "number of events", len(d.Events), 1)
	equal(t, "number ignored", len(d.Ignored), 2)
	equal(t, "reason", d.Ignored[0].Reason.String(), `the event cannot be read: a JSON number is not what "id" holds`)
}

func TestDistributionNoEvents(t *testing.T) {
	d := one(t, ``)
	equal(t, "decoded", d, source.Decoded{Source: "distribution"})
}

func TestDistributionTooManyEvents(t *testing.T) {
	event := `{"id":"e","action":"delete","target":{"repository":"a/b","tag":"v1"}},`
	d := one(t, strings.TrimSuffix(strings.Repeat(event, 1003), ","))
	equal(t, "number of events", len(d.Events), 1000)
	equal(t, "ignored", d.Ignored, []shipbell.IgnoredEvent{{Reason: text.Literal("3 events after the first 1000 of one request")}})
}

// TestDistributionBothVersionsOfDelete compares what 2.8 sends, which leaves
// empty fields out, with what 3 sends.
func TestDistributionBothVersionsOfDelete(t *testing.T) {
	v2 := one(t, `{"id":"e","action":"delete","target":{"repository":"a/b","tag":"v1"}}`)
	v3 := one(t, `{"id":"e","action":"delete","target":{"mediaType":"","digest":"","size":0,"length":0,"repository":"a/b","url":"","tag":"v1"}}`)
	equal(t, "decoded", v3, v2)
	equal(t, "resources", v3.Events[0].Resources, []source.Resource{{Tag: "v1"}})
}

// TestDistributionIgnoresTheEventsHost changes every address in a recorded
// request and expects the same event.
func TestDistributionIgnoresTheEventsHost(t *testing.T) {
	for _, s := range samples(t, "distribution/01-push-single-03.json") {
		honest := newCatalog().resolve(t, private, mustDecode(t, s.request()).Events[0])
		s.Body = json.RawMessage(bytes.ReplaceAll(s.Body, []byte("127.0.0.1:15001"), []byte("evil.example")))
		spoofed := newCatalog().resolve(t, private, mustDecode(t, s.request()).Events[0])
		equal(t, "event", spoofed.Event, honest.Event)
		if text := fmt.Sprint(*spoofed.Event); strings.Contains(text, "evil") || !slices.ContainsFunc(spoofed.Event.Resources, func(r shipbell.Resource) bool { return r.URL == "reg.example.com/public/app:v1.0.0" }) {
			t.Errorf("got %s", text)
		}
	}
}
