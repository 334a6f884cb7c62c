package clouds

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/shipbell/shipbell/test/sink"
)

// binaries is the variable that names the folder of the binaries.
const binaries = "SHIPBELL_TEST_FUNCTIONS"

// Main builds every function for a cloud, functions/*/CLOUD, runs the package's tests,
// many at once, and returns their exit code, for os.Exit in a TestMain. The package is
// in a folder of test/clouds.
func Main(m *testing.M, cloud, tags string) int {
	dir, err := os.MkdirTemp("", "shipbell-"+cloud+"-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = buildAll(dir, cloud, tags)
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
	return sink.OffLoopback(m)
}

// Binary is the binary of a function.
func Binary(function string) string { return filepath.Join(os.Getenv(binaries), function) }

// buildAll builds every function for this machine, otherwise as for the cloud.
func buildAll(dir, cloud, tags string) error {
	folders, err := filepath.Glob(filepath.Join("..", "..", "..", "functions", "*", cloud))
	if err != nil || len(folders) == 0 {
		return fmt.Errorf("no functions/*/%s here (%v)", cloud, err)
	}
	errs := make([]error, len(folders))
	var all sync.WaitGroup
	for i, folder := range folders {
		all.Go(func() {
			binary := filepath.Join(dir, filepath.Base(filepath.Dir(folder)))
			build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tags, "-ldflags", "-s -w", "-o", binary, "./"+filepath.ToSlash(folder))
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if text, err := build.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%s: %w\n%s", folder, err, text)
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
