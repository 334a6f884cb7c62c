// Package story is the way of an event from end to end, with a real registry before
// a shipbell, wherever that runs, and a target behind it.
package story

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/registry"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// Host is the one that the shipbell must have for its registry default. Resource
// URLs begin with it: it is not where the test's registry is, so that an event's own
// host would show.
const Host = "reg.example.com:5000"

// patience bounds every wait; none should come near it.
const patience = 30 * time.Second

// Story is a shipbell with a registry before it and a sink behind it.
type Story struct {
	Server   *server.Server
	Registry *registry.Registry
	Sink     *sink.Sink

	t     testing.TB
	start time.Time
	// created is when each repository was first seen, as its first delivery told.
	created  map[string]int64
	requests int // of the sink that were looked at
	markers  int
}

// New puts a registry before a shipbell whose registry default has the host Host,
// and a sink behind it.
func New(t testing.TB, srv *server.Server, opts ...registry.Option) *Story {
	t.Helper()
	s := &Story{t: t, Server: srv, Sink: sink.Start(t), start: time.Now(), created: map[string]int64{}}
	s.Registry = registry.Start(t, srv.URL(), srv.Key(), opts...)
	srv.CreateTrigger(apiv1.TriggerSettings{
		Name: "marker", Actions: []shipbell.Action{"pushImage"}, Rule: shipbell.Rule{Namespace: "marker"},
		Targets: []apiv1.Target{{URL: s.Sink.URL() + "/marker"}},
	})
	return s
}

// Want is one delivery: the path of its target, and its body without the times.
type Want struct {
	Path   string
	Action string
	Repo   string
	Tag    string
	Digest string
}

// body is the whole TCR document that is wanted, but for the times.
func (w Want) body() sink.TCR {
	namespace, name, _ := strings.Cut(w.Repo, "/")
	return sink.TCR{
		Type: w.Action, Operator: registry.User,
		EventData: sink.EventData{
			Resources:  []sink.Resource{{Digest: w.Digest, Tag: w.Tag, ResourceURL: Host + "/" + w.Repo + ":" + w.Tag}},
			Repository: sink.Repository{Name: name, Namespace: namespace, RepoFullName: w.Repo, RepoType: "private"},
		},
	}
}

// Settle waits until all that the registry has told of has been delivered. The
// registry sends in order, so one more event proves that no other is to come;
// and whatever was accepted before it is in the log.
func (s *Story) Settle() {
	s.t.Helper()
	s.markers++
	tag := time.Now().Format("150405.000000000")
	if _, err := s.Registry.PushImage(s.t.Context(), "marker/end", tag, "marker"); err != nil {
		s.t.Fatal(err)
	}
	s.Sink.WaitFor(s.t, func(received []*sink.Received) bool {
		return slices.ContainsFunc(received, func(r *sink.Received) bool { return r.URI == "/marker" && r.TCR.EventData.Resources[0].Tag == tag })
	}, patience)
	s.Server.WaitFor(client.DeliveryQuery{}, server.AllEnded, patience)
}

// Expect settles and compares what has come since it was last called: at the
// sink, and in the log.
func (s *Story) Expect(step string, wanted ...Want) {
	s.t.Helper()
	s.Settle()
	all := s.Sink.Requests()
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
	slices.SortFunc(wanted, func(a, b Want) int { return cmp.Compare(a.Path+a.Action+a.Tag, b.Path+b.Action+b.Tag) })
	for i, w := range wanted {
		s.compare(step, w, got[i])
	}
}

func (s *Story) compare(step string, w Want, r *sink.Received) {
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

	logged := s.Server.Delivery(r.ID())
	attempts := logged.Attempts
	if len(attempts) != 1 || attempts[0].Number != 1 || attempts[0].StatusCode != 200 || attempts[0].Error != "" || attempts[0].StartedAt.After(r.Time) {
		s.t.Errorf("%s: %s: attempts in the log %+v", step, w.Path, attempts)
	}
	got := Want{
		Path: strings.TrimPrefix(logged.TargetURL, s.Sink.URL()), Action: string(logged.Action), Repo: logged.Repository,
		Tag: logged.Resources[0].Tag, Digest: logged.Resources[0].Digest,
	}
	if diff := gocmp.Diff(w, got); diff != "" || logged.Status != "succeeded" || logged.Operator != registry.User {
		s.t.Errorf("%s: in the log: %s by %q (-want +got):\n%s", step, logged.Status, logged.Operator, diff)
	}
}

// LogHolds compares the log as a whole with the requests that came.
func (s *Story) LogHolds() {
	s.t.Helper()
	requests := map[shipbell.DeliveryID]int{}
	for _, r := range s.Sink.Requests() {
		requests[r.ID()]++
	}
	deliveries := s.Server.Deliveries(client.DeliveryQuery{})
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
