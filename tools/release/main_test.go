package main

import (
	"context"
	"fmt"
	"os"
	"testing"
)

var (
	// ctx is for what outlives one test.
	ctx = context.Background()
	// shared is the directory of the release that the tests share.
	shared string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "shipbell-release-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	shared = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
