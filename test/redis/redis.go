// Package redis runs a real redis-server beside a test: Debian's, unchanged, on
// loopback, with every write on disk before it is answered. It can be stopped,
// killed and started again with what it held.
//
// Proxy stands before a server: it refuses what Redis 4.0 did not know, counts
// round trips, and breaks connections when told to.
package redis

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start.
const patience = 30 * time.Second

// Server is a redis-server, which runs until the test ends.
type Server struct {
	t      testing.TB
	binary string
	dir    string
	addr   string
	args   []string
	cmd    *exec.Cmd
}

// Start runs a server on a free port of 127.0.0.1. args are further lines of its
// configuration as arguments, such as "--requirepass", "secret".
//
// The binary is redis-server on the PATH, or what REDIS_BIN names. Where there is
// none the test is skipped, but fails if CI is "true": a run that counts may not
// leave the real Redis out.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	// The port stays the same over restarts, so it is chosen once.
	s := &Server{t: t, binary: find(t), dir: t.TempDir(), addr: freeAddr(t), args: args}
	t.Cleanup(s.Kill)
	s.Start()
	return s
}

// freeAddr finds a port of 127.0.0.1 that is free now, and nearly surely a moment
// later.
func freeAddr(t testing.TB) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("redis: %v", err)
	}
	defer free.Close()
	return free.Addr().String()
}

// Addr is the server's host and port.
func (s *Server) Addr() string { return s.addr }

// URL is the server's address as a function is told.
func (s *Server) URL() string { return "redis://" + s.addr }

// Start starts the server again. It returns when the data is loaded.
func (s *Server) Start() {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.addr)
	s.run(exec.Command(s.binary, append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", s.dir, "--logfile", s.log(), "--daemonize", "no",
		"--appendonly", "yes", "--appendfsync", "always", "--save", "",
	}, s.args...)...))
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// run starts the server's process, and returns when it answers.
func (s *Server) run(cmd *exec.Cmd) {
	s.t.Helper()
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("redis: %v", err)
	}
	s.cmd = cmd
	s.await("it started", s.ready)
}

// await returns when something is so.
func (s *Server) await(what string, so func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(s.log())
			s.t.Fatalf("redis: not within %v: %s; its log:\n%s", patience, what, text)
		}
	}
}

// ready asks the server something that it only answers when its data is loaded,
// if with a refusal for want of a password.
func (s *Server) ready() bool {
	conn, err := net.DialTimeout("tcp", s.addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	fmt.Fprint(conn, "PING\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && (strings.HasPrefix(line, "+PONG") || strings.HasPrefix(line, "-NOAUTH"))
}

// Stop ends the server in order.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server at once.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(signal syscall.Signal) {
	if s.cmd == nil {
		return
	}
	// An error means that it has ended already, which is what is wanted.
	_ = s.cmd.Process.Signal(signal)
	_ = s.cmd.Wait()
	s.cmd = nil
}

func find(t testing.TB) string {
	t.Helper()
	name := os.Getenv("REDIS_BIN")
	if name == "" {
		name = "redis-server"
	}
	binary, err := exec.LookPath(name)
	if err == nil {
		return binary
	}
	message := strings.Join([]string{
		"no Redis to test with: " + err.Error(),
		"install it with: apt-get install -y --no-install-recommends redis-server",
		"or set REDIS_BIN to a build of it",
	}, "\n")
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}
