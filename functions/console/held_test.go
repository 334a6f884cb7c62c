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
