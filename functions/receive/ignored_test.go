package receive_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// ignored is what another process can tell of what was ignored, the newest first.
func (s *service) ignored() []shipbell.IgnoredEvent {
	s.t.Helper()
	recent, err := s.newStore().Ignored().Recent(s.t.Context(), "default")
	if err != nil {
		s.t.Fatal(err)
	}
	return recent.Events
}

// tcrPush is a push as TCR tells of it, which needs nothing of the catalog.
func tcrPush(repository string) string {
	return fmt.Sprintf(`{"type":"pushImage","occur_at":1589106605,"event_data":{"resources":[{"tag":"v1"}],"repository":{"date_created":1,"repo_full_name":%q}}}`, repository)
}

func pull(id string) string {
	return fmt.Sprintf(`{"events":[{"id":%q,"action":"pull","request":{"method":"GET"},"target":{
		"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"public/nginx","tag":"v1"}}]}`, id)
}

// TestIgnoredIsRemembered sends what makes no deliveries.
func TestIgnoredIsRemembered(t *testing.T) {
	t.Parallel()
	s := newService(t)
	elsewhere := shipbell.Trigger{
		Registry: "default", Name: "elsewhere", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Rule: shipbell.Rule{Namespace: "elsewhere"}, Targets: []shipbell.Target{{URL: "https://a.example.com/"}},
	}
	elsewhere.Normalise()
	if _, err := s.store.CreateTrigger(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		contentType, body string
		want              shipbell.IgnoredEvent
	}{
		"no trigger": {distribution, push("e1", "v1"), shipbell.IgnoredEvent{
			EventID: "e1", Action: shipbell.PushImage, Repository: "public/nginx", Tag: "v1", Reason: text.New(text.IgnoredUnmatched),
		}},
		"a pull, which no trigger is about": {distribution, pull("e2"), shipbell.IgnoredEvent{
			EventID: "e2", Action: shipbell.PullImage, Repository: "public/nginx", Tag: "v1", Reason: text.New(text.IgnoredUnmatched), Routine: true,
		}},
		"a push without a tag": {distribution, push("e3", ""), shipbell.IgnoredEvent{
			EventID: "e3", Action: shipbell.PushImage, Repository: "public/nginx", Reason: text.Literal("a push without a tag"), Routine: true,
		}},
		"a blob": {distribution, `{"events":[{"id":"e4","action":"push","target":{"repository":"public/nginx"}}]}`, shipbell.IgnoredEvent{
			EventID: "e4", Action: shipbell.PushImage, Repository: "public/nginx", Reason: text.Literal("a blob, not a manifest"), Routine: true,
		}},
		"another type": {"application/json", `{"type":"SCAN","occur_at":1,"event_data":{}}`, shipbell.IgnoredEvent{
			Reason: text.Literal(`the event type "SCAN" is not one that Shipbell reports`),
		}},
		"too large": {distribution, strings.Repeat(" ", api.MaxEvent+1), shipbell.IgnoredEvent{Reason: text.Literal("the request's body is larger than 1024 KiB")}},
	} {
		s.now = s.now.Add(time.Hour)
		if w := s.send(at, test.contentType, test.body); w.Code != http.StatusAccepted {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		got := s.ignored()
		if len(got) == 0 {
			t.Errorf("%s: nothing is remembered", name)
			continue
		}
		if test.want.EventID == "" {
			got[0].EventID = ""
		}
		test.want.At = s.now
		if diff := cmp.Diff(test.want, got[0], cmp.Comparer(func(a, b text.Message) bool { return a.String() == b.String() })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	// Where a trigger is about pulls, somebody may wait for one.
	elsewhere.Name, elsewhere.Actions = "pulls", []shipbell.Action{shipbell.PullImage}
	if _, err := s.store.CreateTrigger(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	s.send(at, distribution, pull("e5"))
	if got := s.ignored()[0]; got.EventID != "e5" || got.Routine {
		t.Errorf("a pull that a trigger could match is %+v", got)
	}
}

// TestMatchedIsNotRemembered proves that an event that makes deliveries costs
// nothing more.
func TestMatchedIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	ids(t, s.send(at, distribution, push("e1", "v1")))
	ids(t, s.send(at, "application/json", tcrPush("public/nginx")))
	items, err := s.kv.Range(t.Context(), platform.Range{Partition: "ignored/default", Limit: 10})
	if err != nil || len(items) > 0 {
		t.Errorf("%d records, %v", len(items), err)
	}
}

// TestIgnoredCannotBeRemembered has nothing depend on it.
func TestIgnoredCannotBeRemembered(t *testing.T) {
	t.Parallel()
	s := newService(t)
	blob := func(id string) string {
		return fmt.Sprintf(`{"events":[{"id":%q,"action":"push","target":{"repository":"public/nginx"}}]}`, id)
	}
	s.send(at, distribution, blob("e1")) // warms what is kept in memory
	s.now = s.now.Add(time.Second / 2)
	s.kv.from, s.kv.to = s.kv.calls.Load()+1, s.kv.calls.Load()+1000
	if w := s.send(at, distribution, strings.Replace(blob("e2"), `"push"`, `"scan"`, 1)); w.Code != http.StatusAccepted {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), `level=WARN msg="ignored events are forgotten" registry=default`) {
		t.Errorf("the log is %s", s.log.String())
	}
}
