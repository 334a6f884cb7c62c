package tcrlife

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tcr/v20190924"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// errors makes every error that TCR documents for these actions and that there is
// here. secrets are those of the access keys that it made.
func (c clients) errors(t *testing.T) (secrets []string) {
	admin := c.as(t, c.srv.Key(), nil)
	made, err := create(admin, newTrigger("taken", newTarget("https://ci.example.com/hook", newHeader("X-Token", headerSecret))))
	if err != nil {
		t.Fatal(err)
	}
	defer c.clear(t, admin, *made.Id)
	id, _, _ := strings.Cut(c.srv.Key(), ":")
	if _, _, err := c.srv.API.PutRegistry(t.Context(), "elsewhere", apiv1.RegistrySettings{Host: "elsewhere.example.com"}); err != nil {
		t.Fatal(err)
	}
	viewer, elsewhere := c.key(t, "viewer"), c.key(t, "admin", "elsewhere")
	for _, key := range []string{viewer, elsewhere} {
		_, secret, _ := strings.Cut(key, ":")
		secrets = append(secrets, secret)
	}
	ask := func(key string, change func(*tcr.DescribeWebhookTriggerRequest)) error {
		request := tcr.NewDescribeWebhookTriggerRequest()
		request.RegistryId = common.StringPtr(registry)
		if change != nil {
			change(request)
		}
		_, err := c.as(t, key, nil).DescribeWebhookTrigger(request)
		return err
	}
	at := func(when time.Time) func(*tcr.DescribeWebhookTriggerRequest) {
		return func(r *tcr.DescribeWebhookTriggerRequest) {
			r.SetHeader(map[string]string{"X-TC-Timestamp": fmt.Sprint(when.Unix())})
		}
	}
	_, unknownAction := c.call(t, "tcr", "2019-09-24", "NoSuchAction", map[string]any{"RegistryId": registry})
	_, unknownVersion := c.call(t, "tcr", "2017-01-01", "DescribeWebhookTrigger", map[string]any{"RegistryId": registry})
	_, noTags := c.call(t, "tag", "2018-08-13", "DescribeResourceTagsByResourceIds", map[string]any{"ServiceType": "tcr", "ResourceIds": []string{"a"}})
	_, duplicate := create(admin, newTrigger("taken", newTarget("https://ci.example.com/hook")))
	_, incomplete := create(admin, &tcr.WebhookTrigger{Name: common.StringPtr("incomplete")})
	_, invalid := create(admin, newTrigger("No Name", newTarget("https://ci.example.com/hook")))
	_, byViewer := create(c.as(t, viewer, nil), newTrigger("by-viewer", newTarget("https://ci.example.com/hook")))
	_, _, logOfUnknown := logOf(admin, *made.Id+1000)
	unknown := newTrigger("unknown", newTarget("https://ci.example.com/hook"))
	unknown.Id = common.Int64Ptr(*made.Id + 1000)
	for _, test := range []struct {
		what string
		err  error
		code string
	}{
		{"a right call", ask(c.srv.Key(), nil), ""},
		{"a viewer who looks", ask(viewer, nil), ""},
		{"tags", noTags, ""},
		{"bad signature", ask(id+":wrong", nil), "AuthFailure.SignatureFailure"},
		{"unknown id", ask("akunknown:secret", nil), "AuthFailure.SecretIdNotFound"},
		{"ten minutes old", ask(c.srv.Key(), at(time.Now().Add(-10*time.Minute))), "AuthFailure.SignatureExpire"},
		{"ten minutes early", ask(c.srv.Key(), at(time.Now().Add(10*time.Minute))), "AuthFailure.SignatureExpire"},
		{"unknown action", unknownAction, "InvalidAction"},
		{"unknown version", unknownVersion, "NoSuchVersion"},
		{"missing parameter", ask(c.srv.Key(), func(r *tcr.DescribeWebhookTriggerRequest) { r.RegistryId = nil }), "MissingParameter"},
		{"missing field", incomplete, "MissingParameter"},
		{"invalid field", invalid, "InvalidParameter.ErrorTcrInvalidParameter"},
		{"duplicate name", duplicate, "InvalidParameter.ErrTriggerExist"},
		{"modify unknown trigger", modify(admin, unknown), "ResourceNotFound.TcrResourceNotFound"},
		{"delete unknown trigger", remove(admin, *unknown.Id), "ResourceNotFound.TcrResourceNotFound"},
		{"log of unknown trigger", logOfUnknown, "ResourceNotFound.TcrResourceNotFound"},
		{"unknown registry", ask(c.srv.Key(), func(r *tcr.DescribeWebhookTriggerRequest) { r.RegistryId = common.StringPtr("nowhere") }), "ResourceNotFound.TcrResourceNotFound"},
		{"wrong registry", ask(elsewhere, nil), "ResourceNotFound.TcrResourceNotFound"},
		{"delete in the wrong registry", remove(c.as(t, elsewhere, nil), *made.Id), "ResourceNotFound.TcrResourceNotFound"},
		{"a viewer who creates", byViewer, "UnauthorizedOperation"},
		{"a viewer who modifies", modify(c.as(t, viewer, nil), made), "UnauthorizedOperation"},
		{"a viewer who deletes", remove(c.as(t, viewer, nil), *made.Id), "UnauthorizedOperation"},
	} {
		if got := code(t, test.err); got != test.code {
			t.Errorf("%s: %q (%v), want %q", test.what, got, test.err, test.code)
		}
	}
	c.found(t, admin, made) // and nothing has changed
	masked, _, err := describe(c.as(t, viewer, nil), 0, 0)
	if err != nil || len(masked) != 1 || strings.Contains(show(masked), headerSecret) {
		t.Errorf("a viewer sees %s, %v", show(masked), err)
	}
	return secrets
}
