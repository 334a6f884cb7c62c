package tcrlife

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tcr/v20190924"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// terraform leads a resource of Terraform's provider through its life: every argument
// reads back what was sent, so that a plan is empty when nothing was changed.
func (c clients) terraform(t *testing.T) {
	p := c.provider(t, c.srv.Key())
	if got := p.instances("", ""); !slices.Contains(got, registry) {
		t.Errorf("the instances are %v", got)
	}
	for _, got := range [][]string{p.instances(registry, ""), p.instances("", registry)} {
		if !slices.Equal(got, []string{registry}) {
			t.Errorf("the instance is %v", got)
		}
	}
	want := example()
	id, state := p.create(want)
	want.Trigger.Id, want.Trigger.NamespaceId = state.Trigger.Id, state.Trigger.NamespaceId // which are computed
	same(t, "created", want, state)
	same(t, "imported", want, p.read(id))
	if got := p.namespaces(registry)[namespace]; got != *want.Trigger.NamespaceId {
		t.Errorf("the namespace has the id %d, its trigger says %d", got, *want.Trigger.NamespaceId)
	}
	for _, change := range changes() {
		after := clone(want)
		change.make(&after)
		read, err := p.update(id, want, after)
		if err != nil {
			t.Fatalf("%s: %v", change.argument, err)
		}
		if want = after; change.computed != nil {
			change.computed(&want, read)
		}
		same(t, change.argument, want, read)
		same(t, change.argument+", planned again", want, p.read(id))
	}
	c.refusesNamespace(t, p, id, want)
	c.seenByViewer(t, id, want)
	c.labels(t, id, want)
	p.destroy(id)
	if left := p.read(id); left != nil {
		t.Errorf("after the end there is %s", show(left))
	}
}

// example is what docs/terraform.md shows.
func example() arguments {
	trigger := newTrigger("terraform", newTarget("http://example.org/post", newHeader("X-Custom-Header", "a")))
	trigger.NamespaceId = common.Int64Ptr(0) // as the provider sends what is not given
	return arguments{RegistryID: registry, Namespace: namespace, Trigger: *trigger, Tags: map[string]string{"createdBy": "terraform"}}
}

// planned is a change of one argument of the resource.
type planned struct {
	argument string
	make     func(*arguments)
	// computed sets what the provider takes from the answer, if not nil.
	computed func(want, read *arguments)
}

func changes() []planned {
	condition := func(text string) planned {
		return planned{argument: "condition " + text, make: func(a *arguments) { a.Trigger.Condition = &text }}
	}
	target := func(a *arguments) *tcr.WebhookTarget { return a.Trigger.Targets[0] }
	all := []planned{
		{argument: "name", make: func(a *arguments) { a.Trigger.Name = common.StringPtr("terraform-2") }},
		{argument: "address", make: func(a *arguments) { target(a).Address = common.StringPtr("https://ci.example.com/hook?key=1") }},
		{argument: "header key", make: func(a *arguments) { target(a).Headers[0].Key = common.StringPtr("X-Token") }},
		{argument: "header values", make: func(a *arguments) { target(a).Headers[0].Values = common.StringPtrs([]string{"b", "a", headerSecret}) }},
		{argument: "one more header", make: func(a *arguments) { target(a).Headers = append(target(a).Headers, newHeader("X-B", "")) }},
		{argument: "one more target", make: func(a *arguments) { a.Trigger.Targets = append(a.Trigger.Targets, newTarget("https://b.example.com/")) }},
		{argument: "targets in another order", make: func(a *arguments) { slices.Reverse(a.Trigger.Targets) }},
		{argument: "no headers", make: func(a *arguments) { a.Trigger.Targets = a.Trigger.Targets[:1] }},
		{argument: "event_types", make: func(a *arguments) {
			a.Trigger.EventTypes = common.StringPtrs([]string{"pushImage", "deleteImage", "uploadChart", "deleteChart"})
		}},
		{argument: "not enabled", make: func(a *arguments) { a.Trigger.Enabled = common.BoolPtr(false) }},
		{argument: "enabled", make: func(a *arguments) { a.Trigger.Enabled = common.BoolPtr(true) }},
		{argument: "description", make: func(a *arguments) { a.Trigger.Description = common.StringPtr("另一个") }},
		{argument: "no description", make: func(a *arguments) { a.Trigger.Description = common.StringPtr("") }},
		{
			argument: "namespace_id removed", make: func(a *arguments) { a.Trigger.NamespaceId = common.Int64Ptr(0) },
			computed: func(want, read *arguments) { want.Trigger.NamespaceId = read.Trigger.NamespaceId },
		},
		{argument: "a tag more", make: func(a *arguments) { a.Tags["团队"] = "a" }},
		{argument: "a tag changed", make: func(a *arguments) { a.Tags["团队"] = "b" }},
		{argument: "a tag and a name", make: func(a *arguments) { a.Tags["createdBy"], a.Trigger.Name = "hand", common.StringPtr("terraform-3") }},
		{argument: "no tags", make: func(a *arguments) { a.Tags = nil }},
	}
	for _, text := range []string{"nginx", "nginx*", "/{path1, path2}*/**", ".*test", "^nginx$", "(a|b)", "[a-z]+", `{"repository":"app*","tag":"v*"}`, ".*"} {
		all = append(all, condition(text))
	}
	return all
}

// refusesNamespace has the id of another namespace refused, before anything changes.
func (c clients) refusesNamespace(t *testing.T, p *provider, id string, before arguments) {
	t.Helper()
	after := clone(before)
	after.Trigger.NamespaceId = common.Int64Ptr(*before.Trigger.NamespaceId + 1)
	if _, err := p.update(id, before, after); code(t, err) != "InvalidParameter.ErrorTcrInvalidParameter" {
		t.Errorf("the id of another namespace: %v", err)
	}
	same(t, "refused", before, p.read(id))
}

// seenByViewer reads the resource by a key that may only look: all that is no secret of a
// target is the same.
func (c clients) seenByViewer(t *testing.T, id string, want arguments) {
	t.Helper()
	viewer := c.provider(t, c.key(t, shipbell.RoleViewer))
	want, read := clone(want), viewer.read(id)
	for i, target := range read.Trigger.Targets {
		want.Trigger.Targets[i].Address = target.Address
	}
	same(t, "seen by a viewer", want, read)
}

// labels finds tags as labels by the other API.
func (c clients) labels(t *testing.T, id string, want arguments) {
	t.Helper()
	p := c.provider(t, c.srv.Key())
	after := clone(want)
	after.Tags = map[string]string{"team": "a"}
	if _, err := p.update(id, want, after); err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(strings.Split(id, "#")[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var seen apiv1.Trigger
	if seen, err = c.srv.API.GetTrigger(t.Context(), registry, shipbell.ID(number)); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(after.Tags, seen.Labels); diff != "" {
		t.Errorf("the labels (-tags +labels):\n%s", diff)
	}
}

// same compares what was sent with what was read. Values of headers and event types are
// sets.
func same(t *testing.T, what string, sent arguments, read *arguments) {
	t.Helper()
	if read == nil {
		t.Fatalf("%s: the resource is gone", what)
	}
	got := clone(*read)
	sent = clone(sent)
	if diff := gocmp.Diff(show(sorted(sent)), show(sorted(got))); diff != "" {
		t.Errorf("%s (-sent +read):\n%s", what, diff)
	}
}

func sorted(a arguments) arguments {
	byText := func(x, y *string) int { return strings.Compare(*x, *y) }
	slices.SortFunc(a.Trigger.EventTypes, byText)
	for _, target := range a.Trigger.Targets {
		if len(target.Headers) == 0 {
			target.Headers = nil // which is the same to the provider
		}
		for _, header := range target.Headers {
			slices.SortFunc(header.Values, byText)
		}
	}
	return a
}

// clone copies arguments, with all that is behind pointers.
func clone(a arguments) (c arguments) {
	text, err := json.Marshal(a)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		panic(err) // arguments are plain values
	}
	return c
}
