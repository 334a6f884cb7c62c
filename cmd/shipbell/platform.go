package main

import (
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/platform/redis"
	"github.com/shipbell/shipbell/shared/setup"
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
	// keepNew is how many bytes of new deliveries are kept in memory for their first
	// attempt. Where another process may make it, none are.
	keepNew int
}

// openPlatform opens what --store names: the data directory or a Redis.
func openPlatform(s settings, logger *slog.Logger) (*running, error) {
	// A worker has at most one connection to a target.
	workers := setup.Sockets()
	if s.Store == "" {
		files, err := local.Open(s.Data, local.Options{})
		if err != nil {
			return nil, err
		}
		return &running{
			kv: files, close: files.Close, start: time.Now(), keepNew: 16 << 20,
			queue: local.NewQueue(local.QueueOptions{Logger: logger, Workers: workers}),
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
	kv, queue := redis.NewStore(address, time.Now), redis.NewQueue(address, redis.QueueOptions{Logger: logger, Workers: workers})
	return &running{
		kv: kv, queue: queue, shared: true,
		close: func() error { return errors.Join(kv.Close(), queue.Close()) },
	}, nil
}
