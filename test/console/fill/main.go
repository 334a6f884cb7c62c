// Command fill fills a data directory of shipbell serve with triggers and with the
// deliveries of a week, to see the console, or anything else, under what a busy
// registry leaves behind. Serve must not be running on it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/shipbell/shipbell/shared/platform/local"
)

func main() {
	data := flag.String("data", "shipbell-data", "data directory")
	amount := filling{Registry: "default"}
	flag.IntVar(&amount.Triggers, "triggers", 1000, "how many triggers")
	flag.IntVar(&amount.Deliveries, "deliveries", 1_000_000, "how many deliveries")
	flag.Parse()
	if err := run(*data, amount); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(data string, amount filling) error {
	kv, err := local.Open(data, local.Options{})
	if err != nil {
		return err
	}
	begin := time.Now()
	err = errors.Join(amount.fill(context.Background(), kv, begin), kv.Close())
	if err == nil {
		fmt.Printf("%d triggers and %d deliveries in %s\n", amount.Triggers, amount.Deliveries, time.Since(begin).Round(time.Second))
	}
	return err
}
