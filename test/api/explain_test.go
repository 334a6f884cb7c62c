package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/text"
)

type verdict struct {
	TriggerID   int64  `json:"trigger_id"`
	TriggerName string `json:"trigger_name"`
	Matched     bool   `json:"matched"`
	Reason      string `json:"reason"`
}

type explained struct {
	Events []struct {
		Event struct {
			ID         string
			Action     string
			Source     string
			Operator   string
			Repository struct {
				FullName string `json:"full_name"`
			}
			Resources []struct{ Tag, Digest string }
		}
		Triggers []verdict
	}
	Ignored []struct {
		EventID string `json:"event_id"`
		Reason  string
	}
}

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
	verdicts := func(reasons ...string) []verdict {
		var list []verdict
		for i, reason := range reasons {
			list = append(list, verdict{int64(i + 1), rules[i].name, reason == all, reason})
		}
		return list
	}
	const notPushed = "action deleteImage is not among pushImage"
	for name, test := range map[string]struct {
		body any
		want []verdict
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
		got := decode[explained](s.do("POST", "/v1/match/default", test.body).want(http.StatusOK))
		if len(got.Events) != 1 || len(got.Ignored) != 0 {
			t.Errorf("%s: %+v, want one event", name, got)
			continue
		}
		if diff := cmp.Diff(test.want, got.Events[0].Triggers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	several := pushed("public/nginx", "v3")
	several["event_data"].(object)["resources"] = []object{{"tag": "v3", "digest": "sha256:1"}, {"tag": "v4", "digest": "sha256:2"}}
	got := decode[explained](s.do("POST", "/v1/match/default?source=tcr", several).want(http.StatusOK))
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
	got := decode[explained](s.do("POST", "/v1/match/default", object{"events": []object{
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
			got := decode[explained](s.do("POST", "/v1/match/default", body).want(http.StatusOK))
			var want, fired []int64
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
	type tested struct {
		Effective    []string
		Matches      []bool
		Warnings     []string
		WarningCodes []apiv1.Coded `json:"warning_codes"`
	}
	for _, test := range []struct {
		name, body string
		want       tested
	}{
		{"prefixes of tags", `{"field":"tag","pattern":"{env1, env2}","names":["env1","env1-x","my-env1"]}`,
			tested{[]string{"env1*", "env2*"}, []bool{true, true, false}, []string{}, []apiv1.Coded{}}},
		{"not of repositories", `{"field":"repository","dialect":"tcr","pattern":"{env1, env2}","names":["env1","env1-x"]}`,
			tested{[]string{"env1", "env2"}, []bool{true, false}, []string{}, []apiv1.Coded{}}},
		{"namespace", `{"field":"namespace","pattern":"/pub*","names":["public","team",""]}`,
			tested{[]string{"pub*"}, []bool{true, false, false}, []string{}, []apiv1.Coded{}}},
		{"empty", `{"field":"tag","pattern":"","names":["","a"]}`, tested{[]string{"**"}, []bool{true, true}, []string{}, []apiv1.Coded{}}},
		{"no names", `{"field":"tag","pattern":"v*"}`, tested{[]string{"v*"}, []bool{}, []string{}, []apiv1.Coded{}}},
		{"null is left out", `{"field":"tag","dialect":null,"pattern":null,"names":null}`, tested{[]string{"**"}, []bool{}, []string{}, []apiv1.Coded{}}},
		{"doublestar", `{"field":"tag","dialect":"doublestar","pattern":"{env1, env2}","names":["env1","env2"," env2"]}`,
			tested{[]string{"{env1, env2}"}, []bool{true, false, true}, []string{"spaces count in this dialect and no name has any: leave them out, also after a comma"}, []apiv1.Coded{{Code: text.WarningSpace}}}},
		{"full-width comma", `{"field":"tag","pattern":"{v1，v2}","names":["v1"]}`,
			tested{[]string{"v1，v2"}, []bool{false}, []string{"a full-width character such as ， or ｛ stands for itself: type the ASCII one"}, []apiv1.Coded{{Code: text.WarningFullWidth}}}},
		{"hostile name", `{"field":"tag","pattern":"*a*b*c*","names":["` + strings.Repeat("a", 250) + `"]}`,
			tested{[]string{"*a*b*c*"}, []bool{false}, []string{}, []apiv1.Coded{}}},
	} {
		got := decode[tested](s.do("POST", "/v1/patterns/test", test.body).want(http.StatusOK))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
