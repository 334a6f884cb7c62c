package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

// TestHistory finds deliveries by all that a filter has, exports and clears them, and sends
// past events through the triggers of today.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	target := sink.Start(t)
	target.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		if strings.HasPrefix(r.URI, "/down") {
			return http.StatusGone, nil, ""
		}
		return http.StatusOK, nil, ""
	})
	s.trigger("default", "up", target.URL()+"/up")
	down := s.trigger("default", "down", target.URL()+"/down")
	s.work()
	first := s.push("default", "public/nginx", "v1")
	time.Sleep(2 * time.Millisecond)
	second := s.push("default", "team/web/app", "v2")
	ended := func(ids ...shipbell.DeliveryID) {
		t.Helper()
		for _, id := range ids {
			for s.delivery("default", id).Status == shipbell.Pending {
				time.Sleep(2 * time.Millisecond)
			}
		}
	}
	ended(slices.Concat(first, second)...)
	event := s.delivery("default", second[0]).EventID
	count := func(query string) int {
		t.Helper()
		return len(decode[apiv1.Deliveries](s.do("GET", deliveriesAt+"?"+query, nil).want(http.StatusOK)).Deliveries)
	}
	since := "since=" + url.QueryEscape(time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
	for query, want := range map[string]int{
		since: 4, "trigger=down": 2, "trigger=2": 2, "target=1": 4, "target=2": 0, "status=failed": 2,
		"answer=4xx": 2, "answer=2xx&trigger=up": 2, "answer=none": 0, "error_kind=status": 2, "error_kind=dns": 0,
		"namespace=team": 2, "namespace=web": 0, "repository_contains=NGINX": 2, "repository_pattern=team%2F**": 2, "repository_pattern=nginx": 0,
		"tag=v1": 2, "tag=v3": 0, "digest=sha256:9d": 4, "digest=sha256:aa": 0, "tag=v1&digest=sha256:9d4f": 2,
		"event=" + url.QueryEscape(event): 2, "event=" + string(first[0]): 1, "event=" + strings.ToLower(string(first[1])) + "&status=failed": 1, "event=none": 0,
		"tag=v1&trigger=down&answer=4xx": 1, "cleared=false": 4, "cleared=true": 0,
	} {
		if got := count(query); got != want {
			t.Errorf("%s finds %d, want %d", query, got, want)
		}
	}

	lines := strings.Split(strings.TrimSpace(string(s.do("GET", deliveriesAt+"/export?tag=v1", nil).want(http.StatusOK).body)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"repository":"public/nginx"`) {
		t.Errorf("exported are %q", lines)
	}
	rows, err := csv.NewReader(strings.NewReader(string(s.do("GET", deliveriesAt+"/export?format=csv&status=failed", nil).want(http.StatusOK).body))).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "id" {
		t.Errorf("the table is %v, %v", rows, err)
	}

	// Cleared: they stay, and nothing counts them as failing.
	clear := func(body object, dry string, status int) int {
		t.Helper()
		return decode[apiv1.Changed](s.do("POST", deliveriesAt+"/clear"+dry, body).want(status)).Count
	}
	if n := clear(object{"tag": "v1"}, "?dry_run=true", http.StatusOK); n != 1 || count("cleared=true") != 0 {
		t.Errorf("a dry run counts %d", n)
	}
	if n := clear(object{"tag": "v1"}, "", http.StatusAccepted); n != 1 || count("cleared=true") != 1 || count("status=failed&cleared=false") != 1 {
		t.Errorf("cleared are %d", n)
	}
	if n := clear(object{"tag": "v1"}, "", http.StatusAccepted); n != 0 {
		t.Errorf("once more: %d", n)
	}
	if d := s.delivery("default", first[1]); d.ClearedAt.IsZero() == (d.Status == shipbell.Failed) {
		t.Errorf("%s was cleared at %s", d.Status, d.ClearedAt)
	}

	// A trigger that was deleted is found by its name.
	s.do("DELETE", down, nil).want(http.StatusNoContent)
	if got := count("trigger=down"); got != 2 {
		t.Errorf("the deleted trigger has %d", got)
	}

	// A trigger of today gets the past, once; by a name all get it once more.
	s.trigger("default", "late", target.URL()+"/late")
	replay := func(body object, dry string, status, want int) apiv1.Replayed {
		t.Helper()
		done := decode[apiv1.Replayed](s.do("POST", deliveriesAt+"/replay"+dry, body).want(status))
		if done.Count != want {
			t.Errorf("%v%s makes %d, want %d", body, dry, done.Count, want)
		}
		return done
	}
	hour := time.Now().Add(-time.Hour)
	replay(object{"event": string(first[0])}, "?dry_run=true", http.StatusOK, 1)
	made := replay(object{"event": string(first[0])}, "", http.StatusAccepted, 1).Events[0].Deliveries
	ended(made[len(made)-1])
	d := s.delivery("default", made[len(made)-1])
	if d.ReplayOf != d.EventID || d.TriggerName != "late" || d.Status != shipbell.Succeeded || s.delivery("default", first[0]).ReplayOf != "" {
		t.Errorf("the replay is %+v", d)
	}
	if got := target.Requests(); got[len(got)-1].Header.Get("X-Shipbell-Replay") == "" || got[0].Header.Get("X-Shipbell-Replay") != "" {
		t.Errorf("the last request has the headers %v", got[len(got)-1].Header)
	}
	replay(object{"since": hour}, "", http.StatusAccepted, 1)
	replay(object{"since": hour}, "", http.StatusAccepted, 0)
	replay(object{"since": hour, "again": "one"}, "?dry_run=true", http.StatusOK, 4)
	replay(object{"since": hour, "again": "one"}, "", http.StatusAccepted, 4)
	replay(object{"since": hour, "again": "one"}, "", http.StatusAccepted, 0)
	replay(object{"since": hour, "tag": "v2", "again": "two"}, "", http.StatusAccepted, 2)
	if got := count(since); got != 4+2+4+2 {
		t.Errorf("in the end there are %s", fmt.Sprint(got))
	}
}
