package safehttp_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// TestMain runs every test as if the environment named a proxy. Nothing listens
// there, so a client that obeyed it would fail.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		os.Setenv(name, "http://127.0.0.1:1")
		os.Setenv(strings.ToLower(name), "http://127.0.0.1:1")
	}
	os.Exit(m.Run())
}

// loopback is an allow list for test servers.
func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// newRequest makes a request whose URL and body must never be seen in an error.
func newRequest(t testing.TB, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"type":"pushImage"}`))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// rawServer accepts connections on loopback and hands each to serve, which may
// misbehave as no HTTP server would. It counts them.
func rawServer(t testing.TB, serve func(net.Conn)) (url string, accepted *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	accepted = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String(), accepted
}

// readHead reads a request up to the end of its header.
func readHead(conn net.Conn) {
	var head strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(head.String(), "\r\n\r\n") {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		head.Write(buf[:n])
	}
}

// resolver looks names up in a function instead of the network; an address that
// is not valid means that there is no such host.
func resolver(lookup func(name string) netip.Addr) *net.Resolver {
	return resolverOf(func(name string) []netip.Addr {
		if addr := lookup(name); addr.IsValid() {
			return []netip.Addr{addr}
		}
		return nil
	})
}

// resolverOf is resolver for names with several addresses.
func resolverOf(lookup func(name string) []netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerDNS(server, lookup)
		return client, nil
	}}
}

// answerDNS speaks DNS over a stream: each message comes after its length.
func answerDNS(conn net.Conn, lookup func(string) []netip.Addr) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		answer := dnsAnswer(query, lookup)
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

func dnsAnswer(query []byte, lookup func(string) []netip.Addr) []byte {
	const header, typeA, noSuchName = 12, 1, 3
	var labels []string
	end := header
	for query[end] != 0 {
		n := int(query[end])
		labels = append(labels, string(query[end+1:end+1+n]))
		end += 1 + n
	}
	kind := binary.BigEndian.Uint16(query[end+1:])
	question := query[header : end+5]

	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if kind != typeA {
		return answer
	}
	addrs := lookup(strings.Join(labels, "."))
	if len(addrs) == 0 {
		answer[3] |= noSuchName
	}
	for _, addr := range addrs {
		answer[7]++
		answer = append(answer, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4)
		answer = append(answer, addr.AsSlice()...)
	}
	return answer
}
