package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// python finds a command of the virtual environment that make deps makes, or else of the
// machine, whose Python must have a module. Without it the test fails in CI and is skipped
// elsewhere, and says what is not checked.
func python(t *testing.T, command, module, unchecked string) string {
	t.Helper()
	for _, dir := range []string{filepath.Join(root, "build", "python", "bin"), ""} {
		interpreter, err := exec.LookPath(filepath.Join(dir, "python3"))
		if err != nil || exec.CommandContext(t.Context(), interpreter, "-c", "import "+module).Run() != nil {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(dir, command)); err == nil {
			return found
		}
	}
	reason := fmt.Sprintf("NOT CHECKED: %s, because Python's %s is not on this machine: make deps installs it", unchecked, module)
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

// TestTransform has SAM's translator make of template.yaml what CloudFormation gets. What
// SAM adds by itself is listed here, so that nothing comes in unseen, above all no role.
func TestTransform(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "python3", "samtranslator", "SAM's transform is not run")
	text := read(t, "template.yaml")
	command := exec.CommandContext(t.Context(), interpreter, "transform.py")
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
