// Package emulators starts stand-ins for DynamoDB and SQS for a test: dynalite
// and fauxqs, which `make deps` installs. They run on loopback, on ports that the
// system chooses, and keep everything in memory.
package emulators

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Emulators are running stand-ins.
type Emulators struct {
	// DynamoDB and SQS are their addresses.
	DynamoDB string `json:"dynamodb"`
	SQS      string `json:"sqs"`
}

// Start starts the emulators and sees to their end with the test. Where they are
// not installed the test is skipped, but in CI it fails.
func Start(t testing.TB) *Emulators {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Dir(file)
	if why := missing(dir); why != "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s: run make deps", why)
		}
		t.Skipf("%s: run make deps", why)
	}
	node := exec.Command("node", "start.js")
	node.Dir, node.Stderr = dir, os.Stderr
	// It ends with its standard input, also when this process is killed.
	stop, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("emulators: %v", err)
		}
	})
	e, err := readAddresses(output)
	if err != nil {
		t.Fatalf("start emulators: %v", err)
	}
	return e
}

func missing(dir string) string {
	if _, err := exec.LookPath("node"); err != nil {
		return "node is not installed"
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "fauxqs")); err != nil {
		return "the emulators of DynamoDB and SQS are not installed"
	}
	return ""
}

// readAddresses reads the one line that the emulators print.
func readAddresses(output io.Reader) (*Emulators, error) {
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(output).ReadString('\n')
		lines <- line
	}()
	select {
	case line := <-lines:
		var e Emulators
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.DynamoDB == "" || e.SQS == "" {
			return nil, fmt.Errorf("they printed %q", line)
		}
		return &e, nil
	case <-time.After(time.Minute):
		return nil, fmt.Errorf("they did not start within a minute")
	}
}

// Env is the environment that points an AWS SDK, in this process or another, at
// the emulators, as NAME=VALUE.
func (e *Emulators) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + e.DynamoDB, "AWS_ENDPOINT_URL_SQS=" + e.SQS,
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated",
	}
}
