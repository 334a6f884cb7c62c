package deploy_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTransform has SAM's translator make of template.yaml what CloudFormation gets. What
// SAM adds by itself is listed here, so that nothing comes in unseen, above all no role.
func TestTransform(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import samtranslator").Run(); err != nil {
		t.Skip("SKIPPED, ALSO IN CI: SAM's transform is not run, because its translator is not on this machine (pip install aws-sam-translator)")
	}
	text := read(t, "template.yaml")
	command := exec.CommandContext(t.Context(), "python3", "transform.py")
	var errors bytes.Buffer
	command.Stdin, command.Stderr = strings.NewReader(text), &errors
	output, err := command.Output()
	if err != nil {
		t.Fatalf("SAM refuses template.yaml: %v\n%s", err, errors.String())
	}
	var transformed struct {
		Resources map[string]struct {
			Type, Condition string
			Properties      map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(output, &transformed); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, r := range transformed.Resources {
		if !strings.Contains(text, "\n  "+name+":\n") {
			got[name] = strings.TrimSpace(r.Type + " " + r.Condition)
		}
	}
	want := map[string]string{
		"ApiApiGatewayDefaultStage":          "AWS::ApiGatewayV2::Stage HasHttpApi",
		"DeliverFunctionMessages":            "AWS::Lambda::EventSourceMapping",
		"DeliverFunctionSlowMessages":        "AWS::Lambda::EventSourceMapping",
		"ReceiveFunctionEcr":                 "AWS::Events::Rule", // EventDeadLettersPolicy names it
		"ReceiveFunctionEcrPermission":       "AWS::Lambda::Permission",
		"ReceiveFunctionEventInvokeConfig":   "AWS::Lambda::EventInvokeConfig",
		"SweepFunctionEventInvokeConfig":     "AWS::Lambda::EventInvokeConfig",
		"SweepFunctionEveryMinute":           "AWS::Events::Rule",
		"SweepFunctionEveryMinutePermission": "AWS::Lambda::Permission",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what SAM adds (-want +got):\n%s", diff)
	}
	for name, property := range map[string]string{"DeliverFunction": "RecursiveLoop", "ReceiveFunction": "Role", "SweepFunction": "LoggingConfig"} {
		if r := transformed.Resources[name]; r.Type != "AWS::Lambda::Function" || r.Properties[property] == nil {
			t.Errorf("%s is %s, and its %s is %s", name, r.Type, property, r.Properties[property])
		}
	}
	// A stack of version 0.1.0 keeps the address that registries send to, and its API.
	for name, kind := range map[string]string{
		"ReceiveFunctionUrl": "AWS::Lambda::Url HasFunctionUrls", "Api": "AWS::ApiGatewayV2::Api HasHttpApi",
	} {
		if r := transformed.Resources[name]; r.Type+" "+r.Condition != kind {
			t.Errorf("%s is %s %s, want %s", name, r.Type, r.Condition, kind)
		}
	}
}
