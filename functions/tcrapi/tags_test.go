package tcrapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const resourceOfOne = "qcs::tcr:ap-guangzhou:uin/:repository/default#public#1"

// tagged are the tags of resources as KEY=VALUE@RESOURCE.
func tagged(a answer) []string {
	found := []string{}
	for _, tag := range a.Tags {
		found = append(found, tag["TagKey"]+"="+tag["TagValue"]+"@"+tag["ResourceId"])
	}
	return found
}

// TestTags keeps tags as the labels of a trigger, and changes nothing else of it.
func TestTags(t *testing.T) {
	t.Parallel()
	s := newService(t)
	want := *s.done("CreateWebhookTrigger", creating("one", nil)).Trigger
	s.done("CreateWebhookTrigger", creating("two", nil))
	const both = `{"ServiceType":"tcr","ResourcePrefix":"repository","ResourceRegion":"ap-guangzhou","ResourceIds":["default#public#2","default#public#1"]%s}`
	for _, test := range []struct {
		change string
		want   []string
	}{
		{`"ReplaceTags":[{"TagKey":"createdBy","TagValue":"terraform"},{"TagKey":"团队","TagValue":"a b"}]`, []string{"createdBy=terraform@default#public#1", "团队=a b@default#public#1"}},
		{`"ReplaceTags":[{"TagKey":"createdBy","TagValue":"hand"}],"DeleteTags":[{"TagKey":"团队"}]`, []string{"createdBy=hand@default#public#1"}},
		{`"DeleteTags":[{"TagKey":"absent"}]`, []string{"createdBy=hand@default#public#1"}},
		{`"DeleteTags":[{"TagKey":"createdBy"}]`, []string{}},
	} {
		s.done("ModifyResourceTags", fmt.Sprintf(`{"Resource":%q,%s}`, resourceOfOne, test.change))
		got := s.done("DescribeResourceTagsByResourceIds", fmt.Sprintf(both, ""))
		if diff := cmp.Diff(test.want, tagged(got)); diff != "" || *got.TotalCount != len(test.want) {
			t.Errorf("after %s (-want +got):\n%s", test.change, diff)
		}
	}
	if diff := cmp.Diff(want, s.done("DescribeWebhookTrigger", `{"RegistryId":"default"}`).Triggers[0]); diff != "" {
		t.Errorf("the trigger (-before +after):\n%s", diff)
	}
}

// TestTagPages reads tags in pages, of what is no trigger too.
func TestTagPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var tags, all []string
	for i := range 16 {
		tags = append(tags, fmt.Sprintf(`{"TagKey":"k%02d","TagValue":"v"}`, i))
		all = append(all, fmt.Sprintf("k%02d=v@default#public#1", i))
	}
	s.done("CreateWebhookTrigger", creating("one", nil))
	s.done("ModifyResourceTags", fmt.Sprintf(`{"Resource":%q,"ReplaceTags":[%s]}`, resourceOfOne, strings.Join(tags, ",")))
	elsewhere := s.key(shipbell.RoleViewer, "other")
	for _, test := range []struct {
		key   shipbell.AccessKey
		query string
		want  []string
	}{
		{s.admin, `"ServiceType":"tcr","ResourcePrefix":"repository","ResourceIds":["default#public#1"]`, all[:15]},
		{s.admin, `"ServiceType":"tcr","ResourcePrefix":"repository","ResourceIds":["default#public#1"],"Limit":15,"Offset":15`, all[15:]},
		{s.admin, `"ServiceType":"tcr","ResourcePrefix":"repository","ResourceIds":["default#public#1"],"Limit":20,"Offset":99`, nil},
		{s.admin, `"ServiceType":"tcr","ResourcePrefix":"repository","ResourceIds":["default#other#1","default#public#9","default#public#x","nowhere#public#1","a","#","##",""]`, nil},
		{s.admin, `"ServiceType":"tcr","ResourcePrefix":"instance","ResourceIds":["default#public#1"]`, nil},
		{s.admin, `"ServiceType":"cvm","ResourcePrefix":"repository","ResourceIds":["default#public#1"]`, nil},
		{elsewhere, `"ServiceType":"tcr","ResourcePrefix":"repository","ResourceIds":["default#public#1"]`, nil},
	} {
		got := s.call(test.key, "DescribeResourceTagsByResourceIds", "{"+test.query+"}")
		if diff := cmp.Diff(append([]string{}, test.want...), tagged(got)); diff != "" || got.code != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.query, got.code, diff)
		}
	}
}

// TestTagErrors refuses what cannot be tagged, and changes nothing.
func TestTagErrors(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("one", nil))
	const invalid, absent = "InvalidParameter.ErrorTcrInvalidParameter", "ResourceNotFound.TcrResourceNotFound"
	replacing := func(resource, key, value string) string {
		return fmt.Sprintf(`{"Resource":%q,"ReplaceTags":[{"TagKey":%q,"TagValue":%q}]}`, resource, key, value)
	}
	for _, test := range []struct {
		key              shipbell.AccessKey
		body, code, says string
	}{
		{s.admin, `{"ReplaceTags":[]}`, "MissingParameter", "Resource"},
		{s.admin, replacing("qcs::tcr:ap-guangzhou:uin/:instance/default", "a", "b"), invalid, "Resource: is no trigger"},
		{s.admin, replacing("default#public#1", "a", "b"), invalid, "Resource: is no trigger"},
		{s.admin, replacing("qcs::tcr:a:uin/:repository/default#public#7", "a", "b"), absent, "7"},
		{s.admin, replacing("qcs::tcr:a:uin/:repository/nowhere#public#1", "a", "b"), absent, "nowhere"},
		{s.admin, replacing("qcs::tcr:a:uin/:repository/default#other#1", "a", "b"), absent, "other"},
		{s.key(shipbell.RoleAdmin, "other"), replacing(resourceOfOne, "a", "b"), absent, `no registry "default"`},
		{s.key(shipbell.RoleViewer), replacing(resourceOfOne, "a", "b"), "UnauthorizedOperation", ""},
		{s.admin, replacing(resourceOfOne, "a,b", "c"), invalid, "ReplaceTags: "},
		{s.admin, replacing(resourceOfOne, "qcs:a", "c"), invalid, "ReplaceTags: "},
		{s.admin, `{"Resource":"` + resourceOfOne + `","ReplaceTags":[{"TagKey":"a","TagValue":"b"}],"DeleteTags":[{"TagKey":"a"}]}`, invalid, "ReplaceTags.0.TagKey"},
		{s.admin, `{"Resource":"` + resourceOfOne + `","Tags":[]}`, "UnknownParameter", "Tags"},
	} {
		if a := s.call(test.key, "ModifyResourceTags", test.body); a.code != test.code || !strings.Contains(a.message, test.says) {
			t.Errorf("%s: %s: %s, want %s: …%s…", test.body, a.code, a.message, test.code, test.says)
		}
	}
	if all, _, err := s.store.Triggers(t.Context(), "default", 0, 10); err != nil || len(all) != 1 || all[0].Version != 1 {
		t.Errorf("what failed has changed something: %v, %v", all, err)
	}
}
