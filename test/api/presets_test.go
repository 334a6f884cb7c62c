package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

// TestPresets lists the presets, and stores a trigger with each: what it says is filled in,
// and sending what is answered changes nothing.
func TestPresets(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	all := decode[apiv1.Presets](s.do("GET", "/v1/presets", nil).want(http.StatusOK)).Presets
	if len(all) != len(preset.Names()) {
		t.Errorf("%d presets, want %d", len(all), len(preset.Names()))
	}
	for _, p := range all {
		target := object{"url": p.URL, "preset": p.Name}
		if p.Secret != "none" {
			target["secret"] = "s3cr3t-s3cr3t"
		}
		made := decode[apiv1.Trigger](s.do("POST", "/v1/triggers/default", object{
			"name": p.Name, "actions": []string{"pushImage"}, "targets": []object{target},
		}).want(http.StatusCreated))
		if got := made.Targets[0]; got.Format != p.Target.Format || got.Template != p.Target.Template || got.Preset != p.Name {
			t.Errorf("%s: stored as %+v", p.Name, got)
		}
		same := decode[apiv1.Trigger](s.do("PATCH", fmt.Sprint("/v1/triggers/default/", made.ID), object{"targets": made.Targets}).want(http.StatusOK))
		if same.Version != made.Version {
			t.Errorf("%s: what was answered is a change", p.Name)
		}
	}
	s.do("POST", "/v1/triggers/default", object{
		"name": "unknown", "actions": []string{"pushImage"}, "targets": []object{{"url": "https://ci.example.com/", "preset": "pigeon"}},
	}).wantFields("targets[0].preset")
	s.do("GET", "/v1/presets?colour=red", nil).wantFields("colour")
}

// TestTestTarget tries targets that are not stored.
func TestTestTarget(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	to := sink.Start(t)
	to.Respond(func(int, *sink.Received) (int, http.Header, string) { return http.StatusOK, nil, `{"errcode":40008}` })
	const path = "/v1/triggers/default/test"
	before := s.state()
	test := func(preset string) apiv1.TestAttempt {
		t.Helper()
		result := decode[apiv1.TestResult](s.do("POST", path, object{
			"action": "deleteImage", "target": object{"url": to.URL(), "preset": preset},
		}).want(http.StatusOK))
		return result.Attempts[0]
	}
	if got := test("wecom"); got.Succeeded || got.Error == "" || got.StatusCode != http.StatusOK || got.Request.Body == "" || got.Kind != shipbell.AttemptTest {
		t.Errorf("what the receiver refused: %+v", got)
	}
	if got := test(""); !got.Succeeded || got.Error != "" {
		t.Errorf("what the receiver took: %+v", got)
	}
	if after := s.state(); !maps.Equal(after, before) {
		t.Errorf("the tests stored something:\n%s\n%s", before, after)
	}
	s.do("POST", path, object{"target": object{"url": "ftp://x/"}}).wantFields("target.url")
	s.do("POST", path, object{"target": object{"url": to.URL(), "timeout": 61}}).wantFields("target.timeout")
	s.do("POST", path, object{"target": object{"url": to.URL(), "format": "template", "template": "{{printf}}"}}).wantFields("target.template")
	s.do("POST", path, object{"target": object{"url": strings.Repeat("a", 300<<10)}}).want(http.StatusRequestEntityTooLarge)
	s.do("POST", path, object{"action": "fly", "target": object{"url": to.URL()}}).wantFields("action")
}
