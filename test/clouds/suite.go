package clouds

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/story"
	"github.com/shipbell/shipbell/test/tcrlife"
)

// Behaviour proves that stacks do what the local process does: the story that
// test/e2e tells, the life of triggers by Tencent Cloud's SDK, and the console. Each
// has a stack of its own.
func Behaviour(t *testing.T, start func(t testing.TB) *Stack) {
	t.Parallel()
	for name, run := range map[string]func(*testing.T, *Stack){
		"story": func(t *testing.T, s *Stack) {
			s.Sweep()
			story.New(t, s.Server).Run()
		},
		"tcr": func(t *testing.T, s *Stack) { s.Secrets = append(s.Secrets, tcrlife.Run(t, s.Server)...) },
		"metrics": func(t *testing.T, s *Stack) {
			s.Sweep()
			story.Metrics(t, s.Server, Pushed, s.Measured, s.started)
		},
		"merged": func(t *testing.T, s *Stack) {
			s.Sweep()
			story.Merged(t, s.Server)
		},
		"pages": func(t *testing.T, s *Stack) { story.Pages(t, s.Server, Pushed("v1")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.Deliver()
			run(t, s)
		})
	}
}

// Held has a target not answer, and reads what is measured of that. Attempts should take a
// second at most.
func Held(t *testing.T, s *Stack) {
	s.Deliver()
	s.Sweep()
	story.Held(t, s.Server, Pushed, s.Measured)
}

// Starts measures every function from its start to the answer to its first invocation,
// which makes nothing but its configuration and its clients, and invocations that do
// hardly anything; and the console to its first page. What the machine itself takes to
// start a process is measured beside them, since machines differ in that. request makes
// the event of a GET of a path, messages is one without messages.
func Starts(t *testing.T, s *Stack, request func(path string) any, messages any) {
	const starts, invocations = 20, 200
	measure := func(times int, before, do func()) (p50, p95 time.Duration) {
		var all []time.Duration
		for range times {
			before()
			begin := time.Now()
			do()
			all = append(all, time.Since(begin))
		}
		slices.Sort(all)
		return all[times/2].Round(10 * time.Microsecond), all[times*95/100].Round(10 * time.Microsecond)
	}
	nothing := func() {}
	empty := emptyProgram(t)
	p50, p95 := measure(starts, nothing, func() {
		if err := exec.Command(empty).Run(); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%-12s start to end: p50 %v, p95 %v", "empty", p50, p95)
	report := func(name string, f *Function, event any) {
		invoke := func() {
			if text, err := f.Invoke(event); err != nil {
				t.Fatalf("%s: %s, %v", name, text, err)
			}
		}
		p50, p95 := measure(starts, func() { f.Kill() }, invoke)
		next50, next95 := measure(invocations, nothing, invoke)
		t.Logf("%-12s start to first answer: p50 %v, p95 %v; invocation: p50 %v, p95 %v", name, p50, p95, next50, next95)
	}
	others := map[string]any{"deliver": messages, "sweep": s.Timer}
	for name, f := range s.Functions {
		event, other := others[name]
		if !other {
			event = request("/healthz")
		}
		report(name, f, event)
	}
	report("console page", s.Functions["console"], request("/console/login"))
}

// emptyProgram is the path of a Go program that does nothing.
func emptyProgram(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "empty")
	source := binary + ".go"
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return binary
}
