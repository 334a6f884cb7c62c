package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"

	"github.com/shipbell/shipbell/test/tencentapi"
)

// cloud is what the API of SCF has made, with the rules that a deployment runs into: a
// change takes a while, and a function that changes takes no other.
type cloud struct {
	api *tencentapi.API

	mu        sync.Mutex
	functions map[string]*deployed
	// fail answers an action with an error, if it gives one.
	fail func(action string) error
	// calls are the actions that changed something, with the function's name.
	calls []string
}

// deployed is one function of the cloud.
type deployed struct {
	scf.CreateFunctionRequestParams
	// busy is how often its state is still asked for until a change is done.
	busy     int
	program  string
	triggers map[string]*scf.TriggerInfo
}

var owner = tencentapi.Credentials{ID: "owner-id", Key: "owner-key"}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{functions: map[string]*deployed{}}
	c.api = tencentapi.StartActions(t, owner, c.play)
	return c
}

func (c *cloud) play(a tencentapi.Action) (map[string]any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Region != "ap-guangzhou" {
		return nil, &tencentapi.Failure{Code: "UnsupportedOperation.Region", Message: a.Region}
	}
	if c.fail != nil {
		if err := c.fail(a.Name); err != nil {
			return nil, err
		}
	}
	var about struct{ FunctionName, Namespace string }
	if err := json.Unmarshal(a.Body, &about); err != nil || about.FunctionName == "" || about.Namespace != "default" {
		return nil, &tencentapi.Failure{Code: "InvalidParameterValue", Message: "FunctionName or Namespace"}
	}
	f := c.functions[about.FunctionName]
	reads := a.Name == "GetFunction" || a.Name == "ListTriggers"
	switch {
	case f == nil && a.Name != "CreateFunction":
		return nil, &tencentapi.Failure{Code: "ResourceNotFound.Function", Message: about.FunctionName}
	case f != nil && a.Name == "CreateFunction":
		return nil, &tencentapi.Failure{Code: "ResourceInUse.Function", Message: about.FunctionName}
	case f != nil && f.busy > 0 && !reads:
		return nil, &tencentapi.Failure{Code: "FailedOperation.FunctionStatusError", Message: "it is being changed"}
	}
	if !reads {
		c.calls = append(c.calls, a.Name+" "+about.FunctionName)
	}
	return c.act(a, about.FunctionName, f)
}

// act does one action, which may be done now.
func (c *cloud) act(a tencentapi.Action, name string, f *deployed) (map[string]any, error) {
	switch a.Name {
	case "GetFunction":
		status := "Active"
		if f.busy > 0 {
			f.busy--
			status = "Updating"
		}
		return map[string]any{"FunctionName": name, "Status": status, "Role": f.Role}, nil
	case "CreateFunction":
		f = &deployed{busy: 2, triggers: map[string]*scf.TriggerInfo{}}
		if err := exactly(a.Body, &f.CreateFunctionRequestParams); err != nil {
			return nil, err
		}
		if err := f.unpack(f.Code); err != nil {
			return nil, err
		}
		c.functions[name] = f
		return nil, nil
	case "UpdateFunctionConfiguration":
		var request scf.UpdateFunctionConfigurationRequestParams
		if err := exactly(a.Body, &request); err != nil {
			return nil, err
		}
		f.busy, f.Timeout, f.MemorySize, f.Environment, f.VpcConfig = 2, request.Timeout, request.MemorySize, request.Environment, request.VpcConfig
		if request.Role != nil {
			f.Role = request.Role
		}
		return nil, nil
	case "UpdateFunctionCode":
		var request scf.UpdateFunctionCodeRequestParams
		if err := exactly(a.Body, &request); err != nil {
			return nil, err
		}
		f.busy = 2
		return nil, f.unpack(request.Code)
	case "DeleteFunction":
		delete(c.functions, name)
		return nil, nil
	case "InvokeFunction":
		var request scf.InvokeFunctionRequestParams
		if err := exactly(a.Body, &request); err != nil {
			return nil, err
		}
		return map[string]any{"Result": map[string]any{"RetMsg": answerKey(name, text(request.Event)), "ErrMsg": "the secret is wrong", "FunctionRequestId": "1"}}, nil
	}
	return f.actOnTrigger(a)
}

// answerKey is what the function triggers answers to an event.
func answerKey(name, event string) string {
	if name != "shipbell-triggers" || event != `{"secret":"the-admin-secret","shipbell":"create-admin-key"}` {
		return ""
	}
	return `{"key":"ID:SECRET"}`
}

// actOnTrigger does what is about the triggers of a function.
func (f *deployed) actOnTrigger(a tencentapi.Action) (map[string]any, error) {
	var request scf.CreateTriggerRequestParams // UpdateTrigger has the same fields
	switch a.Name {
	case "ListTriggers":
		list := make([]*scf.TriggerInfo, 0, len(f.triggers))
		for _, one := range f.triggers {
			list = append(list, one)
		}
		return map[string]any{"Triggers": list, "TotalCount": len(list)}, nil
	case "CreateTrigger", "UpdateTrigger":
		if err := exactly(a.Body, &request); err != nil {
			return nil, err
		}
		if _, there := f.triggers[text(request.TriggerName)]; there != (a.Name == "UpdateTrigger") {
			return nil, &tencentapi.Failure{Code: "InvalidParameterValue.TriggerName", Message: text(request.TriggerName)}
		}
		made, err := shown(request)
		f.triggers[text(request.TriggerName)] = made
		return map[string]any{"TriggerInfo": map[string]any{"TriggerName": request.TriggerName}}, err
	}
	return nil, &tencentapi.Failure{Code: "InvalidAction", Message: a.Name}
}

// shown is a trigger as the API shows it: a timer's expression as JSON, a Function URL
// with its address and more than was asked for.
func shown(r scf.CreateTriggerRequestParams) (*scf.TriggerInfo, error) {
	open, desc := uint64(0), text(r.TriggerDesc)
	if text(r.Enable) == "OPEN" {
		open = 1
	}
	switch text(r.Type) {
	case "timer":
		if len(strings.Fields(desc)) != 7 {
			return nil, &tencentapi.Failure{Code: "InvalidParameterValue.TriggerDesc", Message: desc}
		}
		desc = fmt.Sprintf(`{"cron":%q}`, desc)
	case "http":
		var asked struct {
			AuthType  string
			NetConfig map[string]any
		}
		if err := json.Unmarshal([]byte(desc), &asked); err != nil || asked.AuthType == "" {
			return nil, &tencentapi.Failure{Code: "InvalidParameterValue.TriggerDesc", Message: desc}
		}
		asked.NetConfig["ExtranetUrl"] = "https://1250000000-" + strings.TrimPrefix(text(r.FunctionName), "shipbell-") + ".ap-guangzhou.tencentscf.com"
		encoded, err := json.Marshal(map[string]any{"AuthType": asked.AuthType, "NetConfig": asked.NetConfig, "CorsConfig": nil})
		if err != nil {
			return nil, err
		}
		desc = string(encoded)
	}
	return &scf.TriggerInfo{TriggerName: r.TriggerName, Type: r.Type, TriggerDesc: &desc, Enable: &open, Qualifier: r.Qualifier}, nil
}

// exactly decodes a request, and refuses what the action does not know.
func exactly(body []byte, to any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return &tencentapi.Failure{Code: "UnknownParameter", Message: err.Error()}
	}
	return nil
}

// unpack takes the program out of the zip. It must be fit to be run.
func (f *deployed) unpack(code *scf.Code) error {
	wrong := func(err error) error {
		return &tencentapi.Failure{Code: "InvalidParameterValue.Code", Message: fmt.Sprint(err)}
	}
	if code == nil {
		return wrong(nil)
	}
	data, err := base64.StdEncoding.DecodeString(text(code.ZipFile))
	if err != nil {
		return wrong(err)
	}
	content, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(content.File) != 1 || content.File[0].Name != "main" || content.File[0].Mode() != 0o755 {
		return wrong(err)
	}
	file, err := content.File[0].Open()
	if err != nil {
		return wrong(err)
	}
	program, err := io.ReadAll(file)
	f.program = string(program)
	return err
}
