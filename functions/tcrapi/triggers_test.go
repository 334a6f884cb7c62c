package tcrapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestLenient takes what TCR's own examples and consoles send, and answers with the
// types that TCR documents.
func TestLenient(t *testing.T) {
	t.Parallel()
	s := newService(t)
	want := shown{
		ID: 1, Name: "one", EventTypes: []string{"pushImage"}, Condition: "nginx*", Enabled: true,
		NamespaceID: 2010184122, NamespaceName: "public",
		Targets: []target{{Address: "https://ci.example.com/hook", Headers: []header{{Key: "X-Token", Values: []string{"header-secret"}}}}},
	}
	for i, test := range []struct {
		what string
		more map[string]any
		want func(*shown)
	}{
		{"as documented", nil, nil},
		{"enabled as a string", map[string]any{"Enabled": "true"}, nil},
		{"enabled as Python has it", map[string]any{"Enabled": "False"}, func(s *shown) { s.Enabled = false }},
		{"not enabled", map[string]any{"Enabled": false}, func(s *shown) { s.Enabled = false }},
		{"id on create", map[string]any{"Id": 99}, nil},
		{"id as a string", map[string]any{"Id": "99", "NamespaceId": "2010184122"}, nil},
		{"namespace again", map[string]any{"NamespaceId": 0, "NamespaceName": "elsewhere"}, nil},
		{"everything", map[string]any{"Condition": ".*", "Description": "触发器描述"}, func(s *shown) { s.Condition, s.Description = ".*", "触发器描述" }},
		{"two targets, several values", map[string]any{"Targets": []any{
			map[string]any{"Address": "http://b/", "Headers": []any{map[string]any{"Key": "K", "Values": []string{"2", "1"}}, map[string]any{"Key": "A", "Values": []string{""}}}},
			map[string]any{"Address": "http://a/"},
		}}, func(s *shown) {
			s.Targets = []target{
				{Address: "http://b/", Headers: []header{{Key: "K", Values: []string{"2", "1"}}, {Key: "A", Values: []string{""}}}},
				{Address: "http://a/", Headers: []header{}},
			}
		}},
		{"a header row left empty", map[string]any{"Targets": []any{map[string]any{"Address": "http://a/", "Headers": []any{
			map[string]any{"Key": "", "Values": []string{"undefined"}}, map[string]any{"Key": "K", "Values": []string{"v"}},
		}}}}, func(s *shown) {
			s.Targets = []target{{Address: "http://a/", Headers: []header{{Key: "K", Values: []string{"v"}}}}}
		}},
		{"null headers", map[string]any{"Targets": []any{map[string]any{"Address": "http://a/", "Headers": nil}}, "Description": nil}, func(s *shown) {
			s.Targets = []target{{Address: "http://a/", Headers: []header{}}}
		}},
	} {
		name := fmt.Sprint("trigger-", i)
		want := want
		if want.ID, want.Name = int64(i+1), name; test.want != nil {
			test.want(&want)
		}
		if diff := cmp.Diff(&want, s.done("CreateWebhookTrigger", creating(name, test.more)).Trigger); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.what, diff)
		}
		listed := s.done("DescribeWebhookTrigger", fmt.Sprintf(`{"RegistryId":"default","Limit":"1","Offset":"%d"}`, i))
		if diff := cmp.Diff([]shown{want}, listed.Triggers); diff != "" {
			t.Errorf("%s, described (-want +got):\n%s", test.what, diff)
		}
	}
}

// TestModify changes one field after the other, and leaves the others alone.
func TestModify(t *testing.T) {
	t.Parallel()
	s := newService(t)
	want := *s.done("CreateWebhookTrigger", creating("one", map[string]any{"Description": "first"})).Trigger
	for _, test := range []struct {
		field, value string
		want         func(*shown)
	}{
		{"Name", `"two"`, func(s *shown) { s.Name = "two" }},
		{"Description", `""`, func(s *shown) { s.Description = "" }},
		{"EventTypes", `["uploadChart","pushImage"]`, func(s *shown) { s.EventTypes = []string{"uploadChart", "pushImage"} }},
		{"Condition", `"{\"tag\":\"v*\"}"`, func(s *shown) { s.Condition = `{"tag":"v*"}` }},
		{"Condition", `"golang"`, func(s *shown) { s.Condition = "golang" }},
		{"Condition", `""`, func(*shown) {}},
		{"Enabled", `"false"`, func(s *shown) { s.Enabled = false }},
		{"Enabled", `true`, func(s *shown) { s.Enabled = true }},
		{"NamespaceId", `2010184122`, func(*shown) {}},
		{"Targets", `[{"Address":"http://a/"}]`, func(s *shown) { s.Targets = []target{{Address: "http://a/", Headers: []header{}}} }},
	} {
		a := s.done("ModifyWebhookTrigger", fmt.Sprintf(`{"RegistryId":"default","Namespace":"public","Trigger":{"Id":"1",%q:%s}}`, test.field, test.value))
		if a.Trigger != nil {
			t.Errorf("%s: the answer holds %+v", test.field, a.Trigger)
		}
		test.want(&want)
		if diff := cmp.Diff([]shown{want}, s.done("DescribeWebhookTrigger", `{"RegistryId":"default","Namespace":"public"}`).Triggers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.field, diff)
		}
	}
}

// TestModifyAtOnce has many change one trigger: none is refused.
func TestModifyAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("one", nil))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			body := fmt.Sprintf(`{"RegistryId":"default","Namespace":"public","Trigger":{"Id":1,"Description":"%d"}}`, i)
			if a := s.call(s.admin, "ModifyWebhookTrigger", body); a.code != "" {
				t.Errorf("%s: %s", a.code, a.message)
			}
		})
	}
	all.Wait()
}

// TestForeignWords keeps what TCR has no words for: what another API of ours made of
// a trigger stays, as long as the target stays.
func TestForeignWords(t *testing.T) {
	t.Parallel()
	s := newService(t)
	secret, former := shipbell.NewSecret("whsec_"+strings.Repeat("A", 32)), shipbell.NewSecret("whsec_"+strings.Repeat("B", 32))
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	made := shipbell.Trigger{
		Registry: "default", Name: "ours", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Rule: shipbell.Rule{Repository: "a/**", Tag: "v*", Dialect: pattern.Doublestar}, Labels: map[string]string{"team": "one"},
		Targets: []shipbell.Target{
			{URL: "https://a.example.com/1", Format: shipbell.FormatCloudEvents, Secret: secret, FormerSecret: former, FormerSecretUntil: until, Headers: []shipbell.Header{{Key: "X-Token", Values: []shipbell.Secret{shipbell.NewSecret("clear")}}}},
			{URL: "https://b.example.com/1", Format: shipbell.FormatCloudEvents, Secret: secret, FormerSecret: former, FormerSecretUntil: until},
		},
	}
	made.Normalise()
	if _, err := s.store.CreateTrigger(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	got := s.done("DescribeWebhookTrigger", `{"RegistryId":"default","Namespace":"*"}`).Triggers
	if len(got) != 1 || got[0].Condition != `{"dialect":"doublestar","repository":"a/**","tag":"v*"}` || got[0].NamespaceName != "*" {
		t.Fatalf("described as %+v", got)
	}
	text, err := json.Marshal(map[string]any{"RegistryId": "default", "Namespace": "*", "Trigger": got[0]})
	if err != nil {
		t.Fatal(err)
	}
	s.done("ModifyWebhookTrigger", string(text))
	if kept, err := s.store.Trigger(t.Context(), "default", 1); err != nil || kept.Version != 1 {
		t.Errorf("what was described and sent back made version %d, %v", kept.Version, err)
	}

	// The first target changes its path, the second its host.
	changed := strings.NewReplacer("a.example.com/1", "a.example.com/2", "b.example.com/1", "c.example.com/1", `"clear"`, `"`+shipbell.Mask+`"`).Replace(string(text))
	s.done("ModifyWebhookTrigger", changed)
	kept, err := s.store.Trigger(t.Context(), "default", 1)
	if err != nil {
		t.Fatal(err)
	}
	if first := kept.Targets[0]; first.URL != "https://a.example.com/2" || first.Format != shipbell.FormatCloudEvents || first.Secret != secret || first.FormerSecret != former || !first.FormerSecretUntil.Equal(until) || first.Headers[0].Values[0] != shipbell.NewSecret("clear") {
		t.Errorf("the first target is %+v", first)
	}
	if second := kept.Targets[1]; second.Format != shipbell.FormatTCR || !second.Secret.Empty() || !second.FormerSecret.Empty() {
		t.Errorf("the target on another host took over %+v", second)
	}

	// A mask is worth nothing on another host.
	stolen := strings.NewReplacer("a.example.com/1", "evil.example.com/1", `"clear"`, `"`+shipbell.Mask+`"`).Replace(string(text))
	if a := s.call(s.admin, "ModifyWebhookTrigger", stolen); a.code != "InvalidParameter.ErrorTcrInvalidParameter" || !strings.Contains(a.message, "Trigger.Targets.0.Headers.0.Values.0") {
		t.Errorf("a mask for another host: %s: %s", a.code, a.message)
	}
}

// TestMasked shows secrets to an admin alone.
func TestMasked(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("one", map[string]any{"Targets": []any{map[string]any{
		"Address": "https://chat.example.com/send?key=query", "Headers": []any{map[string]any{"Key": "X-Token", "Values": []string{"secret", "other"}}},
	}}}))
	for _, test := range []struct {
		key  shipbell.AccessKey
		want target
	}{
		{s.admin, target{"https://chat.example.com/send?key=query", []header{{"X-Token", []string{"secret", "other"}}}}},
		{s.key(shipbell.RoleAdmin, "default"), target{"https://chat.example.com/send?key=query", []header{{"X-Token", []string{"secret", "other"}}}}},
		{s.key(shipbell.RoleViewer), target{"https://chat.example.com/send?key=" + shipbell.Mask, []header{{"X-Token", []string{shipbell.Mask, shipbell.Mask}}}}},
	} {
		got := s.call(test.key, "DescribeWebhookTrigger", `{"RegistryId":"default"}`)
		if diff := cmp.Diff([]target{test.want}, got.Triggers[0].Targets); diff != "" {
			t.Errorf("a key of role %s sees (-want +got):\n%s", test.key.Role, diff)
		}
	}
}

// TestDescribe pages through triggers, and knows those of one namespace from others.
func TestDescribe(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if got := s.done("DescribeWebhookTrigger", `{"RegistryId":"default"}`); *got.TotalCount != 0 || got.Triggers == nil {
		t.Errorf("nothing is described as %+v", got)
	}
	for i := range 7 {
		body := creating(fmt.Sprint("t", i), nil)
		if i%2 == 1 {
			body = strings.Replace(body, `"public"`, `"other"`, 1)
		}
		s.done("CreateWebhookTrigger", body)
	}
	for _, test := range []struct {
		query string
		total int
		ids   []int64
	}{
		{``, 7, []int64{1, 2, 3, 4, 5, 6, 7}},
		{`,"Namespace":""`, 7, []int64{1, 2, 3, 4, 5, 6, 7}},
		{`,"Namespace":"public"`, 4, []int64{1, 3, 5, 7}},
		{`,"Namespace":"other","Limit":2`, 3, []int64{2, 4}},
		{`,"Namespace":"other","Limit":2,"Offset":2`, 3, []int64{6}},
		{`,"Namespace":"nowhere"`, 0, nil},
		{`,"Limit":0,"Offset":5`, 7, []int64{6, 7}},
		{`,"Limit":null,"Offset":7`, 7, nil},
		{`,"Limit":9223372036854775807,"Offset":9223372036854775807`, 7, nil},
	} {
		got := s.done("DescribeWebhookTrigger", `{"RegistryId":"default"`+test.query+`}`)
		var ids []int64
		for _, one := range got.Triggers {
			ids = append(ids, one.ID)
		}
		if diff := cmp.Diff(test.ids, ids); diff != "" || *got.TotalCount != test.total {
			t.Errorf("%s: %d in all, want %d (-want +got):\n%s", test.query, *got.TotalCount, test.total, diff)
		}
	}
	s.done("DeleteWebhookTrigger", `{"RegistryId":"default","Namespace":"public","Id":"3"}`)
	if got := s.done("DescribeWebhookTrigger", `{"RegistryId":"default"}`); *got.TotalCount != 6 {
		t.Errorf("%d after one was deleted", *got.TotalCount)
	}
}
