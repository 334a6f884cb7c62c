package webhook_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/shared/webhook"
)

const (
	// sampleSecret is the base64 of the bytes 0 to 31.
	sampleSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	sampleID     = shipbell.DeliveryID("01HGW2N7EHJVJ4CJ999RRS2E97")
	sampleTime   = 1589106606
)

// sample is a delivery of the event in the TCR document.
func sample(format shipbell.Format) *shipbell.Delivery {
	return &shipbell.Delivery{
		ID:       sampleID,
		Registry: "default",
		Format:   format,
		Event: shipbell.Event{
			ID:      "320678d8-ca14-430f-8bb6-4ca139cd83f7",
			Action:  shipbell.PushImage,
			OccurAt: 1589106605,
			Repository: shipbell.Repository{
				FullName: "public/nginx", CreatedAt: 1587119137, Type: "public",
			},
			Resources: []shipbell.Resource{{
				Digest: "sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105xxxx268fc9",
				Tag:    "v1.10.0",
				URL:    "xxx-bj.tencentcloudcr.com/public/nginx:v1.10.0",
			}},
			Operator: "332133xxxx",
		},
	}
}

// loopback is an allow list for test servers.
func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// newSender makes a sender that may reach loopback, one second after the sample
// event.
func newSender(o safehttp.Options) *webhook.Sender {
	if o.Allow == nil {
		o.Allow = loopback()
	}
	return webhook.New(webhook.Deps{
		Client:  safehttp.New(o),
		Version: "1.2.3",
		Now:     func() time.Time { return time.Unix(sampleTime, 0) },
	})
}

// received is what a target was sent.
type received struct {
	Method string
	URI    string
	Header http.Header
	Body   string
}

// recorder is a target that answers 200 and keeps the last request.
func recorder(t testing.TB) (url string, last *received) {
	t.Helper()
	last = new(received)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*last = received{r.Method, r.RequestURI, r.Header, string(body)}
	}))
	t.Cleanup(server.Close)
	return server.URL, last
}

func secrets(texts ...string) []shipbell.Secret {
	list := make([]shipbell.Secret, len(texts))
	for i, text := range texts {
		list[i] = shipbell.NewSecret(text)
	}
	return list
}

// misbehaving is a target that does as serve does with a connection, once the
// request has arrived.
func misbehaving(t *testing.T, serve func(conn *net.TCPConn, request string)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				request := make([]byte, 4096)
				n, _ := conn.Read(request)
				serve(conn.(*net.TCPConn), string(request[:n]))
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// bySentence compares messages by what they say.
func bySentence() cmp.Option {
	return cmp.Comparer(func(a, b text.Message) bool { return a.String() == b.String() })
}
