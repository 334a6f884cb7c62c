//go:build unix

package docs_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestReadmeCommands types what README says under "Try it in a minute", each block in a
// terminal of its own. Only the ports and the data directory are others.
func TestReadmeCommands(t *testing.T) {
	for _, tool := range []string{"bash", "make", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	sink := freeAddress(t)
	blocks := commandsUnder(t, "## Try it in a minute")
	if len(blocks) != 5 {
		t.Fatalf("README has %d blocks of commands there, want 5: %q", len(blocks), blocks)
	}
	for i := range blocks {
		blocks[i] = strings.ReplaceAll(blocks[i], "127.0.0.1:9000", sink)
	}
	env := append(os.Environ(), "SHIPBELL_LISTEN=127.0.0.1:0", "SHIPBELL_DATA="+t.TempDir())

	demo := open(t, env, blocks[0])
	demo.await("Ctrl-C ends the demo")
	demo.interrupt()
	open(t, env, blocks[1]).await("shipbell ready on http://127.0.0.1:")
	target := open(t, env, blocks[2])
	target.await("listening on http://" + sink)
	made := open(t, env, blocks[3])
	made.await("public/nginx:v1.10.0")
	target.await("POST /hook")
	target.await(`"repo_full_name":"public/nginx"`)
	open(t, env, blocks[4]).await("demo")
}

// commandsUnder are the blocks of code in a section of README.
func commandsUnder(t *testing.T, title string) (blocks []string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), title+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, match := range regexp.MustCompile("(?ms)^```\n(.*?)^```").FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// freeAddress is an address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// terminal is a shell that runs a block of commands.
type terminal struct {
	t      *testing.T
	shell  *exec.Cmd
	ended  chan struct{}
	mu     sync.Mutex
	output bytes.Buffer
}

// Write takes what the commands print.
func (c *terminal) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.output.Write(p)
}

func (c *terminal) printed() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.output.String()
}

// open types commands into a terminal, which is closed when the test ends.
func open(t *testing.T, env []string, commands string) *terminal {
	t.Helper()
	c := &terminal{t: t, shell: exec.Command("bash", "-e", "-c", commands), ended: make(chan struct{})}
	c.shell.Dir, c.shell.Env = root, env
	c.shell.Stdout, c.shell.Stderr = c, c
	c.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.shell.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		_ = c.shell.Wait() // some are interrupted, and match ends with 3 when nothing matches
	}()
	t.Cleanup(c.interrupt)
	return c
}

// await waits until a text has been printed.
func (c *terminal) await(text string) {
	c.t.Helper()
	timeout := time.After(5 * time.Minute) // the first block compiles
	for {
		select {
		case <-c.ended:
			if !strings.Contains(c.printed(), text) {
				c.t.Fatalf("%q ended without %q:\n%s", c.shell.Args[3], text, c.printed())
			}
			return
		case <-timeout:
			c.t.Fatalf("%q does not print %q:\n%s", c.shell.Args[3], text, c.printed())
		case <-time.After(20 * time.Millisecond):
			if strings.Contains(c.printed(), text) {
				return
			}
		}
	}
}

// interrupt presses Ctrl-C, and waits until the commands have ended.
func (c *terminal) interrupt() {
	_ = syscall.Kill(-c.shell.Process.Pid, syscall.SIGINT) // they may have ended
	<-c.ended
}
