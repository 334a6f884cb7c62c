package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	startTimeout = 30 * time.Second
	exitTimeout  = 60 * time.Second
)

// process is one run of the command.
type process struct {
	cmd  *exec.Cmd
	addr string
	done chan struct{} // closed when it has ended and its log is whole

	mu   sync.Mutex
	log  strings.Builder
	code int
}

// run starts the command and returns once it says that it is ready.
func run(args []string) (*process, error) {
	env := environment()
	args = slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		variable := strings.HasPrefix(arg, "SHIPBELL_")
		if variable {
			env = append(env, arg)
		}
		return variable
	})
	cmd := exec.Command(os.Getenv(binaryVariable), args...)
	cmd.Env = env
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run the command: %w", err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	ready := make(chan string, 1)
	var readers sync.WaitGroup
	readers.Go(func() { p.read(stdout, ready) })
	readers.Go(func() { p.read(stderr, nil) })
	go func() {
		readers.Wait()
		p.code = exitCode(cmd.Wait())
		close(p.done)
	}()
	select {
	case p.addr = <-ready:
		return p, nil
	case <-p.done:
		err = fmt.Errorf("it ended with exit code %d", p.code)
	case <-time.After(startTimeout):
		err = fmt.Errorf("it was not ready within %s", startTimeout)
		// An error means that it has ended meanwhile.
		_ = cmd.Process.Kill()
		<-p.done
	}
	return nil, fmt.Errorf("run shipbell %s: %w; its log:\n%s", strings.Join(args, " "), err, p.text())
}

// environment is ours without the variables that are settings of the command.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SHIPBELL_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

func (p *process) read(output io.Reader, ready chan<- string) {
	for lines := bufio.NewReader(output); ; {
		line, err := lines.ReadString('\n')
		p.mu.Lock()
		p.log.WriteString(line)
		p.mu.Unlock()
		if addr, ok := strings.CutPrefix(strings.TrimSpace(line), "shipbell ready on http://"); ok && ready != nil {
			ready <- addr
			ready = nil
		}
		if err != nil {
			return
		}
	}
}

// exitCode is -1 for a process that a signal ended.
func exitCode(err error) int {
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.ExitCode()
	}
	return -1
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}
