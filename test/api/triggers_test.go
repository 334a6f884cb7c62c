package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/sink"
)

const someURL = "https://ci.example.com/hook"

// plain is a trigger as the API shows it, without what changes by itself.
func plain(a answer) object {
	o := decode[object](a)
	delete(o, "created_at")
	delete(o, "updated_at")
	return o
}

func TestTriggerLife(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	const at = "/v1/triggers/default"
	want := object{
		"id": 1.0, "registry": "default", "name": "webhook-demo", "description": "", "enabled": true, "version": 1.0,
		"actions": []any{"pushImage"},
		"rule":    object{"namespace": "", "repository": "", "tag": "", "dialect": "tcr"},
		"targets": []any{object{"id": 1.0, "url": someURL, "headers": []any{}, "format": "tcr", "template": "", "secret": "", "path_secret": false}},
		"labels":  object{},
	}
	check := func(step string, got answer, status int) {
		t.Helper()
		if diff := cmp.Diff(want, plain(got.want(status))); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", step, diff)
		}
		if diff := cmp.Diff(want, plain(s.do("GET", at+"/1", nil).want(http.StatusOK))); diff != "" {
			t.Fatalf("read after: %s (-want +got):\n%s", step, diff)
		}
		list := decode[struct{ Triggers []object }](s.do("GET", at, nil).want(http.StatusOK))
		if len(list.Triggers) != 1 || list.Triggers[0]["version"] != want["version"] {
			t.Fatalf("list after: %s: %v", step, list)
		}
	}
	created := s.do("POST", at, object{"name": "webhook-demo", "actions": []string{"pushImage"}, "targets": []object{{"url": someURL}}})
	check("create with as little as can be", created, http.StatusCreated)

	for _, change := range []struct {
		step  string
		patch string
		want  object
	}{
		{"nothing", `{}`, nil},
		{"description", `{"description":"releases"}`, object{"description": "releases"}},
		{"labels", `{"labels":{"team":"Payments","成本中心":"A/B-1"}}`, object{"labels": object{"team": "Payments", "成本中心": "A/B-1"}}},
		{"disable", `{"enabled":false}`, object{"enabled": false}},
		{"null keeps what is there", `{"enabled":null,"name":null,"description":null,"actions":null,"rule":null,"targets":null,"labels":null}`, nil},
		{"a part of the rule", `{"rule":{"tag":"v*"}}`, object{"rule": object{"namespace": "", "repository": "", "tag": "v*", "dialect": "tcr"}}},
		{"another part of the rule", `{"rule":{"namespace":"public","dialect":"doublestar"}}`,
			object{"rule": object{"namespace": "public", "repository": "", "tag": "v*", "dialect": "doublestar"}}},
		{"actions", `{"actions":["deleteChart","pullImage"]}`, object{"actions": []any{"deleteChart", "pullImage"}}},
		{"fewer actions", `{"actions":["pullImage"]}`, object{"actions": []any{"pullImage"}}},
		{"name", `{"name":"renamed"}`, object{"name": "renamed"}},
		{"what cannot be set", `{"id":7,"registry":"other","version":99,"created_at":"x","updated_at":null,"warnings":[{"field":"rule.tag"}]}`, nil},
		{"targets", `{"targets":[{"url":"https://a.example.com/","format":"cloudevents"},{"url":"https://b.example.com/"}]}`, object{"targets": []any{
			object{"id": 2.0, "url": "https://a.example.com/", "headers": []any{}, "format": "cloudevents", "template": "", "secret": "", "path_secret": false},
			object{"id": 3.0, "url": "https://b.example.com/", "headers": []any{}, "format": "tcr", "template": "", "secret": "", "path_secret": false},
		}}},
		{"the same targets", `{"targets":[{"url":"https://a.example.com/","format":"cloudevents","secret":""},{"url":"https://b.example.com/","headers":[]}]}`, nil},
		{"a target by its id, and a new one", `{"targets":[{"id":3,"url":"https://c.example.com/","path_secret":true},{"id":0,"url":"https://d.example.com/"}]}`, object{"targets": []any{
			object{"id": 3.0, "url": "https://c.example.com/", "headers": []any{}, "format": "tcr", "template": "", "secret": "", "path_secret": true},
			object{"id": 4.0, "url": "https://d.example.com/", "headers": []any{}, "format": "tcr", "template": "", "secret": "", "path_secret": false},
		}}},
		{"enable", `{"enabled":true}`, object{"enabled": true}},
	} {
		// A change of nothing changes no version.
		if change.want != nil {
			want["version"] = want["version"].(float64) + 1
		}
		for field, value := range change.want {
			want[field] = value
		}
		check("patch "+change.step, s.do("PATCH", at+"/1", change.patch), http.StatusOK)
	}

	check("put back what was read", s.do("PUT", at+"/1", s.do("GET", at+"/1", nil).body), http.StatusOK)

	want["version"] = want["version"].(float64) + 1
	for field, value := range (object{
		"name": "another", "description": "", "enabled": true, "actions": []any{"uploadChart"},
		"rule":    object{"namespace": "", "repository": "", "tag": "", "dialect": "tcr"},
		"targets": []any{object{"id": 5.0, "url": someURL, "headers": []any{}, "format": "tcr", "template": "", "secret": "", "path_secret": false}},
		"labels":  object{},
	}) {
		want[field] = value
	}
	check("put takes the defaults for what is left out",
		s.do("PUT", at+"/1", object{"name": "another", "actions": []string{"uploadChart"}, "targets": []object{{"url": someURL}}}), http.StatusOK)

	s.do("PATCH", at+"/1", `{"targets":[{"id":4,"url":"https://d.example.com/"},{"id":5,"url":"https://e.example.com/"},{"id":5,"url":"https://f.example.com/"}]}`).wantFields("targets[0].id", "targets[2].id")

	first, last := decode[apiv1.Trigger](created), decode[apiv1.Trigger](s.do("GET", at+"/1", nil))
	if !first.CreatedAt.Equal(last.CreatedAt) || !last.UpdatedAt.After(first.UpdatedAt) {
		t.Errorf("times are %v and %v, at first %v and %v", last.CreatedAt, last.UpdatedAt, first.CreatedAt, first.UpdatedAt)
	}
	s.do("DELETE", at+"/1", nil).want(http.StatusNoContent)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		s.do(method, at+"/1", "{}").want(http.StatusNotFound)
	}
}

// TestDryRun checks changes without making them.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	const at = "/v1/triggers/default"
	settings := func(name string) object {
		return object{"name": name, "actions": []string{"pushImage"}, "targets": []object{{"url": someURL}}}
	}
	s.do("POST", at, settings("first")).want(http.StatusCreated)
	before := s.do("GET", at, nil).String()
	s.do("POST", at+"?dry_run=true", settings("second")).want(http.StatusNoContent)
	s.do("POST", at+"?dry_run=true", settings("first")).want(http.StatusConflict)
	s.do("POST", at+"?dry_run=true", object{}).want(http.StatusUnprocessableEntity)
	s.do("PUT", at+"/1?dry_run=true", settings("second")).want(http.StatusNoContent)
	s.with("If-Match", "7").do("PUT", at+"/1?dry_run=true", settings("second")).want(http.StatusPreconditionFailed)
	s.do("PATCH", at+"/1?dry_run=true", object{"enabled": false}).want(http.StatusNoContent)
	s.do("PATCH", at+"/1?dry_run=perhaps", object{"enabled": false}).want(http.StatusUnprocessableEntity)
	if after := s.do("GET", at, nil).String(); after != before {
		t.Errorf("the triggers were %s\nand are %s", before, after)
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	at := s.trigger("default", "first", someURL)
	settings := object{"name": "first", "actions": []string{"pushImage"}, "targets": []object{{"url": someURL}}}
	version := func() int64 { return decode[apiv1.Trigger](s.do("GET", at, nil).want(http.StatusOK)).Version }
	for _, test := range []struct {
		match string
		ok    bool
	}{
		{"", true}, {"*", true}, {"%d", true}, {`"%d"`, true},
		{"0", false}, {"99", false}, {`"99"`, false}, {`W/"%d"`, false}, {"x", false}, {"%d.0", false}, {`"`, false},
	} {
		for method, body := range map[string]any{"PUT": settings, "PATCH": object{"description": "changed"}} {
			match := strings.ReplaceAll(test.match, "%d", fmt.Sprint(version()))
			asking := s.client
			if match != "" {
				asking = asking.with("If-Match", match)
			}
			before := s.do("GET", at, nil).body
			got := asking.do(method, at, body)
			if !test.ok {
				got.want(http.StatusPreconditionFailed)
				if diff := cmp.Diff(string(before), string(s.do("GET", at, nil).body)); diff != "" {
					t.Errorf("%s with If-Match %s changed something (-before +after):\n%s", method, match, diff)
				}
				continue
			}
			got.want(http.StatusOK)
		}
	}
	s.with("If-Match", fmt.Sprint(version()-1)).do("DELETE", at, nil).want(http.StatusPreconditionFailed)
	s.with("If-Match", fmt.Sprintf(`"%d"`, version())).do("DELETE", at, nil).want(http.StatusNoContent)
}

// TestPendingDeliveriesOfTrigger proves that what waits is cancelled at once when
// the trigger is disabled or deleted.
func TestPendingDeliveriesOfTrigger(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*stack, string) answer
		status int
		reason string
	}{
		"disabled by patch": {
			func(s *stack, at string) answer { return s.do("PATCH", at, object{"enabled": false}) },
			http.StatusOK, "the trigger is disabled",
		},
		"disabled by put": {
			func(s *stack, at string) answer {
				return s.do("PUT", at, object{"name": "first", "enabled": false, "actions": []string{"pushImage"}, "targets": []object{{"url": someURL}}})
			},
			http.StatusOK, "the trigger is disabled",
		},
		"deleted": {
			func(s *stack, at string) answer { return s.do("DELETE", at, nil) },
			http.StatusNoContent, "the trigger was deleted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			at := s.trigger("default", "first", someURL)
			s.trigger("default", "second", someURL)
			ids := s.push("default", "public/nginx", "v1")
			if got := s.delivery("default", ids[0]); got.Status != shipbell.Pending {
				t.Fatalf("a new delivery is %s", got.Status)
			}
			test.change(s, at).want(test.status)
			if got := s.delivery("default", ids[0]); got.Status != shipbell.Cancelled || got.Reason != test.reason || got.NextAttemptAt != nil {
				t.Errorf("its delivery is %+v, want it cancelled because %s", got, test.reason)
			}
			if got := s.delivery("default", ids[1]); got.Status != shipbell.Pending {
				t.Errorf("the delivery of another trigger is %s", got.Status)
			}
			if ids := s.push("default", "public/nginx", "v2"); len(ids) != 1 {
				t.Errorf("an event made the deliveries %q, want one of the other trigger", ids)
			}
		})
	}
}

// TestTestTrigger tries triggers out: enabled or not, at targets that answer and
// at those that may not be reached.
func TestTestTrigger(t *testing.T) {
	t.Parallel()
	target := sink.Start(t)
	target.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		if r.URI == "/broken" {
			return http.StatusTeapot, nil, "no"
		}
		return http.StatusOK, nil, "yes"
	})
	try := func(t *testing.T, s *stack, urls ...string) []apiv1.TestAttempt {
		t.Helper()
		var targets []object
		for _, u := range urls {
			targets = append(targets, object{"url": u})
		}
		s.do("POST", "/v1/triggers/default", object{
			"name": "tried", "enabled": false, "actions": []string{"uploadChart", "pushImage"}, "rule": object{"namespace": "team"}, "targets": targets,
		}).want(http.StatusCreated)
		before := s.state()
		got := decode[apiv1.TestResult](s.do("POST", "/v1/triggers/default/1/test", nil).want(http.StatusOK))
		if diff := cmp.Diff(before, s.state()); diff != "" {
			t.Errorf("the test stored something (-before +after):\n%s", diff)
		}
		return got.Attempts
	}
	t.Run("answers", func(t *testing.T) {
		t.Parallel()
		s := newStack(t)
		closed := "http://127.0.0.1:1/"
		want := []apiv1.TestAttempt{
			{TargetURL: target.URL() + "/good", Succeeded: true, Attempt: apiv1.Attempt{Number: 1, Kind: shipbell.AttemptTest, StatusCode: http.StatusOK, Response: "yes"}},
			{TargetURL: target.URL() + "/broken", Attempt: apiv1.Attempt{
				Number: 1, Kind: shipbell.AttemptTest, StatusCode: http.StatusTeapot, Error: "status 418", ErrorCode: text.StatusNotSuccess, ErrorKind: shipbell.ErrorStatus, Response: "no",
			}},
			{TargetURL: closed, Attempt: apiv1.Attempt{Number: 1, Kind: shipbell.AttemptTest, Error: "connect: connection refused", ErrorCode: text.ConnectFailed, ErrorKind: shipbell.ErrorConnect}},
		}
		times := cmp.Options{
			cmpopts.IgnoreFields(apiv1.Attempt{}, "StartedAt", "DurationMS", "RemoteAddress", "Timings", "RequestBytes", "ResponseBytes", "ResponseHeaders"),
			cmpopts.IgnoreFields(apiv1.TestAttempt{}, "Request"),
		}
		if diff := cmp.Diff(want, try(t, s, want[0].TargetURL, want[1].TargetURL, closed), times); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		got := target.Wait(t, 2, 0)[0]
		if got.TCR.Type != "uploadChart" || got.TCR.EventData.Repository.Namespace != "team" || got.ID() == "" ||
			got.Header.Get("x-shipbell-attempt") != "1" {
			t.Errorf("the target got %v", got)
		}
	})
	t.Run("forbidden", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, "10.0.0.0/8") // and so not loopback
		urls := []string{
			target.URL(), "http://localhost:1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://192.168.0.1/",
			"http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/", "http://①②⑦.⓪.⓪.①/",
		}
		for i, got := range try(t, s, urls...) {
			if got.TargetURL != urls[i] || got.StatusCode != 0 || got.Error == "" || got.Response != "" {
				t.Errorf("%s: %+v, want an error alone", urls[i], got)
			}
			if i < 7 && got.Error[:min(len(got.Error), 15)] != "blocked address" {
				t.Errorf("%s: %q, want a blocked address", urls[i], got.Error)
			}
		}
	})
}
