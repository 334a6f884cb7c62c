package safehttp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
)

// Every failure is told in words that hold neither the URL, nor an address, nor
// what the target sent.
func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options safehttp.Options
		url     func(t *testing.T) string
		want    string
		is      error
	}{
		{name: "refused", url: closedPort, want: "connect: connection refused", is: syscall.ECONNREFUSED},
		{name: "impossible port", url: fixed("http://127.0.0.1:99999"), want: "connect: not possible"},
		{name: "reset", url: raw(reset), want: "reset: connection reset by peer", is: syscall.ECONNRESET},
		{name: "closed at once", url: raw(func(conn net.Conn) { readHead(conn) }), want: "reset: the connection ended before an answer"},
		{name: "closed within the header", url: raw(reply("HTTP/1.1 200 OK\r\nX: s3cr3t")), want: "reset: the connection ended before an answer"},
		{name: "not HTTP", url: raw(reply("SSH-2.0-s3cr3t\r\n")), want: "http: no readable answer (broken off, malformed, or a header over 64 KiB)"},
		{name: "no answer", url: raw(func(conn net.Conn) { io.Copy(io.Discard, conn) }), options: safehttp.Options{Timeout: 300 * time.Millisecond}, want: "timeout after 300ms"},
		{name: "no such host", options: safehttp.Options{Resolver: resolver(func(string) netip.Addr { return netip.Addr{} })}, url: fixed("http://absent.example"), want: "dns: no such host"},
		{name: "resolver down", options: safehttp.Options{Resolver: brokenResolver(errors.New("s3cr3t"))}, url: fixed("http://absent.example"), want: "dns: lookup failed"},
		{name: "resolver slow", options: safehttp.Options{Resolver: brokenResolver(context.DeadlineExceeded)}, url: fixed("http://absent.example"), want: "dns: timeout"},
		{name: "no TLS", url: https(raw(reply("HTTP/1.1 400 Bad Request\r\n\r\n"))), want: "tls: the target does not speak TLS"},
		{name: "neither TLS nor HTTP", url: https(raw(reply("s3cr3t s3cr3t"))), want: "tls: the target does not speak TLS"},
		{name: "unknown authority", url: tlsServer(nil), want: "tls: the certificate is signed by an unknown authority"},
		{name: "old TLS", url: tlsServer(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}), want: "tls: protocol version not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Allow = loopback()
			_, err := safehttp.New(tt.options).Do(newRequest(t, tt.url(t)+"/s3cr3t?key=s3cr3t"))
			if fmt.Sprint(err) != tt.want {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("the cause %v is lost", tt.is)
			}
		})
	}
}

func fixed(url string) func(*testing.T) string { return func(*testing.T) string { return url } }

func raw(serve func(net.Conn)) func(*testing.T) string {
	return func(t *testing.T) string {
		url, _ := rawServer(t, serve)
		return url
	}
}

func https(url func(*testing.T) string) func(*testing.T) string {
	return func(t *testing.T) string { return strings.Replace(url(t), "http://", "https://", 1) }
}

// closedPort is an address where nobody listens: the port of a connection, which nobody gets
// meanwhile, unlike that of a listener that was closed.
func closedPort(t *testing.T) string {
	url, _ := rawServer(t, func(net.Conn) {})
	taken, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	return "http://" + taken.LocalAddr().String()
}

func reply(text string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		io.WriteString(conn, text)
	}
}

func reset(conn net.Conn) {
	readHead(conn)
	conn.(*net.TCPConn).SetLinger(0)
}

func brokenResolver(err error) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
}

func tlsServer(config *tls.Config) func(*testing.T) string {
	return func(t *testing.T) string {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = config
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
}
