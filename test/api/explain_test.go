package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestMatch asks which triggers an event would fire, and why not the others.
func TestMatch(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	const all = "every clause matches"
	rules := []struct {
		name    string
		actions []string
		enabled bool
		rule    object
	}{
		{"all", []string{"pushImage", "deleteImage"}, true, object{}},
		{"off", []string{"pushImage"}, false, object{}},
		{"charts", []string{"uploadChart", "deleteChart"}, true, object{}},
		{"namespace", []string{"pushImage"}, true, object{"namespace": "team"}},
		{"repository", []string{"pushImage"}, true, object{"namespace": "public", "repository": "apache*"}},
		{"tag", []string{"pushImage"}, true, object{"repository": "nginx", "tag": "{v1,v2}.*"}},
		{"beta", []string{"pushImage"}, true, object{"tag": "*-beta"}},
	}
	for _, r := range rules {
		s.do("POST", "/v1/triggers/default", object{
			"name": r.name, "actions": r.actions, "enabled": r.enabled, "rule": r.rule, "targets": []object{{"url": someURL}},
		}).want(http.StatusCreated)
	}
	verdicts := func(reasons ...string) []apiv1.Verdict {
		var list []apiv1.Verdict
		for i, reason := range reasons {
			list = append(list, apiv1.Verdict{TriggerID: shipbell.ID(i + 1), TriggerName: rules[i].name, Matched: reason == all, Reason: reason})
		}
		return list
	}
	const notPushed = "action deleteImage is not among pushImage"
	for name, test := range map[string]struct {
		body any
		want []apiv1.Verdict
	}{
		"short": {
			object{"action": "pushImage", "repository": "public/nginx", "tag": "v1.10.0"},
			verdicts(all, "disabled", "action pushImage is not among uploadChart, deleteChart", `namespace "public" does not match "team"`,
				`repository "nginx" does not match "apache*"`, all, `tag "v1.10.0" does not match "*-beta"`),
		},
		"no namespace and no tag": {
			object{"action": "pushImage", "repository": "nginx"},
			verdicts(all, "disabled", "action pushImage is not among uploadChart, deleteChart", `namespace (none) does not match "team"`,
				`namespace (none) does not match "public"`, `tag (none) does not match "{v1,v2}.*"`, `tag (none) does not match "*-beta"`),
		},
		"another action": {
			object{"action": "deleteImage", "repository": "public/nginx", "tag": "v1"},
			verdicts(all, "disabled", "action deleteImage is not among uploadChart, deleteChart", notPushed, notPushed, notPushed, notPushed),
		},
		"a whole event": {
			pushed("team/nginx", "v2.0-beta"),
			verdicts(all, "disabled", "action pushImage is not among uploadChart, deleteChart", all,
				`namespace "team" does not match "public"`, all, all),
		},
	} {
		got := decode[apiv1.MatchAnswer](s.do("POST", "/v1/match/default", test.body).want(http.StatusOK))
		if len(got.Events) != 1 || len(got.Ignored) != 0 {
			t.Errorf("%s: %+v, want one event", name, got)
			continue
		}
		if diff := cmp.Diff(test.want, got.Events[0].Triggers, cmpopts.IgnoreFields(apiv1.Verdict{}, "Code", "Args")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	several := pushed("public/nginx", "v3")
	several["event_data"].(object)["resources"] = []object{{"tag": "v3", "digest": "sha256:1"}, {"tag": "v4", "digest": "sha256:2"}}
	got := decode[apiv1.MatchAnswer](s.do("POST", "/v1/match/default?source=tcr", several).want(http.StatusOK))
	if want := `none of the tags "v3", "v4" matches "{v1,v2}.*"`; got.Events[0].Triggers[5].Reason != want {
		t.Errorf("several tags: %q, want %q", got.Events[0].Triggers[5].Reason, want)
	}
	event := got.Events[0].Event
	if event.Source != "tcr" || event.Operator != "alice" || event.Repository.FullName != "public/nginx" || len(event.Resources) != 2 || event.ID == "" {
		t.Errorf("the event is read as %+v", event)
	}
}

// TestMatchIgnored asks about events that are no events for Shipbell, and about
// several at once.
func TestMatchIgnored(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.trigger("default", "all", someURL)
	event := func(id, action, media, tag string) object {
		return object{"id": id, "action": action, "target": object{"mediaType": media, "repository": "public/nginx", "tag": tag, "digest": "sha256:9d4f"}}
	}
	const manifest, blob = "application/vnd.oci.image.manifest.v1+json", "application/octet-stream"
	before := s.state()
	got := decode[apiv1.MatchAnswer](s.do("POST", "/v1/match/default", object{"events": []object{
		event("e1", "push", manifest, "v1"), event("e2", "push", blob, ""), event("e3", "push", manifest, ""), event("e4", "push", manifest, "v2"),
	}}).want(http.StatusOK))
	var events, ignored []string
	for _, e := range got.Events {
		events = append(events, e.Event.ID)
		if len(e.Triggers) != 1 || !e.Triggers[0].Matched {
			t.Errorf("the event %s: %+v, want a match", e.Event.ID, e.Triggers)
		}
	}
	for _, i := range got.Ignored {
		ignored = append(ignored, i.EventID+": "+i.Reason)
	}
	if diff := cmp.Diff([]string{"e1", "e4"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"e2: a blob, not a manifest", "e3: a push without a tag"}, ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, s.state()); diff != "" {
		t.Errorf("the dry run stored something (-before +after):\n%s", diff)
	}
}

// TestMatchAgreesWithReceive proves that a dry run tells what would happen.
func TestMatchAgreesWithReceive(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	n := 0
	for _, namespace := range []string{"", "public", "{public,team}", "p*"} {
		for _, repository := range []string{"", "nginx", "**/nginx", "n?inx"} {
			for _, tag := range []string{"", "v*", "{v1, latest}", "?*"} {
				n++
				s.do("POST", "/v1/triggers/default", object{
					"name": fmt.Sprintf("trigger-%d", n), "actions": []string{"pushImage"}, "enabled": n%9 != 0,
					"rule": object{"namespace": namespace, "repository": repository, "tag": tag}, "targets": []object{{"url": someURL}},
				}).want(http.StatusCreated)
			}
		}
	}
	for _, repository := range []string{"nginx", "public/nginx", "team/sub/nginx", "public/a"} {
		for _, tag := range []string{"v1", "v1.10.0", "latest", "main"} {
			body := pushed(repository, tag)
			got := decode[apiv1.MatchAnswer](s.do("POST", "/v1/match/default", body).want(http.StatusOK))
			var want, fired []shipbell.ID
			for _, v := range got.Events[0].Triggers {
				if v.Matched {
					want = append(want, v.TriggerID)
				}
			}
			for _, id := range s.push("default", repository, tag) {
				fired = append(fired, s.delivery("default", id).TriggerID)
			}
			slices.Sort(fired)
			if diff := cmp.Diff(want, fired); diff != "" {
				t.Errorf("triggers for %s:%s (-dry run +received):\n%s", repository, tag, diff)
			}
		}
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	answer := func(effective []string, matches []bool, warnings ...text.Code) apiv1.PatternAnswer {
		messages := make([]text.Message, len(warnings))
		for i, code := range warnings {
			messages[i] = text.New(code)
		}
		return apiv1.NewPatternAnswer(effective, matches, messages, text.English)
	}
	for _, test := range []struct {
		name, body string
		want       apiv1.PatternAnswer
	}{
		{"prefixes of tags", `{"field":"tag","pattern":"{env1, env2}","names":["env1","env1-x","my-env1"]}`,
			answer([]string{"env1*", "env2*"}, []bool{true, true, false})},
		{"not of repositories", `{"field":"repository","dialect":"tcr","pattern":"{env1, env2}","names":["env1","env1-x"]}`,
			answer([]string{"env1", "env2"}, []bool{true, false})},
		{"namespace", `{"field":"namespace","pattern":"/pub*","names":["public","team",""]}`,
			answer([]string{"pub*"}, []bool{true, false, false})},
		{"empty", `{"field":"tag","pattern":"","names":["","a"]}`, answer([]string{"**"}, []bool{true, true})},
		{"no names", `{"field":"tag","pattern":"v*"}`, answer([]string{"v*"}, []bool{})},
		{"null is left out", `{"field":"tag","dialect":null,"pattern":null,"names":null}`, answer([]string{"**"}, []bool{})},
		{"doublestar", `{"field":"tag","dialect":"doublestar","pattern":"{env1, env2}","names":["env1","env2"," env2"]}`,
			answer([]string{"{env1, env2}"}, []bool{true, false, true}, text.WarningSpace)},
		{"full-width comma", `{"field":"tag","pattern":"{v1，v2}","names":["v1"]}`,
			answer([]string{"v1，v2"}, []bool{false}, text.WarningFullWidth)},
		{"hostile name", `{"field":"tag","pattern":"*a*b*c*","names":["` + strings.Repeat("a", 250) + `"]}`,
			answer([]string{"*a*b*c*"}, []bool{false})},
	} {
		got := decode[apiv1.PatternAnswer](s.do("POST", "/v1/patterns/test", test.body).want(http.StatusOK))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
