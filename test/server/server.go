// Package server runs the shipbell command beside a test, as its users run it:
// the built binary, in a process and a data directory of its own. It can be
// killed, ended in order and started again, and is spoken to over its API.
//
// A test package that uses it builds the command in its TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(server.Main(m)) }
package server

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Server is a running shipbell and a client of it.
type Server struct {
	// API is a client with the admin key.
	API *client.Client

	t     testing.TB
	data  string
	flags []string
	addr  string
	key   string
	proc  *process
	log   string // of the process that ended last
	idle  *http.Transport
}

// Start runs `shipbell serve` with these flags on a free port of 127.0.0.1, with
// a data directory of its own, until the test ends. Flags are one argument each,
// such as "--retry-waits=1s". A panic or a data race in the process fails the
// test.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	return StartIn(t, t.TempDir(), flags...)
}

// StartIn is Start with a data directory that the test chooses. A flag such as
// "SHIPBELL_SEAL_KEY=…" is an environment variable.
func StartIn(t testing.TB, data string, flags ...string) *Server {
	t.Helper()
	s := &Server{t: t, data: data, flags: flags, addr: "127.0.0.1:0"}
	t.Cleanup(func() {
		if s.proc != nil {
			s.Kill()
		}
	})
	s.start()
	key, err := os.ReadFile(filepath.Join(s.data, "admin-key"))
	s.check(err)
	return s.connect(strings.TrimSpace(string(key)))
}

// Connect is a client of a shipbell that runs elsewhere, at a host and port, with
// an access key "id:secret" of role admin. What is about the process, such as Kill,
// is not for it.
func Connect(t testing.TB, addr, key string) *Server {
	t.Helper()
	return (&Server{t: t, addr: addr}).connect(key)
}

// connect makes the client, at the address that the server keeps until the test ends.
func (s *Server) connect(key string) *Server {
	s.t.Helper()
	s.key, s.idle = key, &http.Transport{MaxIdleConnsPerHost: 64}
	s.t.Cleanup(s.idle.CloseIdleConnections)
	var err error
	s.API, err = client.New(client.Options{Server: s.URL(), Key: shipbell.NewSecret(key), Transport: s.idle, Timeout: 90 * time.Second})
	s.check(err)
	return s
}

// Kill ends the process with SIGKILL, as a crash does.
func (s *Server) Kill() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	s.Wait()
}

// Terminate asks the process to end and returns its exit code.
func (s *Server) Terminate() int {
	s.t.Helper()
	s.Stop()
	return s.Wait()
}

// Stop asks the process to end, with SIGTERM, and does not wait for it.
func (s *Server) Stop() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
}

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := s.proc.cmd.Process.Signal(signal); err != nil {
		s.t.Errorf("server: send %v: %v", signal, err)
	}
}

// Wait waits until the process has ended and returns its exit code: -1 if a
// signal ended it.
func (s *Server) Wait() int {
	s.t.Helper()
	p := s.proc
	select {
	case <-p.done:
	case <-time.After(exitTimeout):
		s.t.Errorf("server: it did not end within %s", exitTimeout)
		s.signal(syscall.SIGKILL)
		<-p.done
	}
	s.proc, s.log = nil, p.text()
	s.idle.CloseIdleConnections()
	s.inspect(s.log)
	return p.code
}

// Ended reports whether the process has ended.
func (s *Server) Ended() bool {
	select {
	case <-s.proc.done:
		return true
	default:
		return false
	}
}

// inspect fails the test for what no run may log, and shows the log's end when
// the test has failed.
func (s *Server) inspect(log string) {
	s.t.Helper()
	for _, never := range []string{"panic: ", "DATA RACE", "fatal error: "} {
		if strings.Contains(log, never) {
			s.t.Errorf("server: the log holds %q", never)
		}
	}
	if s.t.Failed() {
		const most = 32 << 10
		s.t.Logf("the end of the log of shipbell at %s:\n%s", s.addr, log[max(0, len(log)-most):])
	}
}

// Restart starts the server again after its end, on the same port with the same
// data.
func (s *Server) Restart() {
	s.t.Helper()
	s.start()
}

func (s *Server) start() {
	s.t.Helper()
	args := append([]string{"serve", "--listen=" + s.addr, "--data=" + s.data}, s.flags...)
	proc, err := run(args)
	if err != nil {
		s.t.Fatalf("server: %v", err)
	}
	s.proc = proc
	if s.addr != proc.addr {
		s.addr = proc.addr // the first start; afterwards clients may be reading it
	}
}

// URL is the server's base URL, without a slash at its end.
func (s *Server) URL() string { return "http://" + s.addr }

// Key is the admin access key that the first start made, as "id:secret".
func (s *Server) Key() string { return s.key }

// Data is the data directory.
func (s *Server) Data() string { return s.data }

// Log is what the running process has written so far, or what the last one has.
func (s *Server) Log() string {
	if s.proc == nil {
		return s.log
	}
	return s.proc.text()
}
