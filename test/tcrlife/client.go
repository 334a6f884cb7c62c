// Package tcrlife is the life of a trigger as a client of Tencent Container Registry
// leads it: Tencent Cloud's own SDK, as it is published, speaks to a shipbell,
// wherever that runs.
package tcrlife

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tcr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tcr/v20190924"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
)

const (
	registry  = "default"
	namespace = "tcrlife"
	region    = "ap-guangzhou"
)

// clients makes clients of one shipbell.
type clients struct {
	srv *server.Server
}

// profile is how a client reaches the shipbell, which change may alter.
func (c clients) profile(change func(*profile.ClientProfile)) *profile.ClientProfile {
	p := profile.NewClientProfile()
	p.Language = "en-US"
	scheme, host, _ := strings.Cut(c.srv.URL(), "://")
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = strings.ToUpper(scheme), host
	if change != nil {
		change(p)
	}
	return p
}

// as is a client with an access key, "id:secret".
func (c clients) as(t *testing.T, key string, change func(*profile.ClientProfile)) *tcr.Client {
	t.Helper()
	id, secret, _ := strings.Cut(key, ":")
	client, err := tcr.NewClient(common.NewCredential(id, secret), region, c.profile(change))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// call is a call of an action that the SDK may not have.
func (c clients) call(t *testing.T, service, version, action string, parameters map[string]any) (map[string]any, error) {
	t.Helper()
	id, secret, _ := strings.Cut(c.srv.Key(), ":")
	request, response := tchttp.NewCommonRequest(service, version, action), tchttp.NewCommonResponse()
	if err := request.SetActionParameters(parameters); err != nil {
		t.Fatal(err)
	}
	if err := common.NewCommonClient(common.NewCredential(id, secret), region, c.profile(nil)).Send(request, response); err != nil {
		return nil, err
	}
	var said struct{ Response map[string]any }
	if err := json.Unmarshal(response.GetBody(), &said); err != nil {
		t.Fatal(err)
	}
	return said.Response, nil
}

// key makes an access key of a role for some registries, or for all.
func (c clients) key(t *testing.T, role shipbell.Role, registries ...string) string {
	t.Helper()
	made, err := c.srv.API.CreateKey(t.Context(), apiv1.AccessKeySettings{Role: role, Registries: registries, Description: "tcrlife"})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID + ":" + made.Secret
}

// code is the code of what came of a call, "" being success.
func code(t *testing.T, err error) string {
	t.Helper()
	var failed *sdkerrors.TencentCloudSDKError
	if err != nil && (!errors.As(err, &failed) || failed.RequestId == "" || failed.Message == "") {
		t.Errorf("the error %v is not one of the API, with message and RequestId", err)
	}
	if failed == nil {
		return ""
	}
	return failed.Code
}

// newTrigger is a trigger for pushes to the repositories of the namespace.
func newTrigger(name string, targets ...*tcr.WebhookTarget) *tcr.WebhookTrigger {
	return &tcr.WebhookTrigger{
		Name: common.StringPtr(name), Description: common.StringPtr("触发器"), Targets: targets, Enabled: common.BoolPtr(true),
		EventTypes: common.StringPtrs([]string{"pushImage"}), Condition: common.StringPtr(".*"),
	}
}

func newTarget(address string, headers ...*tcr.Header) *tcr.WebhookTarget {
	return &tcr.WebhookTarget{Address: common.StringPtr(address), Headers: headers}
}

func newHeader(key string, values ...string) *tcr.Header {
	return &tcr.Header{Key: common.StringPtr(key), Values: common.StringPtrs(values)}
}

func create(client *tcr.Client, trigger *tcr.WebhookTrigger) (*tcr.WebhookTrigger, error) {
	request := tcr.NewCreateWebhookTriggerRequest()
	request.RegistryId, request.Namespace, request.Trigger = common.StringPtr(registry), common.StringPtr(namespace), trigger
	answer, err := client.CreateWebhookTrigger(request)
	if err != nil {
		return nil, err
	}
	return answer.Response.Trigger, nil
}

// describe lists the triggers of the namespace; a limit of 0 is none.
func describe(client *tcr.Client, offset, limit int64) (triggers []*tcr.WebhookTrigger, total int64, err error) {
	request := tcr.NewDescribeWebhookTriggerRequest()
	request.RegistryId, request.Namespace = common.StringPtr(registry), common.StringPtr(namespace)
	if limit != 0 {
		request.Limit, request.Offset = &limit, &offset
	}
	answer, err := client.DescribeWebhookTrigger(request)
	if err != nil {
		return nil, 0, err
	}
	return answer.Response.Triggers, *answer.Response.TotalCount, nil
}

func modify(client *tcr.Client, trigger *tcr.WebhookTrigger) error {
	request := tcr.NewModifyWebhookTriggerRequest()
	request.RegistryId, request.Namespace, request.Trigger = common.StringPtr(registry), common.StringPtr(namespace), trigger
	_, err := client.ModifyWebhookTrigger(request)
	return err
}

func remove(client *tcr.Client, id int64) error {
	request := tcr.NewDeleteWebhookTriggerRequest()
	request.RegistryId, request.Namespace, request.Id = common.StringPtr(registry), common.StringPtr(namespace), &id
	_, err := client.DeleteWebhookTrigger(request)
	return err
}

func logOf(client *tcr.Client, id int64) ([]*tcr.WebhookTriggerLog, int64, error) {
	request := tcr.NewDescribeWebhookTriggerLogRequest()
	request.RegistryId, request.Namespace, request.Id = common.StringPtr(registry), common.StringPtr(namespace), &id
	answer, err := client.DescribeWebhookTriggerLog(request)
	if err != nil {
		return nil, 0, err
	}
	return answer.Response.Logs, *answer.Response.TotalCount, nil
}

// show writes what the SDK has behind pointers.
func show(value any) string {
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// pushed is the event of a push to the namespace, as TCR sends it.
func pushed(tag string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"pushImage","occur_at":1589106605,"operator":"332133xxxx","event_data":{
		"resources":[{"digest":"sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9","tag":%q,"resource_url":"xxx-bj.tencentcloudcr.com/%[2]s/app:%[1]s"}],
		"repository":{"date_created":1587119137,"name":"app","namespace":%[2]q,"repo_full_name":"%[2]s/app","repo_type":"public"}}}`, tag, namespace))
}
