package logs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
)

// keep keeps an event that nothing matched, of a repository.
func (s *service) keep(id, repository string, more ...shipbell.Resource) {
	s.t.Helper()
	event := shipbell.Event{
		ID: id, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: repository, Type: "private"},
		Resources: []shipbell.Resource{{Tag: "v1", URL: "reg.example.com/" + repository + ":v1"}},
	}
	event.Resources = append(event.Resources, more...)
	if _, err := s.store.KeepUnmatched(s.t.Context(), "default", &event); err != nil {
		s.t.Fatal(err)
	}
	s.clock.Pass(time.Second)
}

// answer asks, and reads the answer.
func answer[T any](s *service, method, target, body string, status int) (value T) {
	s.t.Helper()
	w := s.do(method, target, body)
	if w.Code != status {
		s.t.Fatalf("%s %s: %d %s, want %d", method, target, w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		s.t.Fatal(err)
	}
	return value
}

// rule gives the trigger of the service a namespace, as somebody who corrects it
// does.
func (s *service) rule(namespace string) {
	s.t.Helper()
	t, err := s.store.Trigger(s.t.Context(), "default", s.trigger.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	t.Rule.Namespace = namespace
	if s.trigger, err = s.store.ReplaceTrigger(s.t.Context(), t); err != nil {
		s.t.Fatal(err)
	}
	s.clock.Pass(2 * time.Second)
}

// TestReplayUnmatched corrects a rule, looks at what it would have fired, and has it fired
// once.
func TestReplayUnmatched(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.rule("publik")
	since := s.clock.Now()
	s.keep("e1", "public/nginx")
	s.keep("e2", "other/nginx")
	until := s.clock.Now()
	s.keep("e3", "public/redis")

	list := answer[apiv1.Unmatched](s, http.MethodGet, "/v1/unmatched/default", "", http.StatusOK)
	if len(list.Events) != 3 || list.Events[2].EventID != "e1" || list.NextCursor != "" || list.Damaged != 0 {
		t.Fatalf("kept are %+v", list)
	}
	first := list.Events[2]
	if len(first.Matching) != 0 || len(first.Nearest) != 1 || first.Nearest[0].Code != "match-namespace" || first.Nearest[0].TriggerName != "first" || first.Others != 1 {
		t.Errorf("why it matched nothing: %+v", first)
	}
	if len(s.queue.messages) > 0 {
		t.Error("a list wakes deliver")
	}

	s.rule("public")
	list = answer[apiv1.Unmatched](s, http.MethodGet, "/v1/unmatched/default?limit=2", "", http.StatusOK)
	if len(list.Events) != 2 || len(list.Events[0].Matching) != 1 || len(list.Events[1].Matching) != 0 || list.NextCursor == "" {
		t.Errorf("with the rule corrected: %+v", list)
	}
	rest := answer[apiv1.Unmatched](s, http.MethodGet, "/v1/unmatched/default?limit=2&cursor="+list.NextCursor, "", http.StatusOK)
	if len(rest.Events) != 1 || rest.Events[0].EventID != "e1" {
		t.Errorf("the next page is %+v", rest)
	}

	span := fmt.Sprintf(`{"since":%q,"until":%q}`, since.Format(time.RFC3339Nano), until.Format(time.RFC3339Nano))
	dry := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay?dry_run=true", span, http.StatusOK)
	if dry.Count != 1 || dry.EventCount != 1 || len(dry.Events) != 1 || dry.Events[0].EventID != "e1" || dry.Next != nil ||
		!cmp.Equal(dry.Events[0].Triggers, []apiv1.TriggerName{{ID: 1, Name: "first"}}) || len(dry.Events[0].Deliveries) != 0 {
		t.Errorf("a dry run tells of %+v", dry)
	}
	if len(s.queue.messages) > 0 || len(s.noted(t)) > 0 {
		t.Error("a dry run does something")
	}
	done := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay", span, http.StatusAccepted)
	if done.Count != 1 || len(done.Events) != 1 || len(done.Events[0].Deliveries) != 1 {
		t.Fatalf("the replay made %+v", done)
	}
	made := done.Events[0].Deliveries
	if diff := cmp.Diff(made, s.woken()); diff != "" {
		t.Errorf("deliver is woken for (-made +woken):\n%s", diff)
	}
	d := answer[apiv1.Delivery](s, http.MethodGet, "/v1/deliveries/default/"+string(made[0]), "", http.StatusOK)
	if d.EventID != "e1" || d.Status != shipbell.Pending || d.Repository != "public/nginx" || d.TriggerID != 1 {
		t.Errorf("the delivery is %+v", d)
	}

	// Of all time there is one more, and then none.
	for _, want := range []int{1, 0} {
		if all := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay", `{}`, http.StatusAccepted); all.Count != want {
			t.Errorf("of all time %d are made, want %d", all.Count, want)
		}
	}
	want := []audit.Entry{{Action: audit.EventsReplayed, Count: 1}, {Action: audit.EventsReplayed, Count: 1}}
	if diff := cmp.Diff(want, s.noted(t)); diff != "" {
		t.Errorf("the audit log (-want +got):\n%s", diff)
	}
}

// noted is what the audit log has, without when and who.
func (s *service) noted(t *testing.T) (all []audit.Entry) {
	t.Helper()
	entries, err := audit.New(s.store.Items(), time.Hour).List(t.Context(), "", 100, "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, audit.Entry{Action: e.Action, Object: e.Object, Count: e.Count})
	}
	return all
}

// TestReplayOne replays one event by its id, which may be that of no other registry.
func TestReplayOne(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.keep("e1", "public/nginx")
	s.keep("e2", "public/redis")
	list := answer[apiv1.Unmatched](s, http.MethodGet, "/v1/unmatched/default", "", http.StatusOK)
	id := string(list.Events[0].ID)
	if done := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay", fmt.Sprintf(`{"id":%q}`, id), http.StatusAccepted); done.Count != 1 || done.Events[0].EventID != "e2" {
		t.Errorf("the replay of one made %+v", done)
	}
	if all := s.noted(t); len(all) != 1 || all[0].Object != id {
		t.Errorf("the audit log has %+v", all)
	}
	for _, none := range []string{"x", "00000000000000000000000000"} {
		if problem := answer[apiv1.Problem](s, http.MethodPost, "/v1/unmatched/default/replay", fmt.Sprintf(`{"id":%q}`, none), http.StatusNotFound); problem.Code != "unmatched-unknown" {
			t.Errorf("%s: %+v", none, problem)
		}
	}
}

// TestReplayInParts makes deliveries of so many events a request, and tells where to go on.
func TestReplayInParts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i := range 260 {
		s.keep(fmt.Sprint("e", i), "public/nginx")
	}
	dry := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay?dry_run=true", `{}`, http.StatusOK)
	if dry.Count != 260 || len(dry.Events) != 100 || dry.Next != nil {
		t.Errorf("a dry run counts %d, names %d, next %v", dry.Count, len(dry.Events), dry.Next)
	}
	part := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay", `{}`, http.StatusAccepted)
	if part.Count != 250 || part.Next == nil {
		t.Fatalf("the first request makes %d, next %v", part.Count, part.Next)
	}
	rest := answer[apiv1.Replayed](s, http.MethodPost, "/v1/unmatched/default/replay", fmt.Sprintf(`{"since":%q}`, part.Next.Format(time.RFC3339Nano)), http.StatusAccepted)
	if rest.Count != 10 || rest.Next != nil {
		t.Errorf("the second makes %d, next %v", rest.Count, rest.Next)
	}
	if n := len(s.woken()); n != 260 {
		t.Errorf("deliver is woken %d times", n)
	}
}

// TestReplayOfSingleFormat counts in a dry run what is then made: a delivery of each resource
// for a target whose format names one image.
func TestReplayOfSingleFormat(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.rule("publik")
	s.keep("e1", "public/nginx", shipbell.Resource{Tag: "v2", URL: "reg.example.com/public/nginx:v2"})
	s.trigger.Targets[0].Format = shipbell.FormatDockerHub
	if _, err := s.store.ReplaceTrigger(t.Context(), s.trigger); err != nil {
		t.Fatal(err)
	}
	s.rule("public")
	const at = "/v1/unmatched/default/replay"
	dry := answer[apiv1.Replayed](s, http.MethodPost, at+"?dry_run=true", "{}", http.StatusOK)
	done := answer[apiv1.Replayed](s, http.MethodPost, at, "{}", http.StatusAccepted)
	if dry.Count != 2 || done.Count != 2 || done.EventCount != 1 {
		t.Errorf("a dry run tells of %d deliveries, and %d were made, want 2", dry.Count, done.Count)
	}
}
