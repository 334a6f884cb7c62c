// Command bench measures shipbell serve as a whole: client and sink in this
// process, the server in another, on the same machine and the same cores, over
// loopback and a real disk. It fails if any event is lost or comes twice. In turn with
// serve it measures a minimal relay, and prints the figures of both and their ratio.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	runs := flag.Int("runs", 3, "how often each load is run; the median is shown with the range")
	events := flag.Int("events", 20_000, "events of the closed load")
	clients := flag.Int("clients", 32, "clients of the closed load")
	rate := flag.Int("rate", 200, "events a second of the open load")
	seconds := flag.Int("seconds", 15, "how long the open load takes")
	stuck := flag.Int("stuck", 600, "events for the target that never answers")
	isolated := flag.Bool("isolation", false, "measure how well targets are isolated from each other, and nothing else")
	samples := flag.Int("samples", 2_000, "events to the healthy target beside each neighbour")
	flood := flag.Int("flood", 12_000, "events of the registry that floods")
	redis := flag.Bool("redis", false, "measure the open load alone, with store and queue in a redis-server")
	data := flag.String("data", ".", "directory on the disk to measure with")
	beside := flag.String("beside", "", "another shipbell binary to measure in the same run")
	relayIn := flag.String("relay", "", "be the relay that serve is compared with, with its file in this directory")
	flag.Parse()
	if *relayIn != "" {
		exit(runRelay(*relayIn))
	}

	binary, clean, err := build()
	serve := setup{name: "serve", binary: binary, data: *data, redis: *redis}
	all := contenders(serve, *beside)
	openLoad := func() error {
		return repeat(*runs, fmt.Sprintf("open load, %d/s for %d s", *rate, *seconds), all, func(o setup) (result, error) {
			return open(o, *rate, time.Duration(*seconds)*time.Second)
		})
	}
	if err == nil && *redis {
		defer clean()
		err = openLoad()
	} else if err == nil && *isolated {
		defer clean()
		err = isolation(serve, *runs, *samples, *rate, *flood)
	} else if err == nil {
		defer clean()
		err = errors.Join(
			repeat(*runs, fmt.Sprintf("closed load, %d events, %d clients", *events, *clients), all, func(o setup) (result, error) {
				return closed(o, *events, *clients)
			}),
			openLoad(),
			repeat(1, fmt.Sprintf("20/s to a healthy target for 20 s, while %d deliveries are stuck on one that never answers", *stuck), []setup{serve}, func(o setup) (result, error) {
				return stuckBeside(o, *stuck)
			}),
		)
	}
	exit(err)
}

// contenders are serve and what is measured in turn with it: the relay, unless the store
// is a Redis, and another binary if there is one.
func contenders(serve setup, beside string) []setup {
	all := []setup{serve}
	if beside != "" {
		all = append(all, setup{name: "beside", binary: beside, data: serve.data, redis: serve.redis})
	}
	if self, err := os.Executable(); err == nil && !serve.redis {
		all = append(all, setup{name: "relay", binary: self, data: serve.data, relay: true})
	}
	return all
}

// exit ends the program if something failed.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
