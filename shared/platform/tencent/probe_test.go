package tencent_test

import (
	"context"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// TestProbe invokes deliver with nothing to do, which deliver takes, and tells why that
// is refused.
func TestProbe(t *testing.T) {
	var refusal error
	var events []string
	api := tencentapi.Start(t, role, func(call tencentapi.Call) error {
		events = append(events, call.ClientContext)
		return refusal
	})
	opened := open(t, platform.Needs{Queue: true}, append(environment(role),
		"SHIPBELL_REDIS_URL=redis://127.0.0.1:1", "SHIPBELL_DELIVER_FUNCTION=shipbell-deliver",
		"TENCENTCLOUD_REGION=ap-guangzhou", "SHIPBELL_SCF_ENDPOINT="+api.URL)...)
	if err := opened.Probe(t.Context()); err != nil {
		t.Errorf("the probe of a way that is open: %v", err)
	}
	deliver := tencent.NewHandler(platform.Handlers{Message: func(context.Context, []byte) error {
		t.Error("deliver found a message")
		return nil
	}})
	for _, event := range events {
		if answer, err := deliver(t.Context(), []byte(event)); err != nil {
			t.Errorf("deliver answers %s: %s, %v", event, answer, err)
		}
	}
	refusal = &tencentapi.Failure{Code: "UnauthorizedOperation.CAM", Message: "not allowed"}
	if err := opened.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "UnauthorizedOperation.CAM") {
		t.Errorf("the probe of a way that is closed: %v", err)
	}
	if len(events) != 2 || len(messages(t, events[0])) != 0 {
		t.Errorf("the events are %q, want two without messages", events)
	}
	if other := open(t, platform.Needs{}, "SHIPBELL_REDIS_URL=redis://127.0.0.1:1"); other.Probe != nil {
		t.Error("a function that wakes nothing has a probe")
	}
}
