package tcrapi_test

import (
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tcr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tcr/v20190924"
)

// BenchmarkCall has SDK clients sign and make calls over loopback that are verified
// and answered from a store on disk, all on the same processors.
func BenchmarkCall(b *testing.B) {
	s := newService(b)
	s.done("CreateWebhookTrigger", creating("one", nil))
	secret, err := s.admin.Secret.Reveal()
	if err != nil {
		b.Fatal(err)
	}
	for _, sign := range []string{"TC3-HMAC-SHA256", "HmacSHA256"} {
		b.Run(sign, func(b *testing.B) {
			p := profile.NewClientProfile()
			p.HttpProfile.Scheme, p.HttpProfile.Endpoint, p.SignMethod = "HTTP", s.http.Listener.Addr().String(), sign
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				client, err := tcr.NewClient(common.NewCredential(s.admin.ID, secret), "ap-guangzhou", p)
				if err != nil {
					b.Error(err)
					return
				}
				for pb.Next() {
					request := tcr.NewDescribeWebhookTriggerRequest()
					request.RegistryId, request.Namespace = common.StringPtr("default"), common.StringPtr("public")
					answer, err := client.DescribeWebhookTrigger(request)
					if err != nil || *answer.Response.TotalCount != 1 {
						b.Errorf("%+v, %v", answer, err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}
