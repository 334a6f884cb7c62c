package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

// TestOverview asks for the statistics, the failing targets and the ignored events of
// a registry in which one delivery succeeded, two failed and an event matched nothing.
func TestOverview(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	target := sink.Start(t)
	target.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		if r.URI == "/gone?key=secret" {
			return http.StatusGone, nil, ""
		}
		return http.StatusOK, nil, ""
	})
	s.work()
	s.trigger("default", "good", target.URL()+"/good")
	good := s.push("default", "public/nginx", "v1")[0]
	s.await("default", good, shipbell.Succeeded)
	s.do("PATCH", "/v1/triggers/default/1", object{"enabled": false}).want(http.StatusOK)
	s.push("default", "public/nginx", "v2")
	s.trigger("default", "bad", target.URL()+"/gone?key=secret")
	for _, tag := range []string{"v3", "v4"} {
		s.await("default", s.push("default", "public/nginx", tag)[0], shipbell.Failed)
	}

	stats := decode[apiv1.Stats](s.do("GET", "/v1/stats/default", nil).want(http.StatusOK))
	if len(stats.Hours) != 24 || stats.Total.Succeeded != 1 || stats.Total.Failing != 2 ||
		stats.FirstEventAt == nil || stats.LastEventAt.Before(*stats.FirstEventAt) {
		t.Errorf("the statistics are %+v", stats)
	}
	until := time.Now().UTC()
	query := "?since=" + until.Add(-3*time.Hour).Format(time.RFC3339) + "&until=" + until.Format(time.RFC3339)
	if stats := decode[apiv1.Stats](s.do("GET", "/v1/stats/default"+query, nil).want(http.StatusOK)); len(stats.Hours) != 4 {
		t.Errorf("from three hours ago till now are %d hours, want 4", len(stats.Hours))
	}
	s.do("GET", "/v1/stats/default?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", nil).wantFields("since")
	s.do("GET", "/v1/stats/default?until=yesterday", nil).wantFields("until")

	for role, url := range map[shipbell.Role]string{
		shipbell.RoleAdmin: target.URL() + "/gone?key=secret", shipbell.RoleViewer: target.URL() + "/gone?key=" + shipbell.Mask,
	} {
		targets := decode[apiv1.Targets](s.as(s.key(role)).do("GET", "/v1/targets/default", nil).want(http.StatusOK))
		if len(targets.Failing) != 1 || targets.Failing[0].TargetURL != url || targets.Failing[0].Count != 2 ||
			targets.Failing[0].Newest.TargetURL != url || targets.Waiting.Count != 0 || targets.Waiting.OldestAt != nil {
			t.Errorf("%s sees the targets %+v", role, targets)
		}
	}

	s.with("Content-Encoding", "br").do("POST", "/v1/events/default", pushed("public/nginx", "v5")).want(http.StatusUnsupportedMediaType)
	ignored := decode[apiv1.RecentlyIgnored](s.do("GET", "/v1/ignored/default", nil).want(http.StatusOK))
	if len(ignored.Refused) != 1 || ignored.Refused[0].Status != http.StatusUnsupportedMediaType || ignored.Refused[0].ReasonCode != "refused-encoding" || ignored.Refused[0].EventsSince {
		t.Errorf("refused is %+v", ignored.Refused)
	}
	if len(ignored.Events) != 1 || ignored.Events[0].Tag != "v2" || len(ignored.Reasons) != 1 ||
		ignored.Reasons[0].Reason != "no trigger matched" || ignored.Since == nil {
		t.Errorf("ignored is %+v", ignored)
	}
}

// TestUnmatched keeps an event that no trigger matched, and has it delivered by a trigger
// that is made later.
func TestUnmatched(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.do("PUT", "/v1/registries/default", object{"host": "reg.example.com", "keep_unmatched": true}).want(http.StatusOK)
	s.push("default", "public/nginx", "v1")
	s.trigger("default", "late", "http://127.0.0.1:1/")
	list := decode[apiv1.Unmatched](s.do("GET", "/v1/unmatched/default", nil).want(http.StatusOK))
	if len(list.Events) != 1 || len(list.Events[0].Matching) != 1 || list.Events[0].Repository != "public/nginx" {
		t.Fatalf("kept is %+v", list)
	}
	replay := func(target string, status, count int) apiv1.Replayed {
		t.Helper()
		done := decode[apiv1.Replayed](s.do("POST", target, object{"id": list.Events[0].ID}).want(status))
		if done.Count != count {
			t.Errorf("%s: %+v, want %d", target, done, count)
		}
		return done
	}
	replay("/v1/unmatched/default/replay?dry_run=true", http.StatusOK, 1)
	made := replay("/v1/unmatched/default/replay", http.StatusAccepted, 1).Events[0].Deliveries
	if d := s.delivery("default", made[0]); d.TriggerName != "late" || d.CreatedAt != list.Events[0].ReceivedAt {
		t.Errorf("the delivery is %+v", d)
	}
	replay("/v1/unmatched/default/replay", http.StatusAccepted, 0)
	for role, status := range map[shipbell.Role]int{shipbell.RoleViewer: http.StatusForbidden, shipbell.RoleIngest: http.StatusForbidden} {
		s.as(s.key(role)).do("POST", "/v1/unmatched/default/replay", object{}).want(status)
	}
}
