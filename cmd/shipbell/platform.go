package main

import (
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/platform/redis"
)

// servedQueue is both sides of a queue.
type servedQueue interface {
	platform.Queue
	platform.Consumer
}

// running is the platform that the process runs on.
type running struct {
	kv    platform.KV
	queue servedQueue
	close func() error
	// shared tells that other processes may run on it too.
	shared bool
	// start is when the process started, if it has the platform for itself: claims
	// made before then are void. Else it is zero, and claims end with their leases.
	start time.Time
	// keepNew is how many new deliveries are kept in memory for their first attempt,
	// at about 1 KiB each. Where another process may make it, none are.
	keepNew int
}

// openPlatform opens what --store names: the data directory or a Redis.
func openPlatform(s settings, logger *slog.Logger) (*running, error) {
	// Half of a target's workers fill its window, while the others store outcomes.
	groupWorkers := 2 * deliver.Widest * s.TargetSlots
	if s.Store == "" {
		files, err := local.Open(s.Data, local.Options{})
		if err != nil {
			return nil, err
		}
		return &running{
			kv: files, close: files.Close, start: time.Now(), keepNew: 10_000,
			queue: local.NewQueue(local.QueueOptions{Logger: logger, GroupWorkers: groupWorkers}),
		}, nil
	}
	address, err := redis.ParseAddress(s.Store, os.Getenv("SHIPBELL_REDIS_PASSWORD"))
	if err != nil {
		return nil, usagef("--store: %v", err)
	}
	address.Authorities = s.CAs
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, err
	}
	kv, queue := redis.NewStore(address, time.Now), redis.NewQueue(address, redis.QueueOptions{Logger: logger, GroupWorkers: groupWorkers})
	return &running{
		kv: kv, queue: queue, shared: true,
		close: func() error { return errors.Join(kv.Close(), queue.Close()) },
	}, nil
}
