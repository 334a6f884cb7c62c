// Command bench measures shipbell serve as a whole: client and sink in this
// process, the server in another, on the same machine and the same cores, over
// loopback and a real disk. It fails if any event is lost or comes twice.
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
	flag.Parse()

	binary, clean, err := build()
	openLoad := func() error {
		return repeat(*runs, fmt.Sprintf("open load, %d/s for %d s", *rate, *seconds), func() (result, error) {
			return open(setup{binary: binary, data: *data, redis: *redis}, *rate, time.Duration(*seconds)*time.Second)
		})
	}
	if err == nil && *redis {
		defer clean()
		err = openLoad()
	} else if err == nil && *isolated {
		defer clean()
		err = isolation(setup{binary: binary, data: *data}, *runs, *samples, *rate, *flood)
	} else if err == nil {
		defer clean()
		err = errors.Join(
			repeat(*runs, fmt.Sprintf("closed load, %d events, %d clients", *events, *clients), func() (result, error) {
				return closed(setup{binary: binary, data: *data}, *events, *clients)
			}),
			openLoad(),
			repeat(1, fmt.Sprintf("20/s to a healthy target for 20 s, while %d deliveries are stuck on one that never answers", *stuck), func() (result, error) {
				return stuckBeside(setup{binary: binary, data: *data}, *stuck)
			}),
		)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
