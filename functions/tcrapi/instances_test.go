package tcrapi_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestNamespaces lists what triggers name and what is known of the registry, with the ids
// that triggers have.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	s := newService(t)
	names := func(parameters string) []string {
		found := []string{}
		for _, one := range s.done("DescribeNamespaces", `{"RegistryId":"default"`+parameters+`}`).NamespaceList {
			found = append(found, one.Name)
		}
		return found
	}
	if got := names(""); len(got) != 0 {
		t.Errorf("at first there are %v", got)
	}
	made := s.done("CreateWebhookTrigger", creating("one", nil)).Trigger
	s.done("CreateWebhookTrigger", creating("two", nil))
	if err := s.store.Catalog("default").Learn(t.Context(), shipbell.Record{Key: "repository team/app", Value: []byte("{}")}, shipbell.Record{Key: "repository alone", Value: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		parameters string
		want       []string
	}{
		{"", []string{"public", "team"}},
		{`,"Limit":1`, []string{"public"}},
		{`,"Limit":1,"Offset":1`, []string{"team"}},
		{`,"Limit":1,"All":true`, []string{"public", "team"}},
		{`,"NamespaceName":"team"`, []string{"team"}},
		{`,"NamespaceName":"absent"`, []string{"absent"}},
	} {
		if diff := cmp.Diff(test.want, names(test.parameters)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.parameters, diff)
		}
	}
	for _, parameters := range []string{"", `,"NamespaceName":"public"`} {
		first := s.done("DescribeNamespaces", `{"RegistryId":"default"`+parameters+`}`).NamespaceList[0]
		if first.NamespaceID != made.NamespaceID || first.NamespaceID == 0 {
			t.Errorf("the namespace has the id %d, its trigger says %d", first.NamespaceID, made.NamespaceID)
		}
	}
	s.done("CreateWebhookTrigger", creating("three", map[string]any{"NamespaceId": made.NamespaceID}))
}

// TestInstances lists the registries that a key may touch.
func TestInstances(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, test := range []struct {
		key        shipbell.AccessKey
		parameters string
		want       []string
		code       string
	}{
		{s.admin, `{}`, []string{"default", "other"}, ""},
		{s.admin, `{"Limit":1,"Offset":1,"AllRegion":true}`, []string{"other"}, ""},
		{s.admin, `{"Registryids":["other"]}`, []string{"other"}, ""},
		{s.admin, `{"Filters":[{"Name":"RegistryName","Values":["default","absent"]}]}`, []string{"default"}, ""},
		{s.admin, `{"Filters":[{"Name":"RegistryType","Values":["basic"]}]}`, nil, "InvalidParameter.ErrorTcrInvalidParameter"},
		{s.key(shipbell.RoleViewer, "other"), `{}`, []string{"other"}, ""},
		{s.key(shipbell.RoleViewer, "other"), `{"Registryids":["default"]}`, nil, ""},
		{s.key(shipbell.RoleIngest), `{}`, nil, "UnauthorizedOperation"},
	} {
		a := s.call(test.key, "DescribeInstances", test.parameters)
		found := []string{}
		for _, one := range a.Registries {
			if found = append(found, one.RegistryID); one.PublicDomain != "reg.example.com" {
				t.Errorf("%+v", one)
			}
		}
		if diff := cmp.Diff(fmt.Sprint(test.want), fmt.Sprint(found)); diff != "" || a.code != test.code {
			t.Errorf("%s: %s %s (-want +got):\n%s", test.parameters, a.code, a.message, diff)
		}
	}
}
