package tcrlife

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tcr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tcr/v20190924"
)

// provider makes the calls of Terraform's provider for Tencent Cloud, 1.83.25, in its
// order and with its parameters: for the resource tencentcloud_tcr_webhook_trigger, and
// the data sources tencentcloud_tcr_namespaces and tencentcloud_tcr_instances. It asks
// tcr.DOMAIN and tag.DOMAIN.
type provider struct {
	t   *testing.T
	tcr *tcr.Client
	tag *common.Client
}

// arguments are those of the resource, and what the provider computes. Of what is a set,
// the order does not count.
type arguments struct {
	RegistryID, Namespace string
	Trigger               tcr.WebhookTrigger
	Tags                  map[string]string
}

// rootDomain is what the provider's setting domain names. It leads to the shipbell.
const rootDomain = "shipbell.test"

// provider configures a provider with an access key.
func (c clients) provider(t *testing.T, key string) *provider {
	t.Helper()
	p := c.profile(func(p *profile.ClientProfile) { p.HttpProfile.Endpoint, p.HttpProfile.RootDomain = "", rootDomain })
	id, secret, _ := strings.Cut(key, ":")
	credential := common.NewCredential(id, secret)
	client, err := tcr.NewClient(credential, region, p)
	if err != nil {
		t.Fatal(err)
	}
	tag := common.NewCommonClient(credential, region, p)
	client.WithHttpTransport(c.anyHost())
	tag.WithHttpTransport(c.anyHost())
	return &provider{t: t, tcr: client, tag: tag}
}

// anyHost is a transport that asks the shipbell whatever host a request is for.
func (c clients) anyHost() http.RoundTripper {
	_, addr, _ := strings.Cut(c.srv.URL(), "://")
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
}

// create makes the resource and reads it.
func (p *provider) create(a arguments) (id string, read *arguments) {
	p.t.Helper()
	request := tcr.NewCreateWebhookTriggerRequest()
	request.RegistryId, request.Namespace, request.Trigger = &a.RegistryID, &a.Namespace, &a.Trigger
	answer, err := p.tcr.CreateWebhookTrigger(request)
	if err != nil {
		p.t.Fatal(err)
	}
	id = strings.Join([]string{a.RegistryID, a.Namespace, strconv.FormatInt(*answer.Response.Trigger.Id, 10)}, "#")
	if len(a.Tags) > 0 {
		p.modifyTags(fmt.Sprintf("qcs::tcr:%s:uin/:repository/%s", region, id), a.Tags, nil)
	}
	return id, p.read(id)
}

// read is a refresh: what the resource is now, or nil if it is gone.
func (p *provider) read(id string) *arguments {
	p.t.Helper()
	parts := strings.Split(id, "#")
	a := &arguments{RegistryID: parts[0], Namespace: parts[1]}
	request := tcr.NewDescribeWebhookTriggerRequest()
	request.RegistryId, request.Namespace = &a.RegistryID, &a.Namespace
	answer, err := p.tcr.DescribeWebhookTrigger(request)
	if err != nil {
		p.t.Fatal(err)
	}
	at := slices.IndexFunc(answer.Response.Triggers, func(t *tcr.WebhookTrigger) bool { return strconv.FormatInt(*t.Id, 10) == parts[2] })
	if at < 0 {
		return nil
	}
	a.Trigger = *answer.Response.Triggers[at]
	a.Tags = p.describeTags(id)
	return a
}

// update changes a resource to other arguments and reads it. It gives no trigger if only
// tags have changed.
func (p *provider) update(id string, before, after arguments) (*arguments, error) {
	p.t.Helper()
	request := tcr.NewModifyWebhookTriggerRequest()
	request.RegistryId, request.Namespace = &after.RegistryID, &after.Namespace
	if show(before.Trigger) != show(after.Trigger) {
		request.Trigger = &after.Trigger
	}
	if _, err := p.tcr.ModifyWebhookTrigger(request); err != nil {
		return nil, err
	}
	replace, remove := map[string]string{}, []string{}
	for key, value := range after.Tags {
		if old, found := before.Tags[key]; !found || old != value {
			replace[key] = value
		}
	}
	for key := range before.Tags {
		if _, found := after.Tags[key]; !found {
			remove = append(remove, key)
		}
	}
	if len(replace)+len(remove) > 0 {
		p.modifyTags(fmt.Sprintf("qcs::tcr:%s:uin/:repository/%s", region, id), replace, remove)
	}
	return p.read(id), nil
}

// destroy deletes the resource.
func (p *provider) destroy(id string) {
	p.t.Helper()
	parts := strings.Split(id, "#")
	number, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	request := tcr.NewDeleteWebhookTriggerRequest()
	request.RegistryId, request.Namespace, request.Id = &parts[0], &parts[1], &number
	if _, err := p.tcr.DeleteWebhookTrigger(request); err != nil {
		p.t.Fatal(err)
	}
}

func (p *provider) modifyTags(resource string, replace map[string]string, remove []string) {
	p.t.Helper()
	parameters := map[string]any{"Resource": resource}
	var replaced, removed []map[string]string
	for key, value := range replace {
		replaced = append(replaced, map[string]string{"TagKey": key, "TagValue": value})
	}
	for _, key := range remove {
		removed = append(removed, map[string]string{"TagKey": key})
	}
	if len(replaced) > 0 {
		parameters["ReplaceTags"] = replaced
	}
	if len(removed) > 0 {
		parameters["DeleteTags"] = removed
	}
	p.callTag("ModifyResourceTags", parameters, nil)
}

// describeTags reads tags until there are fewer than it asks for. nil is none.
func (p *provider) describeTags(id string) (tags map[string]string) {
	p.t.Helper()
	const limit = 200
	for offset := 0; ; offset += limit {
		var answer struct {
			Tags []struct{ TagKey, TagValue, ResourceID string }
		}
		p.callTag("DescribeResourceTagsByResourceIds", map[string]any{
			"ServiceType": "tcr", "ResourcePrefix": "repository", "ResourceRegion": region, "ResourceIds": []string{id}, "Limit": limit, "Offset": offset,
		}, &answer)
		for _, tag := range answer.Tags {
			if tag.ResourceID != id {
				continue
			}
			if tags == nil {
				tags = map[string]string{}
			}
			tags[tag.TagKey] = tag.TagValue
		}
		if len(answer.Tags) < limit {
			return tags
		}
	}
}

func (p *provider) callTag(action string, parameters map[string]any, answer any) {
	p.t.Helper()
	request, response := tchttp.NewCommonRequest("tag", "2018-08-13", action), tchttp.NewCommonResponse()
	err := request.SetActionParameters(parameters)
	if err == nil {
		err = p.tag.Send(request, response)
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(response.GetBody(), &struct{ Response any }{answer})
	}
	if err != nil {
		p.t.Fatalf("%s: %v", action, err)
	}
}

// namespaces is the data source: the ids of all namespaces by their names.
func (p *provider) namespaces(registry string) map[string]int64 {
	p.t.Helper()
	ids := map[string]int64{}
	request := tcr.NewDescribeNamespacesRequest()
	request.RegistryId, request.Limit, request.Offset = &registry, common.Int64Ptr(200), common.Int64Ptr(0)
	answer, err := p.tcr.DescribeNamespaces(request)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, one := range answer.Response.NamespaceList {
		_ = *one.Public // which the provider reads too
		ids[*one.Name] = *one.NamespaceId
	}
	return ids
}

// instances is the data source, by an id or by a name: the ids that it finds.
func (p *provider) instances(id, name string) (ids []string) {
	p.t.Helper()
	request := tcr.NewDescribeInstancesRequest()
	request.Limit, request.Offset = common.Int64Ptr(200), common.Int64Ptr(0)
	if name != "" {
		request.Filters = []*tcr.Filter{{Name: common.StringPtr("RegistryName"), Values: []*string{&name}}}
	}
	if id != "" {
		request.Registryids = []*string{&id}
	}
	answer, err := p.tcr.DescribeInstances(request)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, one := range answer.Response.Registries {
		_, _, _ = one.TagSpecification.Tags, *one.Status, *one.PublicDomain // which the provider follows
		ids = append(ids, *one.RegistryId)
	}
	return ids
}
