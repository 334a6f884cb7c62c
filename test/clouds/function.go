// Package clouds proves that the functions do on a cloud what they do in one process.
// It runs their real binaries as a cloud does: as many processes of each as there are
// invocations at once. What every cloud must pass is here; the packages lambda and scf
// below say how a cloud speaks to a process, and test what is true of that cloud alone.
package clouds

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// Process is one run of a function's binary, which has one invocation at a time.
type Process interface {
	// Invoke hands it an event. A process that has not answered at the deadline is
	// killed.
	Invoke(event []byte, deadline time.Time) ([]byte, error)
	// Alive reports whether it has not ended yet.
	Alive() bool
	// Kill ends it as a crash does.
	Kill()
	// Stop ends it as the cloud does when it needs it no more. An error tells that it
	// did not end as it should.
	Stop() error
}

// Function is a function of a stack.
type Function struct {
	Name string
	// Timeout is how long an invocation may take.
	Timeout time.Duration
	// Start starts a process, which writes its log to log.
	Start func(log io.Writer) (Process, error)
	// Log is what all its processes wrote.
	Log Log

	mu   sync.Mutex
	idle []Process
	all  []Process
}

// Invoke runs the function on an event in a process that has nothing else to do,
// which is started if there is none.
func (f *Function) Invoke(event any) ([]byte, error) {
	text, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	p, err := f.take()
	if err != nil {
		return nil, err
	}
	answer, err := p.Invoke(text, time.Now().Add(f.Timeout))
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.Alive() {
		f.idle = append(f.idle, p)
	}
	return answer, err
}

// Started is how many processes were started so far, but for those before a Kill.
func (f *Function) Started() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.all)
}

func (f *Function) take() (Process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.idle) > 0 {
		p := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if p.Alive() {
			return p, nil
		}
	}
	p, err := f.Start(&f.Log)
	if err == nil {
		f.all = append(f.all, p)
	}
	return p, err
}

// Kill ends all its processes as a crash does and returns how many there were.
func (f *Function) Kill() (killed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.all {
		if p.Alive() {
			p.Kill()
			killed++
		}
	}
	f.all, f.idle = nil, nil
	return killed
}

// Stop ends all its processes as the cloud does when it needs them no more, and shows
// the log's end if the test has failed.
func (f *Function) Stop(t testing.TB) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.all {
		if !p.Alive() {
			continue
		}
		if err := p.Stop(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if text := f.Log.String(); strings.Contains(text, "panic: ") || t.Failed() && text != "" {
		t.Logf("the end of the log of %s:\n%s", f.Name, text[max(0, len(text)-8<<10):])
	}
}

// Log keeps what processes write.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
