// Package lambda_test proves that the functions do on AWS what they do in one
// process: their real bootstrap binaries run under a Runtime API, behind a front
// that makes events of HTTP requests and a mapping that hands them the messages of
// SQS, with emulators of DynamoDB and SQS.
package lambda_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binaries is the variable that names the folder of the bootstraps.
const binaries = "SHIPBELL_TEST_BOOTSTRAPS"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "shipbell-lambda-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = buildAll(dir)
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

// bootstrap is the binary of a function.
func bootstrap(function string) string {
	return filepath.Join(os.Getenv(binaries), function, "bootstrap")
}

// buildAll builds every function for this machine, otherwise as for AWS.
func buildAll(dir string) error {
	doors, err := filepath.Glob(filepath.Join("..", "..", "functions", "*", "lambda"))
	if err != nil || len(doors) == 0 {
		return fmt.Errorf("no functions/*/lambda here (%v)", err)
	}
	errs := make([]error, len(doors))
	var all sync.WaitGroup
	for i, door := range doors {
		all.Go(func() {
			output := filepath.Join(dir, filepath.Base(filepath.Dir(door)))
			build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w",
				"-o", filepath.Join(output, "bootstrap"), "./"+filepath.ToSlash(door))
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
