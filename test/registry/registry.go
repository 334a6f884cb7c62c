// Package registry runs a real container registry beside a test and speaks to
// it as a client does: it pushes images, indexes, charts and signatures, tags,
// pulls and deletes.
//
// The registry is Debian's docker-registry, or another build of CNCF distribution,
// unchanged, so the events that a test sees are the events that a registry sends. The client needs nothing but
// the standard library. The package asserts nothing about the events: that is
// the test's own affair.
package registry

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// User and Password are the one account of the registry. Its events name User
// as their actor.
const (
	User     = "alice"
	Password = "alice-password"
)

// Registry is a running registry and a client of it.
type Registry struct {
	t      testing.TB
	binary string
	config string
	addr   string
	proc   *process
	client *http.Client
}

// Option changes how Start sets up the registry.
type Option func(*settings)

// Binary names the registry's binary. That it is there is the caller's affair.
func Binary(path string) Option {
	return func(s *settings) { s.binary = path }
}

// BlobNoise lets the registry send the events of blobs too, as one does whose
// owner has not told it to ignore application/octet-stream.
func BlobNoise() Option {
	return func(s *settings) { s.blobNoise = true }
}

// Start runs a registry on a free port of 127.0.0.1 until the test ends. It
// sends its events to hook, such as http://127.0.0.1:8080, with the access key
// "id:secret" as bearer, or with none if key is "".
//
// The binary is that of the option Binary, or what REGISTRY_BIN names, or
// docker-registry on the PATH. Where there is none the test is skipped, but fails
// if CI is "true": a run that counts may not leave the real registry out.
func Start(t testing.TB, hook, key string, opts ...Option) *Registry {
	t.Helper()
	s := settings{dir: t.TempDir(), hook: hook, key: key}
	for _, opt := range opts {
		opt(&s)
	}
	if s.binary == "" {
		s.binary = find(t)
	}
	if err := s.write(); err != nil {
		t.Fatalf("registry: %v", err)
	}
	r := &Registry{
		t:      t,
		binary: s.binary,
		config: filepath.Join(s.dir, configFile),
		addr:   "127.0.0.1:0",
		client: &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second},
	}
	t.Cleanup(func() {
		r.stop()
		r.client.CloseIdleConnections()
	})
	r.start()
	return r
}

// Restart stops the registry and starts it again on the same port with the
// same data. Events that it had not delivered are lost, as they are whenever
// this registry stops: it keeps them in memory.
func (r *Registry) Restart() {
	r.t.Helper()
	r.stop()
	// A connection to the old process would fail the next request.
	r.client.CloseIdleConnections()
	r.start()
}

// URL is the registry's base URL, without a slash at its end.
func (r *Registry) URL() string { return "http://" + r.addr }

func (r *Registry) start() {
	r.t.Helper()
	proc, addr, err := run(r.t.Context(), r.binary, r.config, r.addr)
	if err != nil {
		r.t.Fatalf("registry: %v", err)
	}
	r.proc, r.addr = proc, addr
	if err := r.ready(); err != nil {
		r.t.Fatalf("registry: %v", err)
	}
}

func (r *Registry) stop() {
	if r.proc == nil {
		return
	}
	r.proc.stop()
	if r.t.Failed() {
		r.t.Logf("log of the registry at %s:\n%s", r.addr, r.proc.log())
	}
	r.proc = nil
}

// ready proves that it is our registry that answers, with its password set.
func (r *Registry) ready() error {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.URL()+"/v2/", nil)
	if err != nil {
		return fmt.Errorf("ask whether the registry is ready: %w", err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask whether the registry is ready: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("GET %s/v2/ without a password answered %s, want 401", r.URL(), resp.Status)
	}
	return nil
}

func find(t testing.TB) string {
	t.Helper()
	name := os.Getenv("REGISTRY_BIN")
	if name == "" {
		name = "docker-registry"
	}
	binary, err := exec.LookPath(name)
	if err == nil {
		return binary
	}
	message := strings.Join([]string{
		"no registry to test with: " + err.Error(),
		"install it with: apt-get install -y --no-install-recommends docker-registry",
		"or set REGISTRY_BIN to a build of it",
	}, "\n")
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}
