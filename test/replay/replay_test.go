// Package replay_test sends what real registries sent, in the order in which it came and
// at the time at which it came, to the functions receive and deliver, and compares what a
// target gets.
package replay_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

// life is a registry whose requests were captured.
type life struct {
	name string
	// secret is that of the registry's hook.
	secret string
}

// differs are the labels of a life that do not yet give what they should, as
// testdata/differs.txt lists them. A label that does is to be taken out.
func differs(t *testing.T, life string) (labels []string) {
	t.Helper()
	for line := range strings.Lines(string(readFile(t, "testdata/differs.txt"))) {
		if of, label, _ := strings.Cut(strings.TrimSpace(line), " "); of == life {
			labels = append(labels, label)
		}
	}
	return labels
}

func lives() []life {
	return []life{
		{name: "distribution"},
		{name: "distribution-life"},
		{name: "zot-life"},
		{name: "harbor-default"},
		{name: "harbor-cloudevents"},
		{name: "gitea", secret: "s3cr3t-of-the-hook"},
	}
}

// TestLives replays each life. Every request is answered 202, and every label gives
// exactly the bodies that are expected.
func TestLives(t *testing.T) {
	t.Parallel()
	for _, l := range lives() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			captures, want := read(t, l.name)
			got, refused := newProcess(t, l.registry()).replayAll(captures)
			labels := differs(t, l.name)
			for label := range got {
				if _, ok := want[label]; !ok {
					t.Errorf("nothing says what is expected of %s", label)
				}
			}
			for label, bodies := range want {
				fault := cmp.Diff(bodies, got[label], cmpopts.EquateEmpty())
				if refused[label] != 0 {
					fault += fmt.Sprintf("answered %d\n", refused[label])
				}
				switch known := slices.Contains(labels, label); {
				case fault != "" && !known:
					t.Errorf("%s (-want +got):\n%s", label, fault)
				case fault == "" && known:
					t.Errorf("%s gives what it should: take it out of differs.txt", label)
				}
			}
			for _, label := range labels {
				if _, ok := want[label]; !ok {
					t.Errorf("differs.txt names %s, which is no label", label)
				}
			}
		})
	}
}

// registry is how the registry is configured in Shipbell.
func (l life) registry() shipbell.Registry {
	return shipbell.Registry{ID: "default", Host: "reg.example.com", Secret: shipbell.NewSecret(l.secret)}
}

// complete fills in what the list of expected bodies of Gitea leaves out: the time of a
// push is that of the package's version, and that of a delete when it came.
func complete(t *testing.T, captures []capture, want map[string][]sink.TCR) {
	t.Helper()
	first, at := map[string]int64{}, map[string]int{}
	for _, c := range captures {
		var body struct {
			Action  string
			Package struct {
				Name, Version, Type string
				Owner               struct{ Login, Visibility string }
				CreatedAt           time.Time `json:"created_at"`
			}
		}
		if err := json.Unmarshal(c.Body, &body); err != nil {
			t.Fatal(err)
		}
		p, occurred := body.Package, c.ReceivedAt.Unix()
		repository := strings.ToLower(p.Owner.Login + "/" + p.Name)
		if p.Type != "container" && p.Type != "helm" {
			continue
		}
		if body.Action == "created" {
			occurred = p.CreatedAt.Unix()
			if first[repository] == 0 {
				first[repository] = occurred
			}
		}
		bodies, next := want[c.Label], at[c.Label]
		if next == len(bodies) || !about(bodies[next], body.Action, repository, p.Version) {
			continue // nothing is expected of it
		}
		at[c.Label]++
		b := &bodies[next]
		b.OccurAt, b.EventData.Repository.DateCreated, b.EventData.Repository.RepoType = occurred, first[repository], "private"
		if p.Owner.Visibility == "public" {
			b.EventData.Repository.RepoType = "public"
		}
	}
}

// about reports whether a body is what comes of an action on a version, which is a tag or
// a digest.
func about(b sink.TCR, action, repository, version string) bool {
	resource := b.EventData.Resources[0]
	return b.EventData.Repository.RepoFullName == repository && (resource.Tag == version || resource.Digest == version) &&
		strings.HasPrefix(b.Type, "delete") == (action == "deleted")
}

// actions are those that the expected bodies have.
func actions() []shipbell.Action {
	return []shipbell.Action{shipbell.PushImage, shipbell.DeleteImage, shipbell.UploadChart, shipbell.DeleteChart}
}
