package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"
)

// settleTriggers creates and updates the triggers of a function, and prints the address of
// its Function URL. A trigger that the file does not name is left alone, and named.
func (d *deployer) settleTriggers(ctx context.Context, f function) error {
	known, err := d.triggers(ctx, f)
	if err != nil {
		return err
	}
	for _, want := range f.triggers {
		i := slices.IndexFunc(known, func(one *scf.TriggerInfo) bool { return isTrigger(one, want) })
		switch {
		case i < 0:
			err = d.createTrigger(ctx, f, want)
		case !want.matches(known[i]):
			err = d.updateTrigger(ctx, f, want)
		}
		if err != nil {
			return fmt.Errorf("trigger %s: %w", want.name, err)
		}
	}
	for _, one := range known {
		if !slices.ContainsFunc(f.triggers, func(want trigger) bool { return isTrigger(one, want) }) {
			d.say(f, "has a trigger %s of type %s, which serverless.yml does not name: left as it is", text(one.TriggerName), text(one.Type))
		}
	}
	return d.printAddress(ctx, f)
}

// isTrigger reports whether a trigger is the one that is wanted, whatever it is set to.
func isTrigger(one *scf.TriggerInfo, want trigger) bool {
	return text(one.Type) == want.kind && text(one.TriggerName) == want.name
}

// triggers lists those of a function.
func (d *deployer) triggers(ctx context.Context, f function) ([]*scf.TriggerInfo, error) {
	request := scf.NewListTriggersRequest()
	request.FunctionName, request.Namespace, request.Limit = &f.name, &d.namespace, common.Uint64Ptr(100)
	answer, err := d.client.ListTriggersWithContext(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("list its triggers: %w", err)
	}
	return answer.Response.Triggers, nil
}

// given is the description of a trigger in a request: a timer's is the bare expression,
// although the API shows it as JSON.
func (t trigger) given() *string {
	if t.kind == "timer" {
		return &t.cron
	}
	return &t.desc
}

func (d *deployer) createTrigger(ctx context.Context, f function, t trigger) error {
	r := scf.NewCreateTriggerRequest()
	r.FunctionName, r.Namespace, r.Type, r.TriggerName = &f.name, &d.namespace, &t.kind, &t.name
	r.TriggerDesc, r.Qualifier, r.Enable = t.given(), &t.qualifier, common.StringPtr("OPEN")
	if t.argument != "" {
		r.CustomArgument = &t.argument
	}
	if _, err := d.client.CreateTriggerWithContext(ctx, r); err != nil {
		return fmt.Errorf("create it: %w", err)
	}
	d.say(f, "trigger %s created", t.name)
	return nil
}

func (d *deployer) updateTrigger(ctx context.Context, f function, t trigger) error {
	r := scf.NewUpdateTriggerRequest()
	r.FunctionName, r.Namespace, r.Type, r.TriggerName = &f.name, &d.namespace, &t.kind, &t.name
	r.TriggerDesc, r.Qualifier, r.Enable = t.given(), &t.qualifier, common.StringPtr("OPEN")
	if t.argument != "" {
		r.CustomArgument = &t.argument
	}
	if _, err := d.client.UpdateTriggerWithContext(ctx, r); err != nil {
		return fmt.Errorf("update it: %w", err)
	}
	d.say(f, "trigger %s updated", t.name)
	return nil
}

// matches reports whether a trigger is open and set as it should be. The API may tell more
// of it than was asked for.
func (t trigger) matches(known *scf.TriggerInfo) bool {
	if known.Enable == nil || *known.Enable != 1 || text(known.CustomArgument) != t.argument {
		return false
	}
	if text(known.TriggerDesc) == *t.given() {
		return true
	}
	var has, want any
	if json.Unmarshal([]byte(text(known.TriggerDesc)), &has) != nil || json.Unmarshal([]byte(t.desc), &want) != nil {
		return false
	}
	return holds(has, want)
}

// holds reports whether a value of JSON is another one, or an object with more in it.
func holds(has, want any) bool {
	fields, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(has, want)
	}
	object, ok := has.(map[string]any)
	for name, value := range fields {
		ok = ok && holds(object[name], value)
	}
	return ok
}

var address = regexp.MustCompile(`https://[A-Za-z0-9.-]+`)

// printAddress prints where the Function URL of a function is, if it has one.
func (d *deployer) printAddress(ctx context.Context, f function) error {
	known, err := d.triggers(ctx, f)
	if err != nil {
		return err
	}
	for _, one := range known {
		if text(one.Type) != "http" {
			continue
		}
		if at := address.FindString(text(one.TriggerDesc)); at != "" {
			d.say(f, "%s", at)
		} else {
			d.say(f, "the API does not tell the address of the Function URL: the console shows it")
		}
	}
	return nil
}

// makeKey has the function triggers make an admin key, and prints it.
func (d *deployer) makeKey(ctx context.Context, functions []function, secret string) error {
	i := slices.IndexFunc(functions, func(f function) bool { return f.key == "triggers" })
	if i < 0 {
		return errors.New("there is no function triggers")
	}
	event, err := json.Marshal(map[string]string{"shipbell": "create-admin-key", "secret": secret})
	if err != nil {
		return err
	}
	request := scf.NewInvokeFunctionRequest()
	request.FunctionName, request.Namespace, request.Event = &functions[i].name, &d.namespace, common.StringPtr(string(event))
	answer, err := d.client.InvokeFunctionWithContext(ctx, request)
	if err != nil {
		return fmt.Errorf("invoke %s: %w", functions[i].name, err)
	}
	var made struct{ Key string }
	result := answer.Response.Result
	if result == nil || json.Unmarshal([]byte(text(result.RetMsg)), &made) != nil || made.Key == "" {
		why := "it made no key"
		if result != nil && text(result.ErrMsg) != "" {
			why = text(result.ErrMsg)
		}
		return fmt.Errorf("%s: %s", functions[i].name, why)
	}
	fmt.Fprintln(d.out, made.Key)
	return nil
}
