package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// limited serves on at most so many connections, and tells how many it has.
func limited(t *testing.T, most int, handler http.HandlerFunc) (*connections, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limitConnections(listener, most)
	server := &http.Server{Handler: l.watch(handler), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	return l, listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask makes one request on a connection, and gives the status; 0 if none came within a
// second.
func askOn(conn net.Conn, path string) int {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: shipbell\r\n\r\n", path); err != nil {
		return 0
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

// count waits until the listener holds a number of connections.
func (l *connections) count(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		got := len(l.open)
		consistent := l.idle.Len()+l.busy == got
		l.mu.Unlock()
		if got == want && consistent {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d connections are open, want %d", got, want)
		}
	}
}

// TestIdleConnectionsHoldNobodyOut opens many more connections than may be: some send
// nothing, some half a header, some one request and then nothing. Requests on new ones
// are answered all the same, and the number stays bounded.
func TestIdleConnectionsHoldNobodyOut(t *testing.T) {
	t.Parallel()
	const most = 16
	l, address := limited(t, most, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	for i := range 10 * most {
		conn := dial(t, address)
		switch i % 3 {
		case 1:
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost:")
		case 2:
			if status := askOn(conn, "/"); status != http.StatusAccepted {
				t.Fatalf("request %d: %d", i, status)
			}
		}
	}
	l.count(t, most)
	if status := askOn(dial(t, address), "/"); status != http.StatusAccepted {
		t.Errorf("an event beside idle connections: %d, want 202 within a second", status)
	}
	l.count(t, most)
}

// TestBusyConnectionsStay fills a server with requests under way: none is closed for a new
// connection, which gets its turn when one has ended.
func TestBusyConnectionsStay(t *testing.T) {
	t.Parallel()
	const most = 4
	hold := make(chan struct{})
	l, address := limited(t, most, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-hold
		}
	})
	var under sync.WaitGroup
	for range most {
		conn := dial(t, address)
		under.Go(func() {
			if _, err := io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: shipbell\r\nConnection: close\r\n\r\n"); err != nil {
				t.Error(err)
			}
			if response, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("a request under way was cut off: %v", err)
			}
		})
	}
	for end := time.Now().Add(10 * time.Second); l.working() < most; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not all requests are under way")
		}
	}
	late := dial(t, address)
	l.count(t, most)
	close(hold)
	under.Wait()
	if status := askOn(late, "/"); status != http.StatusOK {
		t.Errorf("the connection that waited: %d", status)
	}
}

func (l *connections) working() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}
