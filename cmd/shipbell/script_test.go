package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shipbell/shipbell/shared/platform/local"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"shipbell": main})
}

// TestScripts runs the real command as people use it. Beside testscript's own
// commands there are:
//
//	ready                    wait until it is ready
//	signal NAME [WORD]       send INT or TERM to what runs in the background, or to
//	                         those whose arguments have the word
//	exits CODE COMMAND…      run a command that ends with this exit code
//	eventually REGEXP CMD…   run a command until its output matches
//	await REGEXP FILE        wait until a file matches
//	sink [TIME] [CODE…]      start a target at $SINK: it answers with these codes in
//	                         turn, the last one for ever, and appends what it gets to
//	                         sink.log; each answer takes TIME
//	sample DST FIXTURE       extract the body of a recorded event
//	capture NAME REGEXP      set a variable to what the group matches in stdout
//	certificate NAME         make another certificate for a host, cert.pem, and key.pem
//	damage PARTITION [DUE]   make the first byte of the first record of a partition
//	                         another, and the record due now
//	break MODE               cut the store's file short, or make a page of it zero
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready, "signal": signalAll, "exits": exits, "eventually": eventually, "await": await,
			"sink": startSink, "sample": sample, "capture": capture, "damage": damage, "break": breakFile, "certificate": newCertificate,
		},
		Setup: func(e *testscript.Env) error {
			root, err := os.Getwd()
			e.Setenv("FIXTURES", filepath.Join(root, "..", "..", "shared", "source", "testdata"))
			e.Setenv("TZ", "UTC")
			// Without this every process under the race detector waits a second at its end.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			return err
		},
	})
}

const patience = 20 * time.Second

// within tries until it succeeds.
func within(ts *testscript.TestScript, what string, try func() bool) {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if try() {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func ready(ts *testscript.TestScript, _ bool, _ []string) {
	within(ts, "ready", func() bool {
		_, err := os.Stat(ts.MkAbs("shipbell-data/address"))
		return err == nil
	})
}

func signalAll(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	for _, cmd := range ts.BackgroundCmds() {
		if len(args) > 1 && !slices.Contains(cmd.Args, args[1]) {
			continue
		}
		ts.Check(cmd.Process.Signal(signals[args[0]]))
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d instead of %d", got, want)
	}
}

func eventually(ts *testscript.TestScript, _ bool, args []string) {
	wanted := regexp.MustCompile("(?m)" + args[0])
	within(ts, args[0], func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && wanted.MatchString(ts.ReadFile("stdout"))
	})
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	wanted := regexp.MustCompile("(?m)" + args[0])
	within(ts, args[0]+" in "+args[1], func() bool {
		text, err := os.ReadFile(ts.MkAbs(args[1]))
		return err == nil && wanted.Match(text)
	})
}

// startSink starts a target that a script's deliveries may go to.
func startSink(ts *testscript.TestScript, _ bool, args []string) {
	codes := []int{http.StatusOK}
	var slowness time.Duration
	if len(args) > 0 {
		if d, err := time.ParseDuration(args[0]); err == nil {
			slowness, args = d, args[1:]
		}
	}
	for i, arg := range args {
		code, err := strconv.Atoi(arg)
		ts.Check(err)
		codes = append(codes[:i:i], code)
	}
	var mu sync.Mutex
	log := ts.MkAbs("sink.log")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		defer f.Close()
		var headers []string
		for name, values := range r.Header {
			headers = append(headers, name+": "+strings.Join(values, ", "))
		}
		slices.Sort(headers)
		fmt.Fprintf(f, "%s %s\n%s\n%s\n", r.Method, r.URL, strings.Join(headers, "\n"), body)
		code := codes[0]
		if len(codes) > 1 {
			codes = codes[1:]
		}
		time.Sleep(slowness)
		w.WriteHeader(code)
		fmt.Fprintf(w, "the sink says \x1b[31m%d\x1b[0m", code)
	}))
	ts.Defer(server.Close)
	ts.Setenv("SINK", server.URL)
}

func sample(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(filepath.Join(ts.Getenv("FIXTURES"), args[1]))
	ts.Check(err)
	var recorded struct {
		Body json.RawMessage `json:"body"`
	}
	ts.Check(json.Unmarshal(data, &recorded))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), recorded.Body, 0o600))
}

func damage(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs("shipbell-data/"+local.File))
	ts.Check(err)
	defer db.Close()
	due := int64(0)
	if len(args) > 1 {
		due = time.Now().UnixMilli()
	}
	_, err = db.Exec("UPDATE items SET v = CAST(x'00' || substr(v, 2) AS BLOB), due = ?2 WHERE p = ?1 AND s = (SELECT min(s) FROM items WHERE p = ?1)", args[0], due)
	ts.Check(err)
}

func breakFile(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs("shipbell-data/" + local.File)
	db, err := sql.Open("sqlite", name)
	ts.Check(err)
	_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)") // what is in the log would mend the file
	ts.Check(errors.Join(err, db.Close()))
	info, err := os.Stat(name)
	ts.Check(err)
	const pageSize = 4096
	switch args[0] {
	case "cut":
		ts.Check(os.Truncate(name, info.Size()/pageSize/2*pageSize))
	case "zero":
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		ts.Check(err)
		_, err = f.WriteAt(make([]byte, pageSize), pageSize)
		ts.Check(errors.Join(err, f.Close()))
	}
}

func capture(ts *testscript.TestScript, _ bool, args []string) {
	groups := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(groups) < 2 {
		ts.Fatalf("stdout does not match %s", args[1])
	}
	ts.Setenv(args[0], groups[1])
}
