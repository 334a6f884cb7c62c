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
