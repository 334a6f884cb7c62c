package webhook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// BenchmarkSend posts to a server in this process, so its figures hold both
// sides of the exchange.
func BenchmarkSend(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	for name, secret := range map[string]shipbell.Secret{"unsigned": {}, "signed": shipbell.NewSecret(sampleSecret)} {
		b.Run(name, func(b *testing.B) {
			sender := newSender(safehttp.Options{})
			target := shipbell.Target{URL: server.URL + "/hook", Secret: secret}
			delivery := sample(shipbell.FormatTCR)
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if o := sender.Send(b.Context(), delivery, target, 1); !o.Succeeded() {
						b.Error(o.Error)
					}
				}
			})
		})
	}
}
