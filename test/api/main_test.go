// Package api_test holds the HTTP API to its description in docs/api, and proves
// its behaviour: who may do what, what a bad request gets, and that nobody learns
// what is not theirs.
package api_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/shipbell/shipbell/test/server"
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := server.Main(m)
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" &&
		flag.Lookup("test.list").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == ""
	if code == 0 && whole {
		code = reportMissing()
	}
	os.Exit(code)
}

// reportMissing fails if the file describes an answer that no test has seen.
func reportMissing() int {
	d, err := load()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	missing := seen.missing(d)
	for _, answer := range missing {
		fmt.Fprintf(os.Stderr, "no test has seen the answer %s of %s\n", answer, file)
	}
	return min(len(missing), 1)
}
