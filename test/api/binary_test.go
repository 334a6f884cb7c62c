package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the shipbell command, built when first needed.
var binary struct {
	once sync.Once
	dir  string
	err  error
}

func buildBinary(t testing.TB) string {
	t.Helper()
	binary.once.Do(func() {
		if binary.dir, binary.err = os.MkdirTemp("", "shipbell-api-"); binary.err != nil {
			return
		}
		build := exec.Command("go", "build", "-o", binary.dir, "github.com/shipbell/shipbell/cmd/shipbell")
		if output, err := build.CombinedOutput(); err != nil {
			binary.err = fmt.Errorf("go build: %w\n%s", err, output)
		}
	})
	if binary.err != nil {
		t.Fatal(binary.err)
	}
	return filepath.Join(binary.dir, "shipbell")
}

func removeBinary() error {
	if binary.dir == "" {
		return nil
	}
	return os.RemoveAll(binary.dir)
}

// process is a running `shipbell serve`.
type process struct {
	client // with the admin key of the first start

	data           string // the data directory
	command        *exec.Cmd
	stdout, stderr bytes.Buffer // to be read after stop
	read           sync.WaitGroup
}

// startProcess runs the real service with a new data directory until the test
// ends.
func startProcess(t testing.TB, arguments ...string) *process {
	t.Helper()
	p := &process{data: t.TempDir()}
	p.command = exec.Command(buildBinary(t), append([]string{"serve", "--listen", "127.0.0.1:0", "--data", p.data}, arguments...)...)
	p.command.Env = append(os.Environ(), "SHIPBELL_LOG_LEVEL=debug")
	p.command.Stderr = &p.stderr
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(t) })
	ready := make(chan string, 1)
	p.read.Go(func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(&p.stdout, lines.Text())
			if base, ok := strings.CutPrefix(lines.Text(), "shipbell ready on "); ok {
				ready <- base
			}
		}
		close(ready)
	})
	select {
	case base, ok := <-ready:
		if !ok {
			p.stop(t)
			t.Fatalf("shipbell serve did not become ready:\n%s", &p.stderr)
		}
		p.client = client{t: t, base: base, next: newTransport(t), seen: &transcript{}}
	case <-time.After(30 * time.Second):
		t.Fatal("shipbell serve was not ready within 30 s")
	}
	key, err := os.ReadFile(filepath.Join(p.data, "admin-key"))
	if err != nil {
		t.Fatal(err)
	}
	p.client = p.as(strings.TrimSpace(string(key)))
	return p
}

func newTransport(t testing.TB) *http.Transport {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// stop ends the process and waits for the rest of its output.
func (p *process) stop(t testing.TB) {
	t.Helper()
	if p.command.ProcessState != nil {
		return
	}
	if transport, ok := p.next.(*http.Transport); ok {
		transport.CloseIdleConnections()
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	killed := time.AfterFunc(20*time.Second, func() { _ = p.command.Process.Kill() })
	defer killed.Stop()
	p.read.Wait()
	if err := p.command.Wait(); err != nil {
		t.Errorf("shipbell serve ended with %v:\n%s", err, &p.stderr)
	}
}
