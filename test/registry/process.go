package registry

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	configFile   = "config.yml"
	startTimeout = 20 * time.Second
	stopTimeout  = 5 * time.Second
)

// settings is what the configuration of one registry is made of.
type settings struct {
	binary    string
	dir       string
	hook      string
	key       string
	blobNoise bool
}

// configFormat takes the folder of the data, the password file, the address of
// the events, their headers and what is ignored.
const configFormat = `version: 0.1
log: {level: info}
storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: %q}, delete: {enabled: true}}
http: {addr: "127.0.0.1:0", secret: shared-by-nobody}
auth: {htpasswd: {realm: test, path: %q}}
notifications:
  events: {includereferences: true}
  endpoints:
    - {name: shipbell, url: %q, headers: {%s}, timeout: 5s, threshold: 3, backoff: 1s, ignore: {mediatypes: [%s]}}
`

// write puts the configuration and the password file into the folder.
func (s settings) write() error {
	hash, err := bcrypt.GenerateFromPassword([]byte(Password), bcrypt.MinCost)
	if err != nil {
		return fmt.Errorf("hash the password: %w", err)
	}
	passwords := filepath.Join(s.dir, "htpasswd")
	if err := os.WriteFile(passwords, []byte(User+":"+string(hash)+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the password file: %w", err)
	}
	headers, ignored := "", "application/octet-stream"
	if s.key != "" {
		headers = fmt.Sprintf("Authorization: [%q]", "Bearer "+s.key)
	}
	if s.blobNoise {
		ignored = ""
	}
	config := fmt.Sprintf(configFormat, filepath.Join(s.dir, "data"), passwords, s.hook+"/v1/events/default", headers, ignored)
	if err := os.WriteFile(filepath.Join(s.dir, configFile), []byte(config), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// process is one run of the registry's binary.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and its log is whole

	mu    sync.Mutex
	lines strings.Builder
}

// listening is how the registry tells which port it was given.
var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)

// repeats are the long lines that say again what the access log says in one.
var repeats = regexp.MustCompile(`level=info msg="(authorized request|response completed)"`)

// run starts the binary and returns once it accepts connections.
func run(ctx context.Context, binary, config, addr string) (*process, string, error) {
	// Not bound to ctx, which would kill it at the test's end: stop ends it in order.
	cmd := exec.Command(binary, "serve", config)
	cmd.Env = append(environment(), "REGISTRY_HTTP_ADDR="+addr, "OTEL_TRACES_EXPORTER=none")
	output, input, err := os.Pipe()
	if err != nil {
		return nil, "", fmt.Errorf("make a pipe for the log: %w", err)
	}
	cmd.Stdout, cmd.Stderr = input, input
	err = cmd.Start()
	input.Close()
	if err != nil {
		output.Close()
		return nil, "", fmt.Errorf("run %s: %w", binary, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	found := make(chan string, 1)
	go p.read(output, found)
	select {
	case got := <-found:
		return p, got, nil
	case <-p.done:
		err = errors.New("ended at once")
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(startTimeout):
		err = fmt.Errorf("did not listen within %s", startTimeout)
	}
	p.stop()
	return nil, "", fmt.Errorf("run %s serve %s: %w; its log:\n%s", binary, config, err, p.log())
}

// environment is ours without the variables that the registry would take for
// parts of its configuration, REGISTRY_BIN among them.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "REGISTRY_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// read keeps the log and tells the first address it finds in it.
func (p *process) read(output io.ReadCloser, found chan<- string) {
	defer close(p.done)
	defer output.Close()
	told := false
	for lines := bufio.NewReader(output); ; {
		line, err := lines.ReadString('\n')
		if !repeats.MatchString(line) {
			p.mu.Lock()
			p.lines.WriteString(line)
			p.mu.Unlock()
		}
		if m := listening.FindStringSubmatch(line); m != nil && !told {
			found <- m[1]
			told = true
		}
		if err != nil {
			return
		}
	}
}

// stop asks the process to end, and makes it end if it does not.
func (p *process) stop() {
	// An error means that it has ended already, which is what is wanted.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
	}
	// It ends with status 143 after SIGTERM, so the error says nothing.
	_ = p.cmd.Wait()
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines.String()
}
