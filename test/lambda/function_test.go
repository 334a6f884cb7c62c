package lambda_test

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// function is a function of the template: as many processes of its bootstrap as
// there are invocations at once.
type function struct {
	name      string
	bootstrap string
	env       []string
	timeout   time.Duration
	log       *log

	mu   sync.Mutex
	idle []*process
	all  []*process
}

// invoke runs the function on an event in a process that has nothing else to do,
// which is started if there is none.
func (f *function) invoke(event any) ([]byte, error) {
	text, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	p, err := f.take()
	if err != nil {
		return nil, err
	}
	answer, err := p.invoke(invocation{id: rand.Text(), deadline: time.Now().Add(f.timeout), event: text})
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.alive() {
		f.idle = append(f.idle, p)
	}
	return answer, err
}

func (f *function) take() (*process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.idle) > 0 {
		p := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if p.alive() {
			return p, nil
		}
	}
	p, err := start(f.bootstrap, f.env, f.log)
	if err == nil {
		f.all = append(f.all, p)
	}
	return p, err
}

// kill ends all its processes with SIGKILL and returns how many there were.
func (f *function) kill() (killed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.all {
		if p.alive() {
			p.kill()
			killed++
		}
	}
	f.all, f.idle = nil, nil
	return killed
}

// stop ends all its processes as Lambda does when it needs them no more.
func (f *function) stop(t testing.TB) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.all {
		if !p.alive() {
			continue
		}
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
		select {
		case <-p.ended:
			if code := p.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("%s: ended with %v after SIGTERM", f.name, p.cmd.ProcessState)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: it did not end after SIGTERM", f.name)
			p.kill()
		}
	}
	if text := f.log.String(); strings.Contains(text, "panic: ") || t.Failed() {
		t.Logf("the end of the log of %s:\n%s", f.name, text[max(0, len(text)-8<<10):])
	}
}

// log keeps what processes write.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// String is all that was written.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
