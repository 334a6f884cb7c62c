package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// TestHeldTargets shows a held target and its delivery, and resumes it.
func TestHeldTargets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const url = "https://dead.example.com/hook?token=hush"
	s.create("dead", func(t *shipbell.Trigger) { t.Targets[0].URL = url })
	d := s.deliver("e", "public/nginx", "v1")[0]
	now := s.clock.Now()
	reason := text.New(text.TimeoutTotal, 15*time.Second)
	open := circuit.Circuit{}.Opened(now, reason)
	records := circuit.NewRecords(s.store.Items())
	if saved, err := records.Put(t.Context(), circuit.Key{Registry: "default", Trigger: 1, Target: 1}, &open); !saved || err != nil {
		t.Fatal(saved, err)
	}
	d.Hold(now, open.Until, text.New(text.HeldTargetFailing, reason), nil)
	if saved, err := s.store.Save(t.Context(), &d); !saved || err != nil {
		t.Fatal(saved, err)
	}
	resume := "/console/r/default/targets/1/1/resume"

	s.signIn(shipbell.RoleViewer)
	s.get(overview).shows(http.StatusOK, "Held targets", "https://dead.example.com/hook?token=", "timeout after 15s", "1 delivery held").hides("hush", resume)
	s.get("/console/r/default/log/"+string(d.ID)).shows(http.StatusOK, "held: attempts at this target fail (timeout after 15s)")
	s.post(resume).shows(http.StatusForbidden)

	s.signIn(shipbell.RoleAdmin)
	s.headers["Accept-Language"] = "zh"
	s.get(overview).shows(http.StatusOK, "暂停投递的目标", url, "请求超时（15s）", "1 个任务暂停中", "恢复投递", `action="`+resume+`"`)
	s.headers["Accept-Language"] = "en"
	s.post(resume).leads(http.StatusSeeOther, overview+"?done=resumed")
	s.get(overview+"?done=resumed").shows(http.StatusOK, "The held deliveries are due again").hides("Held targets")
	if got, err := s.store.Delivery(t.Context(), "default", d.ID); err != nil || got.Held() {
		t.Errorf("after resume %+v, %v", got, err)
	}
}

// TestPausedTarget shows a target that is paused, on its trigger's page too, and resumes it by
// a test.
func TestPausedTarget(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("dead", func(t *shipbell.Trigger) {
		t.Targets[0].URL, t.Targets[0].AutoPause = "https://dead.example.com/hook?token=hush", "10h"
	})
	s.create("other", nil)
	now := s.clock.Now()
	near := circuit.Circuit{}.Opened(now, text.New(text.TimeoutTotal, 15*time.Second))
	near.Pause = circuit.Pause{After: 10 * time.Hour, Failures: 40, Failing: 7 * time.Hour, LastAt: now}
	records := circuit.NewRecords(s.store.Items())
	key := circuit.Key{Registry: "default", Trigger: 1, Target: 1}
	put := func() {
		t.Helper()
		if saved, err := records.Put(t.Context(), key, &near); !saved || err != nil {
			t.Fatal(saved, err)
		}
	}
	put()
	const told, over = "70 % of the way to being paused", "new deliveries to it are cancelled"
	s.signIn(shipbell.RoleViewer)
	s.get(overview).shows(http.StatusOK, told)
	s.get(list+"/1").shows(http.StatusOK, told).hides("hush", over)
	s.get(list+"/2").shows(http.StatusOK).hides(told, over)
	near.Pause.Since = now
	put()
	s.get(overview).shows(http.StatusOK, "New deliveries are cancelled since").hides(told)
	s.get(list+"/1").shows(http.StatusOK, over).hides("hush", told)

	s.signIn(shipbell.RoleAdmin)
	s.post(list + "/2/test").shows(http.StatusOK).hides("The target was paused")
	s.post(list+"/1/test").shows(http.StatusOK, "The target was paused")
	if c, err := records.Get(t.Context(), key); err != nil || c.Version != 0 {
		t.Errorf("after the test the circuit is %+v, %v", c, err)
	}
	s.get("/console/r/default/audit").shows(http.StatusOK, "Resumed a held or paused target")
}
