package source_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

// victim is a request that makes an event, which the tests below change.
type victim struct {
	source string
	// sample is a file of testdata, or one of the constructed cases.
	sample string
	// needed are the fields without which there is no event, the fields around them
	// included. A * stands for any element of a list.
	needed string
}

func victims() []victim {
	const acr = "action target target.repository target.tag target.digest"
	const gitea = "action package package.owner package.owner.login package.name package.type package.version"
	const ghcr = "action %[1]s %[1]s.name %[1]s.package_type %[1]s.owner %[1]s.owner.login %[1]s.package_version %[1]s.package_version.container_metadata" +
		" %[1]s.package_version.container_metadata.tag %[1]s.package_version.container_metadata.tag.name %[1]s.package_version.container_metadata.tag.digest" +
		" %[1]s.namespace %[1]s.package_version.version repository repository.full_name"
	const tcr = "event_data event_data.resources event_data.resources.* event_data.resources.*.tag event_data.resources.*.digest" +
		" event_data.repository event_data.repository.repo_full_name event_data.repository.name event_data.repository.namespace"
	harbor := strings.ReplaceAll(" "+tcr, " event_data", " data")
	return []victim{
		{"distribution", "distribution/01-push-single-03.json", "events events.* events.*.id events.*.action events.*.target events.*.target.mediaType events.*.target.repository events.*.target.tag events.*.target.digest"},
		{"ecr", "ecr/push.json", "id detail-type detail detail.result detail.sync-status detail.action-type detail.repository-name detail.image-tag detail.image-digest"},
		{"ecr", "ecr cloudevent-push", "specversion id type data data.repositoryName data.imageTag data.imageDigest"},
		{"zot", "zot/01-push-single-02.json", "name reference digest"},
		{"forgejo", "forgejo container-created", gitea},
		{"gitea", "documented/gitea-package-created.json", gitea},
		{"ghcr", "ghcr package-tag", fmt.Sprintf(ghcr, "package")},
		{"ghcr", "ghcr registry_package-tag", fmt.Sprintf(ghcr, "registry_package")},
		{"nexus", "nexus docker-created", "action component component.format component.name component.version"},
		{"harbor", "harbor-cloudevents pushed", "specversion id type data" + harbor},
		{"cloudevents", "cloudevents own-structured", "specversion id type data " + strings.ReplaceAll(harbor, " data", " data.event_data") + " data.type"},
		{"tcr", "tcr/tcr-pushImage.json", "type " + tcr},
		{"gar", "gar unwrapped", "action tag digest"},
		{"acr", "acr push-image", "id " + acr},
		{"acr", "eventgrid ImagePushed-cloudevents-schema", "specversion id type data data.id data." + strings.ReplaceAll(acr, " ", " data.")},
		{"aliyun", "aliyun push", "push_data push_data.tag push_data.digest repository repository.repo_full_name repository.name repository.namespace"},
		{"aliyun", "aliyun eventbridge-push", "specversion id type data data.RepoNamespaceName data.RepoName data.Tag"},
		{"dockerhub", "dockerhub push-int-time", "push_data push_data.tag repository repository.repo_name repository.name repository.namespace"},
		{"quay", "quay push-list", "updated_tags updated_tags.* repository"},
		{"jfrog", "jfrog docker-pushed", "domain event_type data data.repo_key data.path data.image_name data.tag data.sha256"},
	}
}

// request is the victim's request with another body.
func (v victim) request(t testing.TB) source.Request {
	t.Helper()
	if strings.HasSuffix(v.sample, ".json") {
		return samples(t, v.sample)[0].request()
	}
	name, label, _ := strings.Cut(v.sample, " ")
	for _, s := range suites(t) {
		for _, c := range s.Cases {
			if s.name == name && c.Label == label {
				return c.request()
			}
		}
	}
	t.Fatalf("no case %s", v.sample)
	return source.Request{}
}

func (v victim) isNeeded(path []string) bool {
	return slices.ContainsFunc(strings.Fields(v.needed), func(needed string) bool {
		return slices.EqualFunc(strings.Split(needed, "."), path, func(a, b string) bool { return a == b || a == "*" })
	})
}

// survive decodes a request as often as a sender may send it, and holds what comes of it
// against the limits. It gives the events.
func survive(t *testing.T, what string, r source.Request) []source.DecodedEvent {
	t.Helper()
	d, err := source.Decode(r)
	if kind := shipbell.KindOf(err); err != nil && kind != shipbell.Malformed {
		t.Errorf("%s: error of kind %v: %v", what, kind, err)
	}
	for _, f := range d.Events {
		checkDecoded(t, f)
	}
	return d.Events
}

// values are values of every type.
func values() []any {
	many := make([]any, 1000)
	for i := range many {
		many[i] = map[string]any{"a": i}
	}
	return []any{nil, true, 7, -1e300, "x", "", "\x00\n", []any{}, []any{1, "a"}, many, map[string]any{}, map[string]any{"a": []any{nil}}, strings.Repeat("x", 4096)}
}

// TestAdversarial changes one thing after the other in a good request of each dialect.
func TestAdversarial(t *testing.T) {
	covered := map[string]bool{}
	for _, v := range victims() {
		covered[v.source] = true
		t.Run(v.source+"/"+v.sample, func(t *testing.T) {
			r := v.request(t)
			if d := mustDecode(t, r); len(d.Events) != 1 || d.Source != v.source {
				t.Fatalf("the request as it is gives %+v", d)
			}
			var body any
			if err := json.Unmarshal(r.Body, &body); err != nil {
				t.Fatal(err)
			}
			walk(body, nil, func(path []string, set func(any)) {
				for _, value := range values() {
					set(value)
					r.Body, _ = json.Marshal(body)
					got := survive(t, strings.Join(path, "."), r)
					if !v.isNeeded(path) && len(got) != 1 {
						t.Errorf("%s as %.40v: %d events, want the one that does not depend on it", strings.Join(path, "."), value, len(got))
					}
				}
			})
			for _, forced := range []string{"", v.source} {
				for _, text := range []string{"", "{}", "[]", "null", "7", `"x"`, "[{}]", "{", `{"":`, `{"a":{}`, `{"a":"\`, `{"a" "b"}`, "{\"a\":\xff}"} {
					r.Body, r.Source = []byte(text), forced
					survive(t, text, r)
				}
			}
		})
	}
	for _, name := range source.Names() {
		if !covered[name] && name != "gitlab" {
			t.Errorf("no request of source %s", name)
		}
	}
}

// walk calls visit for everything inside a JSON value, with a function that replaces it.
// What was there is put back, and an unknown field is added to each object.
func walk(value any, path []string, visit func(path []string, set func(any))) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner, here := v[name], append(slices.Clone(path), name)
			visit(here, func(other any) { v[name] = other })
			v[name] = inner
			walk(inner, here, visit)
		}
		v["unknown_field"] = map[string]any{"a": []any{1}}
	case []any:
		for i, inner := range v {
			here := append(slices.Clone(path), fmt.Sprint(i))
			visit(here, func(other any) { v[i] = other })
			v[i] = inner
			walk(inner, here, visit)
		}
	}
}

// TestLargeBodies decodes bodies as large as the largest that is read. What they may
// allocate is a multiple of their size.
func TestLargeBodies(t *testing.T) {
	const size, times = 1 << 20, 40
	for _, v := range victims() {
		r := v.request(t)
		body := strings.TrimSpace(string(r.Body))
		for what, filling := range map[string]string{
			"deep lists":   `{"x":` + strings.Repeat("[", size/2-1) + strings.Repeat("]", size/2-1),
			"deep objects": `{"x":` + strings.Repeat(`{"a":`, size/7) + "1" + strings.Repeat("}", size/7),
			"a text":       `{"x":"` + strings.Repeat("x", size) + `"`,
			"escapes":      `{"x":"` + strings.Repeat(`\"`, size/2) + `"`,
			"numbers":      `{"x":[` + strings.Repeat("1,", size/2-1) + "1]",
			"many members": `{"x":1` + strings.Repeat(`,"abcd":1`, size/9),
		} {
			r.Body = []byte(filling + "," + body[1:])
			if body[0] != '{' {
				continue
			}
			before := allocated()
			survive(t, v.source+" with "+what, r)
			if used := allocated() - before; used > times*size {
				t.Errorf("%s with %s: %d bytes allocated for %d", v.sample, what, used, len(r.Body))
			}
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
