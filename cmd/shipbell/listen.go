package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

func listenCommand() command {
	var address string
	var status int
	return command{
		name: "listen", summary: "be a target, and print what arrives",
		about: `Serves on an address, prints the headers and the body of every request that arrives,
and answers it: a target to try triggers with. A server sends to it only if its
--allow-targets names the address.`,
		examples: []string{
			"shipbell listen",
			"shipbell listen --listen 127.0.0.1:9001 --status 500",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&address, "listen", "127.0.0.1:9000", "`address` to serve on; port 0 lets the system choose")
			f.IntVar(&status, "status", http.StatusOK, "`status` to answer with, 200 to 599")
		},
		run: func(ctx context.Context, c *call) error {
			if status < 200 || status > 599 {
				return usagef("--status: %d is not a status from 200 to 599", status)
			}
			return c.listen(ctx, address, status)
		},
	}
}

// listen serves until ctx ends.
func (c *call) listen(ctx context.Context, address string, status int) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: c.arrivals(status), ReadTimeout: 30 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	fmt.Fprintf(c.stdout, "listening on http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// arrivals prints requests, one at a time.
func (c *call) arrivals(status int) http.Handler {
	var printing sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		printing.Lock()
		defer printing.Unlock()
		fmt.Fprintln(c.stdout)
		c.sayf("%s %s", r.Method, r.RequestURI)
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			for _, value := range r.Header[name] {
				c.sayf("%s: %s", name, value)
			}
		}
		fmt.Fprintln(c.stdout)
		c.sayf("%s", body)
		if err != nil {
			c.complain(err.Error())
		}
		w.WriteHeader(status)
	})
}
