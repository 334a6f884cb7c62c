package clouds

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/sink"
)

// Check runs `shipbell check` against a stack: at an address that the stack reaches, which
// it delivers to itself, and with a target of one's own. breakWake keeps the stack from
// starting deliveries; nil skips that.
func Check(t *testing.T, s *Stack, breakWake func()) {
	binary := filepath.Join(t.TempDir(), "shipbell")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/shipbell/shipbell/cmd/shipbell").CombinedOutput(); err != nil {
		t.Fatalf("build shipbell: %v\n%s", err, text)
	}
	check := func(args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), Long)
		defer cancel()
		text, err := exec.CommandContext(ctx, binary, append([]string{"check", "--key", s.Key()}, args...)...).Output()
		if key := s.Key(); strings.Contains(string(text), key[strings.Index(key, ":")+1:]) {
			t.Errorf("check prints the key: %s", text)
		}
		return string(text), err
	}
	to := sink.Start(t)
	address, err := url.Parse(to.URL())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(address.Hostname(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	outside := &httptest.Server{Listener: listener, Config: &http.Server{Handler: s.front}}
	outside.Start()
	t.Cleanup(outside.Close)

	if text, err := check("--url", outside.URL); err != nil || !strings.Contains(text, "200 after 1 attempt") || !strings.Contains(text, "trigger and access key deleted") {
		t.Errorf("check: %v\n%s", err, text)
	}
	if text, err := check("--url", s.URL(), "--receiver", to.URL()+"/hook"); err != nil || len(to.Requests()) != 1 {
		t.Errorf("check with a receiver: %v, %d requests\n%s", err, len(to.Requests()), text)
	}
	if breakWake == nil {
		return
	}
	breakWake()
	text, err := check("--url", s.URL(), "--receiver", to.URL()+"/hook", "--wait", "2s")
	if err == nil || !strings.Contains(text, "no attempt within 2s") || !strings.Contains(text, "trigger deleted") {
		t.Errorf("check of a stack that starts no deliveries: %v\n%s", err, text)
	}
}
