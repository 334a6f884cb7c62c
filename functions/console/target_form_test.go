package console_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestPresetInForm chooses a preset. It is filled in by its button, or when the form is sent;
// what is changed after that stays.
func TestPresetInForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	form := filled("targets[0].preset", "dokploy", "targets[0].headers[0].key", "X-Own", "targets[0].headers[0].value", "1")
	s.post(list, instead(form, "do", "preset:0")...).shows(http.StatusOK,
		`<option value="dokploy" selected>`, `<option value="dockerhub" selected>`, `value="User-Agent"`, `value="Go-http-client/1.1"`, `value="X-Own"`, "301")
	s.post(list, form...).leads(http.StatusSeeOther, list+"/1?done=created")
	again := instead(append(form, "targets[0].filled", "dokploy", "targets[0].options", `{"permanent": [410]}`), "name", "second")
	s.post(list, again...).leads(http.StatusSeeOther, list+"/2?done=created")
	if second, _ := s.stored(2); second.Targets[0].Format != shipbell.FormatTCR || !slices.Equal(second.Targets[0].Permanent, []int{410}) {
		t.Errorf("changed and stored as %+v", second.Targets[0])
	}
	got, _ := s.stored(1)
	want := shipbell.Options{Preset: "dokploy", Permanent: []int{301, 400, 410}}
	if diff := cmp.Diff(want, got.Targets[0].Options); diff != "" || got.Targets[0].Format != shipbell.FormatDockerHub || len(got.Targets[0].Headers) != 2 {
		t.Errorf("stored as %+v (-want +got):\n%s", got.Targets[0], diff)
	}
}

// TestOptionsInForm stores options, and is told what is wrong with others.
func TestOptionsInForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	for text, says := range map[string]string{
		`{"timeout": 61}`:                       "timeout: must be a whole number from 1 to 60",
		`{"success": {"statuses": ["2xx", ""]}`: "JSON",
		`{"colour": 1}`:                         "colour",
		`{"busy": {"statuses": ["429"]}}`:       "busy.statuses",
	} {
		s.post(list, filled("targets[0].options", text)...).shows(http.StatusUnprocessableEntity, says, `id="problem-targets-0-options"`)
	}
	s.post(list, filled("targets[0].options", `{"timeout": 30, "method": "PUT"}`)...).leads(http.StatusSeeOther, list+"/1?done=created")
	got, _ := s.stored(1)
	if diff := cmp.Diff(shipbell.Options{Method: "PUT", Timeout: 30}, got.Targets[0].Options); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	s.get(list+"/1").shows(http.StatusOK, "&#34;timeout&#34;: 30")
}

// TestWaitsInForm stores a trigger's waits, shows and changes them, and is told what is wrong.
func TestWaitsInForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	s.post(list, filled("retry", "30s, 1ms")...).shows(http.StatusUnprocessableEntity, "1ms", "is not a wait", `value="30s, 1ms"`)
	s.post(list, filled("retry", "30s,5m 1h")...).leads(http.StatusSeeOther, list+"/1?done=created")
	s.get(list+"/1").shows(http.StatusOK, `value="30s, 5m, 1h"`)
	if got, _ := s.stored(1); !slices.Equal(got.Retry, []string{"30s", "5m", "1h"}) {
		t.Errorf("stored %v", got.Retry)
	}
	s.post(list+"/1", filled("retry", "", "version", "1")...).leads(http.StatusSeeOther, list+"/1?done=saved")
	if got, _ := s.stored(1); len(got.Retry) != 0 {
		t.Errorf("taken away, there is %v", got.Retry)
	}
}

// TestTestOfTarget tries a target of a form that is not stored.
func TestTestOfTarget(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	form := instead(filled("targets[0].preset", "slack"), "do", "test:0")
	s.post(list, form...).shows(http.StatusOK, "&lt;b&gt;got&lt;/b&gt; shipbell/test", "mrkdwn", "Webhook-Id: ", "X-Shipbell-Attempt: 1")
	s.post(list, instead(form, "targets[0].url", "ftp://x")...).shows(http.StatusUnprocessableEntity, "begins with http")
	if all, _, err := s.store.Triggers(t.Context(), "default", 0, 10); err != nil || len(all) != 0 {
		t.Errorf("stored are %+v, %v", all, err)
	}
}
