package safehttp_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shipbell/shipbell/shared/safehttp"
)

func TestHostsThatLeadToLoopbackAreRefused(t *testing.T) {
	client := safehttp.New(safehttp.Options{})
	url, accepted := rawServer(t, func(net.Conn) {})
	port := url[strings.LastIndex(url, ":"):]
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::]", "0.0.0.0", "①②⑦.⓪.⓪.①", "127。0。0。1",
	} {
		for _, scheme := range []string{"http://", "https://"} {
			_, err := client.Do(newRequest(t, scheme+host+port+"/?key=s3cr3t"))
			if !errors.Is(err, safehttp.ErrBlocked) {
				t.Errorf("%s%s: %v, want it blocked", scheme, host, err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s%s: the error tells too much: %v", scheme, host, err)
			}
		}
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer other.Close()
	for _, location := range []string{other.URL, "http://169.254.169.254/latest/meta-data/"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			server := httptest.NewServer(http.RedirectHandler(location, status))
			resp, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, server.URL))
			if err != nil || resp.StatusCode != status || resp.Header.Get("Location") != location {
				t.Errorf("%d to %s: %+v, %v", status, location, resp, err)
			}
			server.Close()
		}
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// The test binary's environment names a proxy: see TestMain. Proxies are never
// used for loopback addresses, so the target has a name.
func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.Host + r.RequestURI }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	client := safehttp.New(safehttp.Options{
		Allow:    loopback(),
		Resolver: resolver(func(string) netip.Addr { return netip.MustParseAddr("127.0.0.1") }),
	})
	if _, err := client.Do(newRequest(t, "http://target.example:"+port+"/hook")); err != nil {
		t.Fatal(err)
	}
	if want := "target.example:" + port + "/hook"; asked != want {
		t.Errorf("the server was asked for %q, want %q", asked, want)
	}
}

func TestANameThatChangesItsAnswerIsRefused(t *testing.T) {
	url, accepted := rawServer(t, func(net.Conn) {})
	var lookups atomic.Int64
	rebinding := resolver(func(string) netip.Addr {
		if lookups.Add(1) == 1 {
			return netip.MustParseAddr("8.8.8.8")
		}
		return netip.MustParseAddr("127.0.0.1")
	})
	client := safehttp.New(safehttp.Options{Resolver: rebinding})

	first, err := rebinding.LookupNetIP(t.Context(), "ip4", "rebind.example")
	if err != nil || client.Check(first[0]) != nil {
		t.Fatalf("first lookup: %v, %v; want a public address", first, err)
	}
	_, err = client.Do(newRequest(t, "http://rebind.example"+url[strings.LastIndex(url, ":"):]))
	if !errors.Is(err, safehttp.ErrBlocked) {
		t.Errorf("%v, want the second address blocked", err)
	}
	if lookups.Load() < 2 || accepted.Load() != 0 {
		t.Errorf("%d lookups, %d connections", lookups.Load(), accepted.Load())
	}
}

func TestAnAllowedAddressIsReached(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Length", r.Header.Get("Content-Length"))
		w.WriteHeader(http.StatusAccepted)
		w.Write(body)
	}))
	defer server.Close()
	resp, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, server.URL))
	if err != nil {
		t.Fatal(err)
	}
	if !resp.Remote.IsValid() || resp.Total <= 0 {
		t.Errorf("remote address %v, timings %+v", resp.Remote, resp.Timings)
	}
	want := safehttp.Response{StatusCode: 202, Header: resp.Header, Body: []byte(`{"type":"pushImage"}`), Size: 20, Remote: resp.Remote, Timings: resp.Timings}
	if diff := cmp.Diff(want, resp, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := safehttp.New(safehttp.Options{Allow: loopback(), DenyLoopback: true}).Do(newRequest(t, server.URL)); !errors.Is(err, safehttp.ErrBlocked) {
		t.Errorf("with DenyLoopback: %v, want it blocked", err)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		body     string
		sameConn bool
	}{
		{"no body", "", true},
		{"short body", `{"ok":true}`, true},
		{"body at the limit", strings.Repeat("a", 64<<10), true},
		{"body over the limit", strings.Repeat("a", 1<<20), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var conns atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, tt.body) }))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					conns.Add(1)
				}
			}
			server.Start()
			defer server.Close()
			client := safehttp.New(safehttp.Options{Allow: loopback()})
			for range 5 {
				if _, err := client.Do(newRequest(t, server.URL)); err != nil {
					t.Fatal(err)
				}
			}
			if n := conns.Load(); (n == 1) != tt.sameConn {
				t.Errorf("%d connections for 5 requests", n)
			}
		})
	}
}

func TestManyGoroutinesShareIdleConnections(t *testing.T) {
	var conns atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := safehttp.New(safehttp.Options{Allow: loopback()})
	for range 5 {
		var group sync.WaitGroup
		for range 200 {
			group.Go(func() {
				if _, err := client.Do(newRequest(t, server.URL)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	if n := conns.Load(); n > 400 {
		t.Errorf("%d connections for five rounds of 200 requests", n)
	}
}

func TestEndlessBodyIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	resp, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, server.URL))
	if err != nil || resp.StatusCode != 200 || len(resp.Body) != 64<<10 {
		t.Errorf("status %d, %d bytes, %v", resp.StatusCode, len(resp.Body), err)
	}
}

func TestHTTP2IsSpoken(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	resp, err := safehttp.New(safehttp.Options{Allow: loopback(), RootCAs: roots}).Do(newRequest(t, server.URL))
	if err != nil || string(resp.Body) != "HTTP/2.0" {
		t.Errorf("%q, %v", resp.Body, err)
	}
}

func TestSettingsOfConnections(t *testing.T) {
	transport := safehttp.Transport(safehttp.New(safehttp.Options{}))
	if transport.Proxy != nil {
		t.Error("there is a proxy")
	}
	if transport.IdleConnTimeout > 90*time.Second || transport.MaxIdleConnsPerHost < 64 {
		t.Errorf("idle connections: %v, %d a host", transport.IdleConnTimeout, transport.MaxIdleConnsPerHost)
	}
}

// TestHangingURLsOnASharedHost has more requests hang on a host than any bound for a host
// would leave: another to the same host and port is answered at once.
func TestHangingURLsOnASharedHost(t *testing.T) {
	var hanging sync.WaitGroup
	release := make(chan struct{})
	const many = 320 // 40 URLs with 8 requests each
	begun := make(chan struct{}, many)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthy" {
			begun <- struct{}{}
			<-release
		}
	}))
	defer server.Close()
	client := safehttp.New(safehttp.Options{Allow: loopback(), Timeout: time.Minute})
	for range many {
		hanging.Go(func() { _, _ = client.Do(newRequest(t, server.URL+"/hangs")) })
	}
	for range many {
		select {
		case <-begun:
		case <-time.After(30 * time.Second):
			t.Fatal("not all requests reach the host at once")
		}
	}
	if _, err := client.Do(newRequest(t, server.URL+"/healthy")); err != nil {
		t.Error(err)
	}
	close(release)
	hanging.Wait()
}
