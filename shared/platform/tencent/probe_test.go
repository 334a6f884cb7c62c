package tencent_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// TestProbe invokes deliver, and tells why that is refused.
func TestProbe(t *testing.T) {
	var refusal error
	var calls []tencentapi.Call
	api := tencentapi.Start(t, role, func(call tencentapi.Call) error {
		calls = append(calls, call)
		return refusal
	})
	opened := open(t, platform.Needs{Queue: true}, append(environment(role),
		"SHIPBELL_REDIS_URL=redis://127.0.0.1:1", "SHIPBELL_DELIVER_FUNCTION=shipbell-deliver",
		"TENCENTCLOUD_REGION=ap-guangzhou", "SHIPBELL_SCF_ENDPOINT="+api.URL)...)
	if err := opened.Probe(t.Context()); err != nil {
		t.Errorf("the probe of a way that is open: %v", err)
	}
	refusal = &tencentapi.Failure{Code: "UnauthorizedOperation.CAM", Message: "not allowed"}
	if err := opened.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "UnauthorizedOperation.CAM") {
		t.Errorf("the probe of a way that is closed: %v", err)
	}
	want := tencentapi.Call{
		FunctionName: "shipbell-deliver", Namespace: "default", Qualifier: "$LATEST", InvocationType: "Event",
		ClientContext: `{"shipbell":"deliver"}`, Region: "ap-guangzhou",
	}
	if diff := cmp.Diff([]tencentapi.Call{want, want}, calls); diff != "" {
		t.Errorf("the invocations (-want +got):\n%s", diff)
	}
	if other := open(t, platform.Needs{}, "SHIPBELL_REDIS_URL=redis://127.0.0.1:1"); other.Probe != nil {
		t.Error("a function that wakes nothing has a probe")
	}
}
