package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"
)

// binaryVariable names the binary that Start runs.
const binaryVariable = "SHIPBELL_BIN"

// Main builds the shipbell command, runs the package's tests and returns their
// exit code, for os.Exit in a TestMain. The race detector is in the command if
// it is in the tests. SHIPBELL_BIN may name a build to run instead.
func Main(m *testing.M) int {
	if os.Getenv(binaryVariable) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "shipbell-test-")
	if err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "shipbell")
	if err := build(context.Background(), binary); err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
		return 1
	}
	if err := os.Setenv(binaryVariable, binary); err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
		return 1
	}
	return m.Run()
}

func build(ctx context.Context, binary string) error {
	args := []string{"build", "-o", binary}
	if raceDetector() {
		args = append(args, "-race")
	}
	output, err := exec.CommandContext(ctx, "go", append(args, "github.com/shipbell/shipbell/cmd/shipbell")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the shipbell command: %w\n%s", err, output)
	}
	return nil
}

// raceDetector reports whether the running tests were built with it.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, setting := range info.Settings {
		if setting.Key == "-race" {
			return setting.Value == "true"
		}
	}
	return false
}
