package e2e_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/registry"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// host is what resource URLs begin with: not where the test's registry is, so
// that an event's own host would show.
const host = "reg.example.com:5000"

// story is a server with a registry before it and a sink behind it.
type story struct {
	t        *testing.T
	server   *server.Server
	registry *registry.Registry
	sink     *sink.Sink
	start    time.Time
	// created is when each repository was first seen, as its first delivery told.
	created  map[string]int64
	requests int // of the sink that were looked at
	markers  int
}

func newStory(t *testing.T, opts ...registry.Option) *story {
	t.Helper()
	s := &story{t: t, sink: sink.Start(t), start: time.Now(), created: map[string]int64{}}
	s.server = server.Start(t, loopback, "--registry-host="+host)
	s.registry = registry.Start(t, s.server.URL(), s.server.Key(), opts...)
	s.server.CreateTrigger(pushes("marker", "marker", s.sink.URL()+"/marker"))
	return s
}

// want is one delivery: the path of its target, and its body without the times.
type want struct {
	Path   string
	Action string
	Repo   string
	Tag    string
	Digest string
}

// body is the whole TCR document that is wanted, but for the times.
func (w want) body() sink.TCR {
	namespace, name, _ := strings.Cut(w.Repo, "/")
	return sink.TCR{
		Type: w.Action, Operator: registry.User,
		EventData: sink.EventData{
			Resources:  []sink.Resource{{Digest: w.Digest, Tag: w.Tag, ResourceURL: host + "/" + w.Repo + ":" + w.Tag}},
			Repository: sink.Repository{Name: name, Namespace: namespace, RepoFullName: w.Repo, RepoType: "private"},
		},
	}
}

// settle waits until all that the registry has told of has been delivered. The
// registry sends in order, so one more event proves that no other is to come;
// and whatever was accepted before it is in the log.
func (s *story) settle() {
	s.t.Helper()
	s.markers++
	tag := time.Now().Format("150405.000000000")
	if _, err := s.registry.PushImage(s.t.Context(), "marker/end", tag, "marker"); err != nil {
		s.t.Fatal(err)
	}
	s.sink.WaitFor(s.t, func(received []*sink.Received) bool {
		return slices.ContainsFunc(received, func(r *sink.Received) bool { return r.URI == "/marker" && r.TCR.EventData.Resources[0].Tag == tag })
	}, patience)
	s.server.WaitFor("", server.AllEnded, patience)
}

// expect settles and compares what has come since it was last called: at the
// sink, and in the log.
func (s *story) expect(step string, wanted ...want) {
	s.t.Helper()
	s.settle()
	all := s.sink.Requests()
	var got []*sink.Received
	for _, r := range all[s.requests:] {
		if r.URI != "/marker" {
			got = append(got, r)
		}
	}
	s.requests = len(all)
	if len(got) != len(wanted) {
		s.t.Errorf("%s: %d requests, want %d", step, len(got), len(wanted))
		for _, r := range got {
			s.t.Log(r)
		}
		return
	}
	order := func(r *sink.Received) string { return r.URI + r.TCR.Type + r.TCR.EventData.Resources[0].Tag }
	slices.SortFunc(got, func(a, b *sink.Received) int { return cmp.Compare(order(a), order(b)) })
	slices.SortFunc(wanted, func(a, b want) int { return cmp.Compare(a.Path+a.Action+a.Tag, b.Path+b.Action+b.Tag) })
	for i, w := range wanted {
		s.compare(step, w, got[i])
	}
}

func (s *story) compare(step string, w want, r *sink.Received) {
	s.t.Helper()
	body := r.TCR
	now := time.Now().Unix()
	if body.OccurAt < s.start.Unix() || body.OccurAt > now {
		s.t.Errorf("%s: %v: occur_at %d is not between %d and %d", step, r, body.OccurAt, s.start.Unix(), now)
	}
	repository := &body.EventData.Repository
	first, known := s.created[w.Repo]
	if !known {
		s.created[w.Repo] = repository.DateCreated
		if repository.DateCreated < s.start.Unix() || repository.DateCreated > body.OccurAt {
			s.t.Errorf("%s: %v: date_created %d is not between %d and %d", step, r, repository.DateCreated, s.start.Unix(), body.OccurAt)
		}
	} else if repository.DateCreated != first {
		s.t.Errorf("%s: %v: date_created %d, but %d before", step, r, repository.DateCreated, first)
	}
	body.OccurAt, repository.DateCreated = 0, 0
	if diff := gocmp.Diff(w.body(), body); diff != "" {
		s.t.Errorf("%s: %s: body (-want +got):\n%s", step, w.Path, diff)
	}
	if r.URI != w.Path || r.Method != "POST" || r.Header.Get("X-Shipbell-Attempt") != "1" || r.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("%s: request %s %s %v, want POST %s, attempt 1", step, r.Method, r.URI, r.Header, w.Path)
	}

	logged := s.server.Delivery(r.ID())
	attempts := logged.Attempts
	if len(attempts) != 1 || attempts[0].Number != 1 || attempts[0].StatusCode != 200 || attempts[0].Error != "" || attempts[0].StartedAt.After(r.Time) {
		s.t.Errorf("%s: %s: attempts in the log %+v", step, w.Path, attempts)
	}
	got := want{
		Path: strings.TrimPrefix(logged.TargetURL, s.sink.URL()), Action: logged.Action, Repo: logged.Repository,
		Tag: logged.Resources[0].Tag, Digest: logged.Resources[0].Digest,
	}
	if diff := gocmp.Diff(w, got); diff != "" || logged.Status != "succeeded" || logged.Operator != registry.User {
		s.t.Errorf("%s: in the log: %s by %q (-want +got):\n%s", step, logged.Status, logged.Operator, diff)
	}
}

// logHolds compares the log as a whole with the requests that came.
func (s *story) logHolds() {
	s.t.Helper()
	requests := perID(s.sink.Requests())
	deliveries := s.server.Deliveries("")
	if len(deliveries) != len(requests) {
		s.t.Errorf("the log has %d deliveries, but %d came", len(deliveries), len(requests))
	}
	for i, d := range deliveries {
		if requests[d.ID] != 1 {
			s.t.Errorf("delivery %s came %d times", d.ID, requests[d.ID])
		}
		if i > 0 && deliveries[i-1].ID <= d.ID {
			s.t.Errorf("the log has %s before %s: not newest first", deliveries[i-1].ID, d.ID)
		}
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	ctx := t.Context()
	to := func(path string) server.Target { return server.Target{URL: s.sink.URL() + path} }
	s.server.CreateTrigger(server.Trigger{
		Name: "images", Actions: []string{"pushImage", "deleteImage"}, Rule: server.Rule{Namespace: "public", Tag: "v*"},
		Targets: []server.Target{to("/images")},
	})
	s.server.CreateTrigger(server.Trigger{
		Name: "both", Actions: []string{"pushImage", "deleteImage", "uploadChart", "deleteChart"}, Rule: server.Rule{Namespace: "{public,charts}"},
		Targets: []server.Target{to("/both/a"), to("/both/b")},
	})
	s.server.CreateTrigger(server.Trigger{
		Name: "elsewhere", Actions: []string{"pushImage", "deleteImage", "uploadChart"}, Rule: server.Rule{Namespace: "private"},
		Targets: []server.Target{to("/elsewhere")},
	})
	s.server.CreateTrigger(server.Trigger{
		Name: "pulls", Actions: []string{"pullImage"}, Rule: server.Rule{Namespace: "public"},
		Targets: []server.Target{to("/pulls")},
	})
	must := func(digest string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}

	app := must(s.registry.PushImage(ctx, "public/app", "v1.0.0", "one"))
	push := func(action, repo, tag, digest string, paths ...string) (all []want) {
		for _, path := range paths {
			all = append(all, want{path, action, repo, tag, digest})
		}
		return all
	}
	s.expect("an image", push("pushImage", "public/app", "v1.0.0", app, "/images", "/both/a", "/both/b")...)

	index, _, err := s.registry.PushIndex(ctx, "public/multi/arch", "v2", "two")
	must(index, err)
	s.expect("an index of two architectures", push("pushImage", "public/multi/arch", "v2", index, "/images", "/both/a", "/both/b")...)

	chart := must(s.registry.PushChart(ctx, "charts/demo", "0.1.0", "three"))
	s.expect("a chart", push("uploadChart", "charts/demo", "0.1.0", chart, "/both/a", "/both/b")...)

	must(s.registry.PushSignature(ctx, "public/app", app))
	s.expect("a signature")

	must(s.registry.PushImage(ctx, "other/app", "v1.0.0", "four"))
	s.expect("an image that no trigger is about")

	must("", s.registry.Tag(ctx, "public/app", "v1.0.0", "stable"))
	s.expect("another tag, for which the client gets the manifest first", append(
		push("pullImage", "public/app", "v1.0.0", app, "/pulls"),
		push("pushImage", "public/app", "stable", app, "/both/a", "/both/b")...)...)

	must(s.registry.Pull(ctx, "public/app", "v1.0.0"))
	s.expect("a pull", push("pullImage", "public/app", "v1.0.0", app, "/pulls")...)

	must("", s.registry.DeleteManifest(ctx, "public/app", app))
	s.expect("a delete by digest, of two tags", append(
		push("deleteImage", "public/app", "v1.0.0", app, "/images", "/both/a", "/both/b"),
		push("deleteImage", "public/app", "stable", app, "/both/a", "/both/b")...)...)

	must("", s.registry.DeleteManifest(ctx, "charts/demo", chart))
	s.expect("a delete of a chart", push("deleteChart", "charts/demo", "0.1.0", chart, "/both/a", "/both/b")...)

	s.logHolds()
}

func TestStoryWithBlobNoise(t *testing.T) {
	t.Parallel()
	s := newStory(t, registry.BlobNoise())
	s.server.CreateTrigger(server.Trigger{
		Name: "all", Actions: []string{"pushImage", "deleteImage", "pullImage", "uploadChart", "deleteChart", "downloadChart"},
		Rule: server.Rule{Namespace: "public"}, Targets: []server.Target{{URL: s.sink.URL() + "/all"}},
	})
	digest, err := s.registry.PushImage(t.Context(), "public/app", "v1", "one")
	if err != nil {
		t.Fatal(err)
	}
	s.expect("an image with its blobs", want{"/all", "pushImage", "public/app", "v1", digest})
	if _, err := s.registry.Pull(t.Context(), "public/app", "v1"); err != nil {
		t.Fatal(err)
	}
	s.expect("a pull with its blobs", want{"/all", "pullImage", "public/app", "v1", digest})
	s.logHolds()
}

func TestNothingIsLostWhileShipbellIsDown(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server.Server){
		"killed": (*server.Server).Kill,
		"ended": func(s *server.Server) {
			if code := s.Terminate(); code != 0 {
				t.Errorf("exit code %d after SIGTERM, want 0", code)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.server.CreateTrigger(pushes("all", "public", s.sink.URL()+"/all"))
			push := func(tag string) want {
				t.Helper()
				digest, err := s.registry.PushImage(t.Context(), "public/app", tag, tag)
				if err != nil {
					t.Fatal(err)
				}
				return want{"/all", "pushImage", "public/app", tag, digest}
			}
			first := push("v1")
			s.settle() // the registry's own queue is in memory: it must be empty
			s.registry.Restart()
			second := push("v2")
			s.expect("around a restart of the registry", first, second)

			end(s.server)
			third, fourth := push("v3"), push("v4")
			s.server.Restart()
			s.expect("pushed while Shipbell was down", third, fourth)

			if err := s.registry.DeleteManifest(t.Context(), "public/app", first.Digest); err != nil {
				t.Fatal(err)
			}
			s.logHolds()
		})
	}
}
