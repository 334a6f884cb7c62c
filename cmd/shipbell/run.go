package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// The exit codes.
const (
	exitOK    = 0
	exitError = 1 // the command was right, but failed
	exitUsage = 2 // the command was wrong
)

const serveUsage = `Usage: shipbell serve [flags]

Runs all of Shipbell in this process: it receives registry events, delivers them,
and serves the API, until it gets SIGTERM or SIGINT. At the first start it makes
the registry "default" and an admin access key in DATA/admin-key.

Flags, and the environment variables that set them too:
`

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 || args[0] != "serve" {
		fmt.Fprintln(stderr, "usage: shipbell serve")
		return exitUsage
	}
	s, err := readSettings(args[1:], os.Getenv, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "shipbell serve: %v\n", err)
		return exitUsage
	}
	if err := serve(ctx, s, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "shipbell serve: %v\n", err)
		return exitError
	}
	return exitOK
}
