package safehttp_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
)

// TestTimeoutOfATarget proves that every bound within an attempt follows the target's own
// timeout.
func TestTimeoutOfATarget(t *testing.T) {
	silent := func(conn net.Conn) { io.Copy(io.Discard, conn) }
	late := func(conn net.Conn) {
		readHead(conn)
		time.Sleep(50 * time.Second)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		url     string
		serve   func(net.Conn)
		took    time.Duration
		err     string
	}{
		{"a header after 50 of 60 s", time.Minute, "http://target.example/", late, 50 * time.Second, "<nil>"},
		{"no header in 60 s", time.Minute, "http://target.example/", silent, time.Minute, "timeout after 1m0s"},
		{"no handshake, of 60 s", time.Minute, "https://target.example/", silent, 20 * time.Second, "tls: handshake timeout"},
		{"no handshake, of 2 s", 2 * time.Second, "https://target.example/", silent, 2 * time.Second, "timeout after 2s"},
		{"no header in 2 s", 2 * time.Second, "http://target.example/", silent, 2 * time.Second, "timeout after 2s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := pipeClient(safehttp.Options{}, tt.serve)
				start := time.Now()
				_, err := client.DoAs(newRequest(t, tt.url), safehttp.Terms{Timeout: tt.timeout})
				if took := time.Since(start); took != tt.took || fmt.Sprint(err) != tt.err {
					t.Errorf("after %v: %v; want %v: %s", took, err, tt.took, tt.err)
				}
				time.Sleep(2 * time.Minute)
			})
		})
	}
}

// inPEM are a certificate and its key.
func inPEM(t testing.TB, cert tls.Certificate) (certificate, key string) {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(cert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

// secureServer is a server with a certificate of its own that answers with its protocol and
// how many certificates it was shown. It counts connections.
func secureServer(t *testing.T, clients tls.ClientAuthType) (url, ca string, conns *atomic.Int64) {
	t.Helper()
	cert, _ := certificate(t, "127.0.0.1", time.Hour)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", len(r.TLS.PeerCertificates))
	}))
	conns = new(atomic.Int64)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateActive {
			conns.Add(1)
		}
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: clients}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	ca, _ = inPEM(t, cert)
	return server.URL, ca, conns
}

func TestTLSOfATarget(t *testing.T) {
	url, ca, _ := secureServer(t, tls.RequestClientCert)
	mutual, mutualCA, _ := secureServer(t, tls.RequireAnyClientCert)
	own, _ := certificate(t, "127.0.0.1", time.Hour)
	shown, key := inPEM(t, own)
	_, otherKey := inPEM(t, func() tls.Certificate { c, _ := certificate(t, "", time.Hour); return c }())
	for _, tt := range []struct {
		name, url string
		tls       safehttp.TLS
		want      string
	}{
		{"none", url, safehttp.TLS{}, "tls: the certificate is signed by an unknown authority"},
		{"its authority", url, safehttp.TLS{CA: ca}, "HTTP/1.1 0"},
		{"another authority", url, safehttp.TLS{CA: mutualCA}, "tls: the certificate is signed by an unknown authority"},
		{"insecure", url, safehttp.TLS{Insecure: true}, "HTTP/1.1 0"},
		{"a certificate", mutual, safehttp.TLS{CA: mutualCA, Certificate: shown, Key: key}, "HTTP/1.1 1"},
		{"no certificate where one is wanted", mutual, safehttp.TLS{CA: mutualCA}, "tls: certificate required"},
		{"no PEM", url, safehttp.TLS{CA: "s3cr3t"}, "tls: "},
		{"another's key", url, safehttp.TLS{CA: ca, Certificate: shown, Key: otherKey}, "tls: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := safehttp.New(safehttp.Options{Allow: loopback()})
			resp, err := client.DoAs(newRequest(t, tt.url), safehttp.Terms{TLS: tt.tls})
			got := string(resp.Body)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want && (err == nil || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if strings.HasSuffix(tt.want, ": ") != errors.Is(err, safehttp.ErrTerms) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestGuardHoldsForTargetsWithTLS: no setting of a target opens an address.
func TestGuardHoldsForTargetsWithTLS(t *testing.T) {
	url, ca, conns := secureServer(t, tls.NoClientCert)
	for _, settings := range []safehttp.TLS{{CA: ca}, {Insecure: true}} {
		_, err := safehttp.New(safehttp.Options{}).DoAs(newRequest(t, url), safehttp.Terms{TLS: settings})
		if !errors.Is(err, safehttp.ErrBlocked) {
			t.Errorf("error %v", err)
		}
	}
	if conns.Load() != 0 {
		t.Error("a connection was made")
	}
}

// TestConnectionsAreNotSharedBetweenSettings: what an insecure target connected to is never
// used for a target that checks certificates, nor one owner's for another.
func TestConnectionsAreNotSharedBetweenSettings(t *testing.T) {
	url, ca, _ := secureServer(t, tls.NoClientCert)
	client := safehttp.New(safehttp.Options{Allow: loopback()})
	for _, tt := range []struct {
		terms  safehttp.Terms
		reused bool
	}{
		{safehttp.Terms{TLS: safehttp.TLS{Insecure: true}}, false},
		{safehttp.Terms{TLS: safehttp.TLS{Insecure: true}, Timeout: time.Minute}, true},
		{safehttp.Terms{TLS: safehttp.TLS{CA: ca}}, false},
		{safehttp.Terms{TLS: safehttp.TLS{CA: ca}}, true},
		{safehttp.Terms{TLS: safehttp.TLS{CA: ca}, Owner: "other"}, false},
	} {
		resp, err := client.DoAs(newRequest(t, url), tt.terms)
		if err != nil || resp.Reused != tt.reused {
			t.Errorf("%+v: reused %v, %v", tt.terms, resp.Reused, err)
		}
	}
	if _, err := client.Do(newRequest(t, url)); err == nil {
		t.Error("a target without settings got an answer")
	}
}

// TestManySettingsOfOneOwner has one owner use many certificates: the settings of others stay,
// and no more connections are kept than some.
func TestManySettingsOfOneOwner(t *testing.T) {
	url, ca, _ := secureServer(t, tls.NoClientCert)
	client := safehttp.New(safehttp.Options{Allow: loopback(), MaxIdle: 64})
	quiet := []safehttp.Terms{{Owner: "a", TLS: safehttp.TLS{CA: ca}}, {Owner: "b", TLS: safehttp.TLS{CA: ca}}}
	for _, terms := range quiet {
		if _, err := client.DoAs(newRequest(t, url), terms); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		many := safehttp.Terms{Owner: "many", TLS: safehttp.TLS{CA: ca + strings.Repeat("\n", i)}}
		if _, err := client.DoAs(newRequest(t, url), many); err != nil {
			t.Fatal(err)
		}
	}
	if n := safehttp.Kept(client); n > 8 {
		t.Errorf("%d settings are kept", n)
	}
	for _, terms := range quiet {
		if !safehttp.KeepsFor(client, terms) {
			t.Errorf("those of %s are not", terms.Owner)
		}
		if resp, err := client.DoAs(newRequest(t, url), terms); err != nil || !resp.Reused {
			t.Errorf("the connection of %s was given up: %v", terms.Owner, err)
		}
	}
}
