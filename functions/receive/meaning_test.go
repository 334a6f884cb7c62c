package receive_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// told sends a body and tells in one line for each event what became of it: its action,
// its resources as they were delivered, or why it was ignored.
func (s *service) told(target, body string) []string {
	s.t.Helper()
	w := s.send(target, "application/json", body)
	var a apiv1.Received
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusAccepted {
		s.t.Fatalf("the answer is %d %s", w.Code, w.Body)
	}
	lines := []string{}
	for _, e := range a.Events {
		line := string(e.Action)
		if e.Repeat {
			line += " again"
		}
		for _, id := range e.Deliveries {
			d, err := s.store.Delivery(s.t.Context(), "default", id)
			if err != nil {
				s.t.Fatal(err)
			}
			for _, r := range d.Event.Resources {
				line += fmt.Sprintf(" %s@%s", r.Tag, r.Digest)
			}
		}
		lines = append(lines, line)
	}
	for _, one := range a.Ignored {
		lines = append(lines, string(one.ReasonCode))
	}
	return lines
}

func (s *service) wantTold(what, target, body string, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.told(target, body)); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// createFor makes a trigger for actions of a namespace.
func (s *service) createFor(name, namespace string, actions ...shipbell.Action) {
	s.t.Helper()
	t := shipbell.Trigger{
		Registry: "default", Name: name, Enabled: true, Actions: actions,
		Rule: shipbell.Rule{Namespace: namespace}, Targets: []shipbell.Target{{URL: "https://a.example.com/"}},
	}
	t.Normalise()
	if _, err := s.store.CreateTrigger(s.t.Context(), t); err != nil {
		s.t.Fatal(err)
	}
}

// configure changes the settings of the registry.
func (s *service) configure(change func(*shipbell.Registry)) {
	s.t.Helper()
	r, err := s.store.Registry(s.t.Context(), "default")
	if err != nil {
		s.t.Fatal(err)
	}
	change(&r)
	if _, _, err := s.store.PutRegistry(s.t.Context(), r); err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(2 * time.Second) // until it is in force
}

// requested is a pull as distribution tells of it, by a client on a node of its own.
func requested(id, method, node, tag, digest string, at time.Time) string {
	return fmt.Sprintf(`{"events":[{"id":%q,"action":"pull","timestamp":%q,"request":{"method":%q,"addr":"%s:%d","useragent":"containerd"},"target":{
		"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"public/nginx","tag":%q,"digest":%q}}]}`, id, at.Format(time.RFC3339), method, node, 4000+len(id), tag, digest)
}

// TestPulls pulls as containerd and docker do: by HEAD of a tag and GET of its digest, by
// GET of a tag, and by GET of a digest.
func TestPulls(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createFor("pulls", "public", shipbell.PullImage)
	minute := s.now.UTC().Truncate(time.Minute)
	ids(t, s.send(at, distribution, push("p1", "old")))
	const a, b = "sha256:aaaa", "sha256:bbbb"
	pull := func(what, id, method, node, tag, digest string, after time.Duration, want ...string) {
		t.Helper()
		s.wantTold(what, at, requested(id, method, node, tag, digest, minute.Add(after)), want...)
	}
	pull("a HEAD", "e1", "HEAD", "10.0.0.1", "v1", a, 0, "ignored-head")
	pull("the GET after it", "e2", "GET", "10.0.0.1", "", a, time.Second, "pullImage v1@"+a)
	pull("sent again", "e2", "GET", "10.0.0.1", "", a, time.Second, "pullImage again v1@"+a)
	pull("the same digest in the same minute", "e3", "GET", "10.0.0.1", "v1", a, 2*time.Second, "ignored-pull-repeated")
	pull("sent again", "e3", "GET", "10.0.0.1", "v1", a, 2*time.Second, "ignored-pull-repeated")
	pull("another client, which made no HEAD", "e4", "GET", "10.0.0.2", "", a, 3*time.Second, "pullImage @"+a)
	pull("the same client in another minute", "e5", "GET", "10.0.0.1", "v1", a, time.Minute, "pullImage v1@"+a)
	pull("long after the HEAD", "e6", "GET", "10.0.0.1", "", a, 2*time.Minute, "pullImage @"+a)
	pull("by the digest of a tag", "e7", "GET", "10.0.0.1", "", "sha256:9d4f", 0, "pullImage old@sha256:9d4f")
	pull("of a digest that never had a tag", "e8", "GET", "10.0.0.1", "", b, 0, "pullImage @"+b)
	ids(t, s.send(at, distribution, strings.Replace(push("p2", ""), "9d4f", "cccc", 1)))
	pull("of a digest that was pushed without a tag", "e9", "GET", "10.0.0.1", "", "sha256:cccc", 0, "ignored-pull-untagged")
}

// TestPullsOfAnIndex pulls an index that was pushed before anything was known.
func TestPullsOfAnIndex(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createFor("pulls", "public", shipbell.PullImage)
	index := strings.NewReplacer("image.manifest.v1", "image.index.v1", `"repository"`,
		`"references":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:child"}],"repository"`).
		Replace(requested("e1", "GET", "10.0.0.1", "v1", "sha256:index", s.now))
	s.wantTold("the index", at, index, "pullImage v1@sha256:index")
	s.wantTold("a platform", at, requested("e2", "GET", "10.0.0.1", "", "sha256:child", s.now), "ignored-pull-untagged")
}

// TestPullsNobodyAskedFor counts what they cost: nothing, not even a record of a HEAD.
func TestPullsNobodyAskedFor(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	ids(t, s.send(at, distribution, push("warm", "v1")))
	pulls := func() {
		s.wantTold("a HEAD", at, requested("e1", "HEAD", "10.0.0.1", "v1", "sha256:aaaa", s.now), "ignored-head")
		s.wantTold("a GET", at, requested("e2", "GET", "10.0.0.1", "", "sha256:aaaa", s.now), "pullImage")
	}
	pulls() // which keeps what was ignored
	before := s.kv.calls.Load()
	pulls()
	if calls := s.kv.calls.Load() - before; calls != 0 {
		t.Errorf("%d calls of the store", calls)
	}
	s.createFor("elsewhere", "elsewhere", shipbell.PullImage)
	s.now = s.now.Add(2 * time.Second)
	pulls()
	if items, err := s.kv.Range(t.Context(), platform.Range{Partition: "catalog/default", From: "head ", To: "head!", Limit: 10}); err != nil || len(items) > 0 {
		t.Errorf("HEADs that no trigger is about: %v, %v", items, err)
	}
}

// TestHarborPulls dedupes what has no id and no client but a user.
func TestHarborPulls(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createFor("pulls", "", shipbell.PullImage)
	pull := func(tag, operator string, second int) string {
		return fmt.Sprintf(`{"type":"PULL_ARTIFACT","occur_at":%d,"operator":%q,"event_data":{"resources":[{"tag":%q,"digest":"sha256:aaaa"}],
			"repository":{"repo_full_name":"a/b","date_created":1}}}`, 1796002740+second, operator, tag)
	}
	s.wantTold("a tag", at, pull("v1", "alice", 1), "pullImage v1@sha256:aaaa")
	s.wantTold("its digest", at, pull("sha256:aaaa", "alice", 2), "ignored-pull-repeated")
	s.wantTold("another user", at, pull("sha256:aaaa", "bob", 2), "pullImage @sha256:aaaa")
}

// TestRepeat tells whether an event came before, and makes another of it for each token.
func TestRepeat(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	s.wantTold("the first", at, push("e1", "v1"), "pushImage v1@sha256:9d4f")
	s.wantTold("the same", at, push("e1", "v1"), "pushImage again v1@sha256:9d4f")
	if w := s.send(at+"?again=x", distribution, push("e1", "v1")); w.Code != http.StatusForbidden {
		t.Errorf("with an ingest key: %d %s", w.Code, w.Body)
	}
	s.signIn(shipbell.RoleAdmin)
	for _, token := range []string{"", "A", "a~b", strings.Repeat("a", 65)} {
		if w := s.send(at+"?again="+token, distribution, push("e1", "v1")); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("the token %q: %d %s", token, w.Code, w.Body)
		}
	}
	s.wantTold("on purpose", at+"?again=one", push("e1", "v1"), "pushImage v1@sha256:9d4f")
	s.wantTold("the same token", at+"?again=one", push("e1", "v1"), "pushImage again v1@sha256:9d4f")
	s.wantTold("another token", at+"?again=two", push("e1", "v1"), "pushImage v1@sha256:9d4f")
	if got := len(s.stored()); got != 3 {
		t.Errorf("%d deliveries", got)
	}
}

// signIn goes on with a new key of a role.
func (s *service) signIn(role shipbell.Role) {
	s.t.Helper()
	key, err := s.store.CreateAccessKey(s.t.Context(), access.NewKey(role, nil, ""))
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		s.t.Fatal(err)
	}
	s.key = key.ID + ":" + secret
}

// TestUndated sends events that have neither an id nor a time.
func TestUndated(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	pushed := `{"type":"PUSH_ARTIFACT","event_data":{"resources":[{"tag":"v1"}],"repository":{"repo_full_name":"a/b"}}}`
	s.wantTold("the first", at, pushed, "pushImage v1@")
	s.pass(3 * time.Minute)
	s.wantTold("within 5 minutes", at, pushed, "pushImage again v1@")
	s.wantTold("another tag", at, strings.Replace(pushed, "v1", "v2", 1), "pushImage v2@")
	s.pass(3 * time.Minute)
	s.wantTold("after 5 minutes", at, pushed, "pushImage v1@")
	s.wantTold("once more", at, pushed, "pushImage again v1@")
	s.signIn(shipbell.RoleAdmin)
	s.wantTold("on purpose", at+"?again=one", pushed, "pushImage v1@")
	s.pass(10 * time.Minute)
	s.wantTold("the same token", at+"?again=one", pushed, "pushImage again v1@")
}

// TestOnlyChanged ignores what changes nothing, and tells what a tag pointed to before.
func TestOnlyChanged(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	s.configure(func(r *shipbell.Registry) { r.OnlyChanged = true })
	moved := strings.Replace(push("e3", "v1"), "9d4f", "aaaa", 1)
	s.wantTold("the first", at, push("e1", "v1"), "pushImage v1@sha256:9d4f")
	s.wantTold("the same content", at, push("e2", "v1"), "ignored-unchanged")
	s.wantTold("the first again", at, push("e1", "v1"), "pushImage again v1@sha256:9d4f")
	for range 2 {
		made := ids(t, s.send(at, distribution, moved))
		d, err := s.store.Delivery(t.Context(), "default", made[0])
		if err != nil || d.Event.Resources[0].PreviousDigest != "sha256:9d4f" {
			t.Errorf("a moved tag: %+v, %v", d.Event.Resources, err)
		}
	}
	s.configure(func(r *shipbell.Registry) { r.OnlyChanged = false })
	s.wantTold("the same content, unless set", at, strings.Replace(moved, "e3", "e4", 1), "pushImage v1@sha256:aaaa")
}

// TestChartRepositories takes pushes for charts where nothing tells them from images.
func TestChartRepositories(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createFor("charts", "", shipbell.UploadChart, shipbell.PushImage)
	s.configure(func(r *shipbell.Registry) { r.ChartRepositories = "{charts/**, public/*-chart}" })
	pushed := func(repository string) string {
		return fmt.Sprintf(`{"type":"PUSH_ARTIFACT","occur_at":1796002740,"event_data":{"resources":[{"tag":"v1"}],"repository":{"repo_full_name":%q}}}`, repository)
	}
	s.wantTold("a chart", at, pushed("charts/a/web"), "uploadChart v1@")
	s.wantTold("another", at, pushed("public/web-chart"), "uploadChart v1@")
	s.wantTold("an image", at, pushed("public/web"), "pushImage v1@")
	s.wantTold("an image, as its source says", at, tcrPush("charts/web"), "pushImage v1@")
}

// TestUnmatchedAreKept keeps pushes and deletes that no trigger matches, and no pulls.
func TestUnmatchedAreKept(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createFor("pulls", "elsewhere", shipbell.PullImage)
	kept := func() (n int) {
		t.Helper()
		items, err := s.kv.Range(t.Context(), platform.Range{Partition: "unmatched/default", Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			receipts, err := s.kv.Range(t.Context(), platform.Range{Partition: "event/default/" + string(item.Value), Limit: 10})
			if err != nil || len(receipts) != 1 || !strings.Contains(string(receipts[0].Value), "public/nginx") {
				t.Errorf("the event %s: %v, %v", item.Value, receipts, err)
			}
		}
		return len(items)
	}
	s.wantTold("not kept", at, push("e0", "v1"), "pushImage")
	s.wantTold("not kept, once more", at, push("e0", "v1"), "pushImage")
	s.configure(func(r *shipbell.Registry) { r.KeepUnmatched = true })
	s.wantTold("a push", at, push("e1", "v1"), "pushImage")
	s.wantTold("the same", at, push("e1", "v1"), "pushImage again")
	s.wantTold("a delete", at, strings.Replace(push("e2", "v1"), `"push"`, `"delete"`, 1), "deleteImage")
	s.wantTold("a pull", at, pull("e3"), "pullImage")
	if n := kept(); n != 2 {
		t.Errorf("%d are kept", n)
	}
	// What matched nothing makes no delivery by being sent again, when a trigger would match.
	s.createFor("pushes", "", shipbell.PushImage)
	s.now = s.now.Add(2 * time.Second)
	s.wantTold("sent again later", at, push("e1", "v1"), "pushImage again")
	s.wantTold("another", at, push("e4", "v1"), "pushImage v1@sha256:9d4f")
	if n := kept(); n != 2 {
		t.Errorf("%d are kept", n)
	}
}
