package tcrlife

import (
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// signatures leads a short life in every way that the SDK signs and asks, at the address
// and at a host name, with a path and without.
func (c clients) signatures(t *testing.T) {
	_, address, _ := strings.Cut(c.srv.URL(), "://")
	for _, sign := range []string{"TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"} {
		for _, method := range []string{"POST", "GET"} {
			for _, path := range []string{address, "shipbell.example.com", address + "/tcr", "shipbell.example.com:8080/tcr/"} {
				client := c.as(t, c.srv.Key(), func(p *profile.ClientProfile) {
					p.SignMethod, p.HttpProfile.ReqMethod, p.HttpProfile.Endpoint = sign, method, path
				})
				client.WithHttpTransport(c.anyHost())
				want := newTrigger("signed", newTarget("https://ci.example.com/hook?a=b&c=d", newHeader("X-A", "1 + 1", "=&%")), newTarget("https://ci.example.com/2"))
				want.Condition = common.StringPtr("{app, web}*/**")
				made, err := create(client, want)
				if err != nil {
					t.Fatalf("%s %s %s: %v", sign, method, path, err)
				}
				want.Id, want.NamespaceId = made.Id, made.NamespaceId
				c.found(t, client, want)
				want.Enabled, made.Enabled = common.BoolPtr(false), common.BoolPtr(false)
				if err := modify(client, made); err != nil {
					t.Errorf("%s %s %s: %v", sign, method, path, err)
				}
				c.found(t, client, want)
				c.clear(t, client, *made.Id)
			}
		}
	}
}
