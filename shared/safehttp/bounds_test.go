package safehttp_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
)

// pipeClient is a client whose target is a function at the other end of a pipe,
// for use on the false clock of synctest.
func pipeClient(o safehttp.Options, serve func(net.Conn)) *safehttp.Client {
	client := safehttp.New(o)
	safehttp.DialWith(client, func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			serve(far)
		}()
		return near, nil
	})
	return client
}

func TestTimeBounds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		url   string
		serve func(net.Conn)
		took  time.Duration
		err   string
		body  string
	}{
		{
			name: "header never sent", url: "http://target.example/",
			serve: func(conn net.Conn) { io.Copy(io.Discard, conn) },
			took:  15 * time.Second, err: "timeout after 15s",
		},
		{
			name: "TLS handshake never answered", url: "https://target.example/",
			serve: func(conn net.Conn) { io.Copy(io.Discard, conn) },
			took:  5 * time.Second, err: "tls: handshake timeout",
		},
		{
			name: "request never read", url: "http://target.example/",
			serve: func(net.Conn) { time.Sleep(time.Minute) },
			took:  15 * time.Second, err: "timeout after 15s",
		},
		{
			name: "one byte of body every two seconds", url: "http://target.example/",
			serve: func(conn net.Conn) {
				readHead(conn)
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
				for range 1000 {
					time.Sleep(2 * time.Second)
					if _, err := conn.Write([]byte("a")); err != nil {
						return
					}
				}
			},
			took: 15 * time.Second, body: strings.Repeat("a", 7),
		},
		{
			name: "one byte of header a second", url: "http://target.example/",
			serve: func(conn net.Conn) {
				readHead(conn)
				for _, b := range []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
					time.Sleep(time.Second)
					if _, err := conn.Write([]byte{b}); err != nil {
						return
					}
				}
			},
			took: 15 * time.Second, err: "timeout after 15s",
		},
		{
			name: "protocols switched and then silence", url: "http://target.example/",
			serve: func(conn net.Conn) {
				readHead(conn)
				io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
				io.Copy(io.Discard, conn)
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := pipeClient(safehttp.Options{}, tt.serve)
				start := time.Now()
				resp, err := client.Do(newRequest(t, tt.url))
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if fmt.Sprint(err) != tt.err && (err != nil || tt.err != "") {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if got := string(resp.Body); got != tt.body {
					t.Errorf("body %q, want %q", got, tt.body)
				}
				time.Sleep(2 * time.Minute) // let the idle connections go
			})
		})
	}
}

func TestTheCallersContextEndsARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := pipeClient(safehttp.Options{}, func(conn net.Conn) { io.Copy(io.Discard, conn) })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.Do(newRequest(t, "http://target.example/").WithContext(ctx))
		if fmt.Sprint(err) != "interrupted before an answer came" || time.Since(start) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestHeaderSize(t *testing.T) {
	for size, ok := range map[int]bool{60 << 10: true, 70 << 10: false, 1 << 20: false} {
		url, _ := rawServer(t, func(conn net.Conn) {
			readHead(conn)
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Filler: %s\r\n\r\n", strings.Repeat("a", size))
			io.Copy(io.Discard, conn)
		})
		resp, err := safehttp.New(safehttp.Options{Allow: loopback()}).Do(newRequest(t, url))
		if (err == nil) != ok || (err == nil && resp.StatusCode != http.StatusOK) {
			t.Errorf("header of %d bytes: status %d, %v", size, resp.StatusCode, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "http: no readable answer") {
			t.Errorf("header of %d bytes: %v", size, err)
		}
	}
}
