package fleet

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binaries is the variable that names the folder of the binaries.
const binaries = "SHIPBELL_TEST_FUNCTIONS"

// Main builds every function's door to a cloud, functions/*/DOOR, runs the package's
// tests, many at once, and returns their exit code, for os.Exit in a TestMain. The
// package is in a folder of test.
func Main(m *testing.M, door string, tags ...string) int {
	dir, err := os.MkdirTemp("", "shipbell-"+door+"-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = buildAll(dir, door, tags)
	}
	if err == nil {
		err = os.Setenv(binaries, dir)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "build the functions: %v\n", err)
		return 1
	}
	// The tests wait far more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Binary is the binary of a function.
func Binary(function string) string { return filepath.Join(os.Getenv(binaries), function) }

// buildAll builds every function for this machine, otherwise as for the cloud.
func buildAll(dir, door string, tags []string) error {
	doors, err := filepath.Glob(filepath.Join("..", "..", "functions", "*", door))
	if err != nil || len(doors) == 0 {
		return fmt.Errorf("no functions/*/%s here (%v)", door, err)
	}
	errs := make([]error, len(doors))
	var all sync.WaitGroup
	for i, door := range doors {
		all.Go(func() {
			args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", filepath.Join(dir, filepath.Base(filepath.Dir(door)))}
			for _, tag := range tags {
				args = append(args, "-tags", tag)
			}
			build := exec.Command("go", append(args, "./"+filepath.ToSlash(door))...)
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if text, err := build.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%s: %w\n%s", door, err, text)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
