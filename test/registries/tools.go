// Package registries proves that Shipbell reads what CNCF distribution 3 sends while the
// real helm and oras push to it, pull and delete. Their builds are pinned by the module in
// the folder tools, and made by `make deps`.
package registries

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/registry"
)

// tools are the real clients of one registry, and a folder that they work in.
type tools struct {
	t    testing.TB
	dir  string
	host string // of the registry, with its port
}

// Binary is where `make deps` leaves a tool: helm, oras or registry. Where it is missing the
// test is skipped, but fails in CI.
func Binary(t testing.TB, name string) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "..", "..", "build", "registries", name)
	_, err := os.Stat(path)
	if err == nil {
		return path
	}
	message := fmt.Sprintf("no %s to test with: run make deps: %v", name, err)
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// digest is how helm and oras print what they pushed.
var digest = regexp.MustCompile(`(?m)^Digest: (sha256:[0-9a-f]{64})$`)

// run runs a tool with the registry's account, and returns the digest that it prints, if it
// does.
func (c *tools) run(name string, arguments ...string) string {
	c.t.Helper()
	arguments = append(arguments, "--plain-http", "--username", registry.User, "--password", registry.Password)
	output, err := c.command(c.t.Context(), name, arguments...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, output)
	}
	if found := digest.FindSubmatch(output); found != nil {
		return string(found[1])
	}
	return ""
}

// command is a tool with settings of this test alone.
func (c *tools) command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	c.t.Helper()
	cmd := exec.CommandContext(ctx, Binary(c.t, name), arguments...)
	cmd.Dir, cmd.Stdin = c.dir, new(bytes.Reader)
	cmd.Env = append(os.Environ(), "HOME="+c.dir, "DOCKER_CONFIG="+c.dir, "XDG_CACHE_HOME="+c.dir, "XDG_CONFIG_HOME="+c.dir, "XDG_DATA_HOME="+c.dir)
	return cmd
}

// at is a place in the registry.
func (c *tools) at(reference string) string { return c.host + "/" + reference }

// write puts a file into the folder.
func (c *tools) write(name, content string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}
