package safehttp_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
)

// TestBrokenLinesOfAHeader: the status and the other lines count, and the connection goes on.
func TestBrokenLinesOfAHeader(t *testing.T) {
	for name, tt := range map[string]struct{ head, body string }{
		"no colon":                      {"HTTP/1.1 201 Created\r\nthis is no header\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"a space in a name":             {"HTTP/1.1 201 Created\r\nBad Name: x\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"no name":                       {"HTTP/1.1 201 Created\r\n: x\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"a control character":           {"HTTP/1.1 201 Created\r\nX-Bad: a\x01b\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"begins with a space":           {"HTTP/1.1 201 Created\r\n x: y\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"broken, and goes on":           {"HTTP/1.1 201 Created\r\nbroken\r\n and more\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"lines without CR":              {"HTTP/1.1 201 Created\nbroken\nContent-Length: 2\nX-Good: yes\n\n", "ok"},
		"no length":                     {"HTTP/1.1 201 Created\r\nContent-Length: many\r\nX-Good: yes\r\n\r\n", "ok"},
		"two lengths":                   {"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\nX-Good: yes\r\n\r\n", "ok"},
		"Transfer-Encoding: identity":   {"HTTP/1.1 201 Created\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"chunked twice":                 {"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nX-Good: yes\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"},
		"after an informational answer": {"HTTP/1.1 103 Early Hints\r\nbroken\r\n\r\nHTTP/1.1 201 Created\r\nbroken\r\nContent-Length: 2\r\nX-Good: yes\r\n\r\n", "ok"},
		"HTTP/1.0":                      {"HTTP/1.0 201 Created\r\nbroken\r\nX-Good: yes\r\n\r\n", "ok"},
	} {
		for _, pause := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " in pieces ", pause), func(t *testing.T) {
				url, _ := rawServer(t, func(conn net.Conn) {
					readHead(conn)
					size := len(tt.head) + len(tt.body)
					if pause {
						size = 1
					}
					for all := tt.head + tt.body; all != ""; all = all[size:] {
						if _, err := io.WriteString(conn, all[:size]); err != nil {
							return
						}
					}
				})
				resp, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, url))
				if err != nil || resp.StatusCode != 201 || resp.Header.Get("X-Good") != "yes" || string(resp.Body) != "ok" {
					t.Errorf("status %d, header %v, body %q, %v", resp.StatusCode, resp.Header, resp.Body, err)
				}
			})
		}
	}
}

// TestBrokenLinesOverTLS is the same behind TLS, on a connection that is used twice.
func TestBrokenLinesOverTLS(t *testing.T) {
	cert, roots := certificate(t, "127.0.0.1", time.Hour)
	url, _ := rawServer(t, func(raw net.Conn) {
		conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}})
		for range 2 {
			readHead(conn)
			io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nbroken\r\nContent-Length: 8\r\n\r\nbroken\r\n")
		}
		io.Copy(io.Discard, conn)
	})
	client := safehttp.New(safehttp.Options{Allow: loopback(), RootCAs: roots})
	for i := range 2 {
		resp, err := client.Do(newRequest(t, strings.Replace(url, "http:", "https:", 1)))
		if err != nil || resp.StatusCode != 202 || string(resp.Body) != "broken\r\n" || resp.Reused != (i == 1) {
			t.Errorf("status %d, body %q, used before: %v, %v", resp.StatusCode, resp.Body, resp.Reused, err)
		}
	}
}

// TestEndlessBrokenHeader: broken lines count for the size of a header.
func TestEndlessBrokenHeader(t *testing.T) {
	url, _ := rawServer(t, func(conn net.Conn) {
		readHead(conn)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for {
			if _, err := io.WriteString(conn, strings.Repeat("broken\r\n", 100)); err != nil {
				return
			}
		}
	})
	_, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, url))
	if err == nil || !strings.HasPrefix(err.Error(), "http: no readable answer") {
		t.Errorf("error %v", err)
	}
}

// TestEncodingsOfABody: packed bodies and other charsets are undone, within the limit.
func TestEncodingsOfABody(t *testing.T) {
	packed := func(pack func(io.Writer) io.WriteCloser, text string) string {
		var b bytes.Buffer
		w := pack(&b)
		io.WriteString(w, text)
		w.Close()
		return b.String()
	}
	zip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zlibbed := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	flated := func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 5); return f }
	big := strings.Repeat("a", 1<<20)
	for _, tt := range []struct{ name, encoding, kind, body, want string }{
		{"plain", "", "text/plain", "ok", "ok"},
		{"gzip", "gzip", "text/plain", packed(zip, "ok"), "ok"},
		{"deflate", "deflate", "text/plain", packed(zlibbed, "ok"), "ok"},
		{"bare deflate", "deflate", "text/plain", packed(flated, "ok"), "ok"},
		{"twice", "deflate, gzip", "text/plain", packed(zip, packed(zlibbed, "ok")), "ok"},
		{"unknown", "br", "text/plain", "packed", "packed"},
		{"said to be packed", "gzip", "text/plain", "ok", "ok"},
		{"a bomb", "gzip", "text/plain", packed(zip, big), big[:64<<10]},
		{"cut", "gzip", "text/plain", packed(zip, big)[:900], ""},
		{"GBK", "", "application/json; charset=GBK", "{\"errmsg\":\"\xca\xa7\xb0\xdc\"}", `{"errmsg":"失败"}`},
		{"packed GBK", "gzip", "text/plain;charset=gb2312", packed(zip, "\xca\xa7\xb0\xdc"), "失败"},
		{"Latin-1", "", "text/html; charset=ISO-8859-1", "caf\xe9", "café"},
		{"no such charset", "", "text/html; charset=klingon", "caf\xe9", "caf\xe9"},
		{"with a mark", "", "application/json", "\xef\xbb\xbf{}", "{}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var accepted []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				accepted = r.Header["Accept-Encoding"]
				w.Header().Set("Content-Type", tt.kind)
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				io.WriteString(w, tt.body)
			}))
			defer server.Close()
			resp, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, server.URL))
			if err != nil || tt.name != "cut" && string(resp.Body) != tt.want || len(resp.Body) > 64<<10 {
				t.Errorf("%.40q of %d bytes, %v", resp.Body, len(resp.Body), err)
			}
			if tt.name == "cut" && !strings.HasPrefix(string(resp.Body), "aaaa") {
				t.Errorf("%.40q, want what can be unpacked", resp.Body)
			}
			if resp.Size != int64(len(tt.body)) {
				t.Errorf("size %d of %d bytes", resp.Size, len(tt.body))
			}
			if fmt.Sprint(accepted) != "[identity]" {
				t.Errorf("Accept-Encoding: %v", accepted)
			}
		})
	}
}

// TestUsedConnectionThatEnds: a request is sent once more, on a new connection, if a used one
// ended without an answer; and only then.
func TestUsedConnectionThatEnds(t *testing.T) {
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for _, tt := range []struct {
		name   string
		second func(net.Conn) // what becomes of the second request of the first connection
		third  string         // what a new connection answers
		want   string
		conns  int64
	}{
		{"closed", func(net.Conn) {}, answer, "<nil> ok", 2},
		{"reset", func(conn net.Conn) { conn.(*net.TCPConn).SetLinger(0) }, answer, "<nil> ok", 2},
		{"in the middle of an answer", func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 2") }, answer, "http: no readable answer (broken off, malformed, or a header over 64 KiB) ", 1},
		{"the new one as well", func(net.Conn) {}, "", "reset: the connection ended before an answer ", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var conns, requests atomic.Int64
			url, accepted := rawServer(t, func(conn net.Conn) {
				first := conns.Add(1) == 1
				for readRequest(conn) {
					n := requests.Add(1)
					switch {
					case n == 1:
						io.WriteString(conn, answer)
					case first:
						tt.second(conn)
						return
					default:
						io.WriteString(conn, tt.third)
						return
					}
				}
			})
			client := safehttp.New(safehttp.Options{Allow: loopback()})
			if _, err := client.Do(newRequest(t, url)); err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(newRequest(t, url))
			if got := fmt.Sprintf("%v %s", err, resp.Body); got != tt.want || accepted.Load() != tt.conns {
				t.Errorf("%q on %d connections, want %q on %d", got, accepted.Load(), tt.want, tt.conns)
			}
		})
	}
}

// readRequest reads a request as newRequest makes it.
func readRequest(conn net.Conn) bool {
	var all strings.Builder
	buf := make([]byte, 4096)
	for !strings.HasSuffix(all.String(), `{"type":"pushImage"}`) {
		n, err := conn.Read(buf)
		if err != nil {
			return false
		}
		all.Write(buf[:n])
	}
	return true
}

// TestHostIsBlockedOnlyIfAllAddressesAre: one that is allowed may be reached later, so what
// is told is what became of it.
func TestHostIsBlockedOnlyIfAllAddressesAre(t *testing.T) {
	closed := closedPort(t)
	port := closed[strings.LastIndex(closed, ":"):]
	for _, tt := range []struct {
		name  string
		addrs []string
		want  string
	}{
		{"blocked, then refused", []string{"127.0.0.2", "127.0.0.1"}, "connect: connection refused"},
		{"refused, then blocked", []string{"127.0.0.1", "127.0.0.2"}, "connect: connection refused"},
		{"all blocked", []string{"169.254.169.254", "127.0.0.2"}, "blocked address: 127.0.0.2 is in 127.0.0.0/8, which is not public; the operator can allow it with --allow-targets 127.0.0.0/8 (SHIPBELL_ALLOW_TARGETS)"},
		{"all for good", []string{"169.254.169.254", "169.254.170.2"}, "blocked address: link-local and cloud metadata addresses are never reached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resolver := resolverOf(func(string) (list []netip.Addr) {
				for _, addr := range tt.addrs {
					list = append(list, netip.MustParseAddr(addr))
				}
				return list
			})
			_, err := safehttp.New(safehttp.Options{Allow: loopback(), Resolver: resolver}).Do(newRequest(t, "http://many.example"+port))
			if fmt.Sprint(err) != tt.want {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestTimings: the parts of a request are told apart, and no address is where none was reached.
func TestTimings(t *testing.T) {
	url, ca, _ := secureServer(t, tls.NoClientCert)
	client := safehttp.New(safehttp.Options{
		Allow:    loopback(),
		Resolver: resolver(func(string) netip.Addr { return netip.MustParseAddr("127.0.0.1") }),
	})
	named := strings.Replace(url, "127.0.0.1", "localhost.example", 1)
	terms := safehttp.Terms{TLS: safehttp.TLS{Insecure: true}}
	first, err := client.DoAs(newRequest(t, named), terms)
	if err != nil {
		t.Fatal(err)
	}
	if first.DNS <= 0 || first.Connect <= 0 || first.TLS <= 0 || first.FirstByte < first.DNS+first.Connect+first.TLS || first.Total < first.FirstByte || first.Reused {
		t.Errorf("%+v", first.Timings)
	}
	again, err := client.DoAs(newRequest(t, named), terms)
	if err != nil || again.DNS+again.Connect+again.TLS != 0 || again.FirstByte <= 0 || !again.Reused || again.Remote != first.Remote {
		t.Errorf("%+v from %v, %v", again.Timings, again.Remote, err)
	}
	blocked, err := safehttp.New(safehttp.Options{}).DoAs(newRequest(t, url), safehttp.Terms{TLS: safehttp.TLS{CA: ca}})
	if err == nil || blocked.Remote.IsValid() {
		t.Errorf("blocked, from %v: %v", blocked.Remote, err)
	}
}
