package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/backlog"
	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/store"
)

func serveCommand() command {
	s := &settings{}
	return command{
		name: "serve", summary: "run all of Shipbell in this process",
		about: `Runs all of Shipbell in this process: it receives registry events, delivers them, and
serves the API, until it gets SIGTERM or SIGINT; attempts under way then come to their
end. At the first start it makes the registry "default" and an admin access key in
DATA/admin-key, which the other commands find by themselves when they are run in the
same directory. Each flag is an environment variable too; the flag wins.

With --store any number of processes share a Redis. Each needs a data directory of its
own and the same SHIPBELL_SEAL_KEY; SHIPBELL_REDIS_PASSWORD may hold the password. The
process that makes the admin access key has it in its directory.`,
		examples: []string{
			"shipbell serve",
			"shipbell serve --store redis://127.0.0.1:6379",
			"shipbell serve --listen 0.0.0.0:8080 --data /var/lib/shipbell --allow-targets 10.0.0.0/8",
		},
		flags: s.register,
		run: func(ctx context.Context, c *call) error {
			if err := s.read(c.set, c.getenv); err != nil {
				return err
			}
			return serve(ctx, *s, c.stdout, c.stderr)
		},
	}
}

// gcPercent trades some tens of MiB for less garbage collection: the live heap is
// small, so by default it would be collected many times a second under load.
const gcPercent = 400

// serve runs everything in this process until ctx ends, then lets what was begun
// come to its end.
func serve(ctx context.Context, s settings, stdout, stderr io.Writer) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	logger := newLogger(s, stderr)
	shown, err := openCertificate(s.TLSCert, s.TLSKey, logger)
	if err != nil {
		return err
	}
	on, err := openPlatform(s, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.close()) }()
	sealer, err := openSealer(ctx, s.Data, on)
	if err != nil {
		return err
	}
	measured := newPrometheus(time.Now)
	recorder := metrics.New(measured)
	recorder.ColdStart()
	kept := store.New(store.Options{
		KeepUnmatched: true,
		Metrics:       recorder, KV: store.NewChecked(on.kv), Sealer: sealer, Now: time.Now, Retention: s.Retention, Schedule: s.RetryWaits, MaxDelay: on.queue.MaxDelay(), KeepNew: on.keepNew, Atomic: !on.shared, Logger: logger,
	})
	if err := kept.CheckSealer(ctx); err != nil {
		return fmt.Errorf("check the store: %w", err)
	}
	if err := firstStart(ctx, kept, s); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	endMetrics, err := measured.listen(ctx, s.MetricsListen, logger)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer endMetrics()
	a := assemble(s, kept, on, sealer, measured, logger)
	address := shown.address(listener.Addr())
	forget, err := writeAddress(s.Data, address)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer forget()
	key := filepath.Join(s.Data, adminKeyFile) // on a Redis, of the process that made it
	fmt.Fprintf(stderr, "try: curl -H \"Authorization: Bearer $(cat %s)\" %s/v1/triggers/default\n", key, address)
	fmt.Fprintf(stderr, "console: %s/console, with the key in %s\n", address, key)
	fmt.Fprintf(stdout, "shipbell ready on %s\n", address)
	return a.run(ctx, limitConnections(listener, connectionLimit()), shown.config(), logger)
}

func newLogger(s settings, stderr io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogJSON {
		return slog.New(slog.NewJSONHandler(stderr, options))
	}
	return slog.New(slog.NewTextHandler(stderr, options))
}

// assembly is the functions of Shipbell in one process.
type assembly struct {
	// stopping is closed when nothing new is to begin any more.
	stopping chan struct{}
	queue    servedQueue
	backlog  *backlog.Queue
	handler  http.Handler
	deliver  platform.Handlers
	// refill fills the queue from the store. It is nil where the queue outlives the
	// process.
	refill func(context.Context) error
	sweep  func(context.Context) error
}

func assemble(s settings, kept *store.Store, on *running, sealer *access.Sealer, measured *measurements, logger *slog.Logger) assembly {
	stopping := make(chan struct{})
	waiting := backlog.New(backlog.Deps{Queue: on.queue, Store: kept, Now: time.Now, Logger: logger})
	b := &setup.Base{
		Settings: s.Settings, Store: kept, Queue: waiting, Sealer: sealer, Router: &api.Router{Keys: kept, Logger: logger, Now: time.Now},
		Logger: logger, Metrics: metrics.New(measured), Now: time.Now, ProcessStart: on.start, Stopping: stopping,
	}
	people, history := triggers.Build(b).HTTP, logs.Build(b).HTTP
	mux := http.NewServeMux()
	// The first segment after /v1 tells the function, as at any gateway.
	for segment, function := range map[string]http.Handler{
		"events": receive.Build(b).HTTP, "deliveries": history, "stats": history, "targets": history, "ignored": history, "unmatched": history, "audit": history,
		"registries": people, "triggers": people, "match": people, "patterns": people, "presets": people, "keys": people, "records": people,
	} {
		mux.Handle("/v1/"+segment, function)
		mux.Handle("/v1/"+segment+"/", function)
	}
	// Clients of TCR ask for the root of their endpoint, which may be a path.
	ofTCR := tcrapi.Build(b).HTTP
	mux.Handle("/{$}", pagesForBrowsers(ofTCR))
	mux.Handle("/tcr", ofTCR)
	mux.Handle("/tcr/{$}", ofTCR)
	pages := console.Build(b).HTTP
	mux.Handle("/console", pages)
	mux.Handle("/console/", pages)
	mux.Handle("/metrics", b.Router.Handler([]api.Route{measured.route()}))
	mux.Handle("/healthz", api.Health())
	mux.Handle("/readyz", api.Ready(kept.CanWrite, time.Now))
	mux.Handle("/", b.Router.Handler(nil))
	a := assembly{stopping: stopping, queue: on.queue, backlog: waiting, handler: receive.Tolerant(mux), deliver: deliver.Build(b)}
	ofSweep := *b
	ofSweep.Queue = waiting.Unordered()
	a.sweep = sweep.Build(&ofSweep).Timer
	if !on.shared {
		a.refill = sweep.Refill(&ofSweep)
	}
	return a
}

// pagesForBrowsers leads a browser that asks for the root to the console. A client of TCR
// signs its requests.
func pagesForBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if reads && r.URL.RawQuery == "" && r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/console", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// longestAnswer is how long a request may take to be answered: a test of a trigger
// waits for an attempt.
const longestAnswer = 90 * time.Second

// sweepEvery is how often the local timer calls sweep.
const sweepEvery = time.Second

// run serves until ctx ends. Requests and attempts that were begun then come to
// their end; what was not begun waits in the store for the next start.
func (a *assembly) run(ctx context.Context, listener *connections, secure *tls.Config, logger *slog.Logger) error {
	// The limit of connections counts on one request at a time for each.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	server := &http.Server{
		TLSConfig: secure, Protocols: &protocols,
		Handler: listener.watch(a.handler), ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: longestAnswer,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() {
		a.queue.Serve(working, platform.Work{Handle: a.deliver.Message, Admit: a.deliver.Admit, GaveWay: a.backlog.Add})
	})
	workers.Go(func() { a.backlog.Serve(working) })
	workers.Go(func() { a.every(working, sweepEvery, logger) })

	failed := make(chan error, 1)
	go func() {
		if secure != nil {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		logger.LogAttrs(ctx, slog.LevelInfo, "stopping: no new requests, attempts under way come to their end")
	}
	close(a.stopping)
	stopWorking()
	if err == nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestAnswer)
		err = server.Shutdown(closing)
		cancel()
	}
	workers.Wait()
	return err
}

// every fills the queue from the store if need be, then calls sweep at an interval until
// ctx ends.
func (a *assembly) every(ctx context.Context, interval time.Duration, logger *slog.Logger) {
	if a.refill != nil {
		if err := a.refill(ctx); err != nil {
			logger.LogAttrs(ctx, slog.LevelError, "refill failed, sweep goes on", slog.Any("error", err))
		}
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.sweep(ctx); err != nil {
				logger.LogAttrs(ctx, slog.LevelError, "sweep failed", slog.Any("error", err))
			}
		}
	}
}
