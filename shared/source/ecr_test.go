package source_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/source"
)

const ecrDigest = "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234"

func TestECRSamples(t *testing.T) {
	c := newCatalog()
	for _, s := range []struct{ name, repository, want string }{
		{"push", "my-repository-name", "pushImage latest@" + ecrDigest},
		{"push-chart", "charts/demo", "uploadChart 0.1.0@" + ecrDigest},
		{"delete", "my-repository-name", "deleteImage latest@" + ecrDigest},
		{"replication", "docker-hub/alpine", "pushImage 3.17.2@" + ecrDigest},
		{"pull-through", "docker-hub/alpine", "pushImage 3.17.2@sha256:4aa08ef415aecc80814cb42fa41b658480779d80c77ab15EXAMPLE"},
	} {
		d := mustDecode(t, samples(t, "ecr/"+s.name+".json")[0].request())
		equal(t, "source", d.Source, "ecr")
		r := c.resolve(t, private, d.Events[0])
		equal(t, s.name, outcome(r), s.want)
		equal(t, "repository", r.Event.Repository.FullName, s.repository)
		equal(t, "address", strings.HasPrefix(r.Event.Resources[0].URL, "reg.example.com/"+s.repository+":"), true)
		equal(t, "operator", r.Event.Operator, "")
	}
}

func ecr(t *testing.T, changes ...string) source.Decoded {
	t.Helper()
	body := string(samples(t, "ecr/push.json")[0].Body)
	replaced := strings.NewReplacer(changes...).Replace(body)
	if len(changes) > 0 && replaced == body {
		t.Fatalf("nothing to replace: %q", changes)
	}
	return mustDecode(t, source.Request{Body: []byte(replaced), ReceivedAt: noon})
}

func TestECREvents(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
		reason  string
		check   func(source.DecodedEvent) bool
	}{
		{"as documented", nil, "", func(f source.DecodedEvent) bool {
			return f.EventID == "13cde686-328b-6117-af20-0e5566167482" && f.Time.Unix() == 1573869274 && f.Verb == source.Push && f.Kind == source.Unknown
		}},
		{"an image", []string{`"image-tag": "latest"`, `"image-tag":"a","artifact-media-type":"application/vnd.oci.image.config.v1+json"`}, "", func(f source.DecodedEvent) bool { return f.Kind == source.Image }},
		{"an index", []string{`"image-tag": "latest"`, `"image-tag":"a","manifest-media-type":"application/vnd.oci.image.index.v1+json"`}, "", func(f source.DecodedEvent) bool { return f.Kind == source.Image }},
		{"an empty tag", []string{`"latest"`, `""`}, "", func(f source.DecodedEvent) bool { return f.Resources[0] == source.Resource{Digest: ecrDigest} }},
		{"no id", []string{`"id"`, `"other"`}, "", func(f source.DecodedEvent) bool { return len(f.EventID) == 32 }},
		{"no time", []string{`"time"`, `"other"`}, "", func(f source.DecodedEvent) bool { return f.Time.Equal(noon) }},
		{"an unknown field", []string{`"result"`, `"new":[1],"result"`}, "", func(f source.DecodedEvent) bool { return f.Verb == source.Push }},

		{"a failure", []string{"SUCCESS", "FAILURE"}, `the action did not succeed: its result is "FAILURE"`, nil},
		{"no result", []string{`"result"`, `"other"`}, `the action did not succeed: its result is ""`, nil},
		{"a scan", []string{"ECR Image Action", "ECR Image Scan"}, `the event type "ECR Image Scan" is not one that Shipbell reports`, nil},
		{"a referrer", []string{"ECR Image Action", "ECR Referrer Action"}, `the event type "ECR Referrer Action" is not one that Shipbell reports`, nil},
		{"another action", []string{`"PUSH"`, `"REPLICATE"`}, `the action "REPLICATE" is not one that Shipbell reports`, nil},
		{"a failed replication", []string{"ECR Image Action", "ECR Replication Action", "PUSH", "REPLICATE", "SUCCESS", "FAILED"}, `the action did not succeed: its result is "FAILED"`, nil},
		{"another action of replication", []string{"ECR Image Action", "ECR Replication Action"}, `the action "PUSH" is not one that Shipbell reports`, nil},
		{"a failed pull through a cache", []string{"ECR Image Action", "ECR Pull Through Cache Action", `"result"`, `"sync-status"`, "SUCCESS", "FAILED"}, `the action did not succeed: its result is "FAILED"`, nil},
		{"no repository", []string{"repository-name", "other"}, "it names no repository", nil},
		{"neither tag nor digest", []string{"image-tag", "a", "image-digest", "b"}, "it names neither a tag nor a digest", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ecr(t, c.changes...)
			if c.reason != "" {
				if len(d.Events) != 0 || len(d.Ignored) != 1 || d.Ignored[0].Reason.String() != c.reason || d.Ignored[0].EventID == "" {
					t.Errorf("got %+v", d)
				}
				return
			}
			if len(d.Events) != 1 || !c.check(d.Events[0]) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// silent is a decoded event of a source whose delete of a digest stands for its tags.
func silent(id string, verb source.Verb, minutes int, tag, digest string) source.DecodedEvent {
	f := decodedEvent(id, verb, minutes, tag, digest)
	f.Source, f.UnreportedTags = "ecr", true
	return f
}

func TestResolveSilentDeletes(t *testing.T) {
	const push, del = source.Push, source.Delete
	signature := "sha256-" + strings.Repeat("0a", 32) + ".sig"
	type step struct {
		event source.DecodedEvent
		want  string
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"a digest with two tags", []step{
			{silent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{silent("2", push, 2, "v2", digestA), "pushImage v2@" + digestA},
			{silent("3", del, 3, "", digestA), "deleteImage v1@" + digestA + " v2@" + digestA},
			{silent("4", del, 4, "", digestA), "deleteImage @" + digestA},
			{silent("3", del, 3, "", digestA), "deleteImage v1@" + digestA + " v2@" + digestA},
		}},
		{"a digest whose tag moved on", []step{
			{silent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{silent("2", push, 2, "v2", digestA), "pushImage v2@" + digestA},
			{silent("3", push, 3, "v1", digestB), "pushImage v1@" + digestB},
			{silent("4", del, 4, "", digestA), "deleteImage v2@" + digestA},
			{silent("5", del, 5, "v1", digestB), "deleteImage v1@" + digestB},
		}},
		{"a tag, and then the digest", []step{
			{chart(silent("1", push, 1, "v1", digestA)), "uploadChart v1@" + digestA},
			{chart(silent("2", push, 2, "v2", digestA)), "uploadChart v2@" + digestA},
			{silent("3", del, 3, "v1", digestA), "deleteChart v1@" + digestA},
			{silent("4", del, 4, "", digestA), "deleteChart v2@" + digestA},
		}},
		{"a digest never seen", []step{{silent("1", del, 1, "", digestA), "deleteImage @" + digestA}}},
		{"a digest without tags", []step{
			{chart(silent("1", push, 1, "", digestA)), "ignored: a push without a tag"},
			{silent("2", del, 2, "", digestA), "deleteChart @" + digestA},
		}},
		{"a late delete does not undo a push", []step{
			{silent("2", push, 2, "v1", digestA), "pushImage v1@" + digestA},
			{silent("1", del, 1, "", digestA), "deleteImage @" + digestA},
			{silent("3", del, 3, "", digestA), "deleteImage v1@" + digestA},
		}},
		{"a signature", []step{
			{silent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{silent("2", push, 2, signature, digestB), "ignored: a signature, attestation or SBOM, which this registry is set not to report"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newCatalog()
			for i, s := range c.steps {
				if got := outcome(k.resolve(t, private, s.event)); got != s.want {
					t.Errorf("step %d: got %q, want %q", i+1, got, s.want)
				}
			}
		})
	}
}

// TestResolveSilentAccessories deletes a digest that is known under accessories'
// tags, learnt while they were reported.
func TestResolveSilentAccessories(t *testing.T) {
	signature := "sha256-" + strings.Repeat("0a", 32) + ".sig"
	all := private
	all.Accessories = true
	c := newCatalog()
	c.resolve(t, all, silent("1", source.Push, 1, signature, digestA))
	equal(t, "reported", outcome(c.resolve(t, all, silent("2", source.Delete, 2, "", digestA))), "deleteImage "+signature+"@"+digestA)

	c = newCatalog()
	c.resolve(t, all, silent("1", source.Push, 1, signature, digestA))
	equal(t, "not reported", outcome(c.resolve(t, private, silent("2", source.Delete, 2, "", digestA))),
		"ignored: a signature, attestation or SBOM, which this registry is set not to report")
	c.resolve(t, all, silent("3", source.Push, 3, signature, digestB))
	c.resolve(t, all, silent("4", source.Push, 3, "v1", digestB))
	equal(t, "one of two", outcome(c.resolve(t, private, silent("5", source.Delete, 4, "", digestB))), "deleteImage v1@"+digestB)
}
