package webhook_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func TestSendFailures(t *testing.T) {
	closed := misbehaving(t, func(*net.TCPConn, string) {})
	// Nobody listens at the port of a connection, nor can anybody meanwhile, as at one that
	// was closed.
	taken, err := net.Dial("tcp", strings.TrimPrefix(closed, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	silent := misbehaving(t, func(conn *net.TCPConn, _ string) { io.Copy(io.Discard, conn) })

	for _, tt := range []struct {
		name, url string
		allow     []netip.Prefix
		timeout   time.Duration
		want      shipbell.Outcome
	}{
		{name: "refused", url: "http://" + taken.LocalAddr().String(), want: shipbell.Outcome{Error: text.Literal("connect: connection refused")}},
		{name: "reset", url: misbehaving(t, func(conn *net.TCPConn, _ string) { conn.SetLinger(0) }), want: shipbell.Outcome{Error: text.Literal("reset: connection reset by peer")}},
		{name: "closed", url: closed, want: shipbell.Outcome{Error: text.Literal("reset: the connection ended before an answer")}},
		{name: "no TLS", url: strings.Replace(closed, "http", "https", 1), want: shipbell.Outcome{Error: text.Literal("reset: the connection ended before an answer")}},
		{name: "untrusted", url: untrusted.URL, want: shipbell.Outcome{Error: text.Literal("tls: the certificate is signed by an unknown authority")}},
		{name: "no header", url: silent, timeout: 50 * time.Millisecond, want: shipbell.Outcome{Error: text.Literal("timeout after 50ms")}},
		{name: "blocked", url: silent, allow: []netip.Prefix{}, want: shipbell.Outcome{Error: text.Literal("blocked address: 127.0.0.1 is in 127.0.0.0/8, which is not public; the operator can allow it with --allow-targets 127.0.0.0/8 (SHIPBELL_ALLOW_TARGETS)"), Final: true}},
		{name: "metadata", url: "http://169.254.169.254", allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}, want: shipbell.Outcome{Error: text.Literal("blocked address: link-local and cloud metadata addresses are never reached"), Final: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := shipbell.Target{URL: tt.url + "/s3cr3t?key=s3cr3t", Headers: []shipbell.Header{{Key: "Authorization", Values: secrets("s3cr3t")}}}
			sender := newSender(safehttp.Options{Allow: tt.allow, Timeout: tt.timeout})
			got := sender.Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(shipbell.Outcome{}, "Duration", "Exchange"), bySentence()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Duration <= 0 || got.Duration < tt.timeout {
				t.Errorf("took %v", got.Duration)
			}
		})
	}
}

// A target that echoes what it is sent does not bring secrets into the history.
func TestEchoedSecretsAreMasked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "%s %s %s %s", r.Header.Get("Authorization"), r.Header.Get("X-Stage"), r.RequestURI, r.URL.Query().Get("token"))
	}))
	defer server.Close()
	target := shipbell.Target{
		URL: server.URL + "/hook?key=s3cr3t-1&token=s3cr3t%2D2&n=1",
		Headers: []shipbell.Header{
			{Key: "Authorization", Values: secrets("Bearer s3cr3t-3")},
			{Key: "X-Stage", Values: secrets("prod")},
		},
		Secret: shipbell.NewSecret(sampleSecret),
	}
	o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
	want := "•••• prod /hook?key=••••&token=••••&n=1 ••••"
	if o.Response != want || o.Error.String() != "status 400" {
		t.Errorf("%q, %q; want %q", o.Error, o.Response, want)
	}
}

// The status is known when the header is read; what then becomes of the body
// changes nothing.
func TestBodyThatNeverEnds(t *testing.T) {
	url := misbehaving(t, func(conn *net.TCPConn, _ string) {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning")
		io.Copy(io.Discard, conn)
	})
	o := newSender(safehttp.Options{Timeout: 50 * time.Millisecond}).Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{URL: url}, 1)
	if !o.Succeeded() || o.StatusCode != 200 || o.Response != "the beginning" {
		t.Errorf("outcome %+v", o)
	}
}
