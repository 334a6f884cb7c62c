// Package setup builds a function's dependencies from settings, in the same way for
// every cloud and for the local process. It is handed a platform and knows none itself.
package setup

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/webhook"
)

// Base is what one function is built from.
type Base struct {
	Settings
	Store *store.Store
	// Queue is nil for a function that wakes no deliveries.
	Queue platform.Queue
	// Slow is a queue beside it for targets that are not known to answer quickly; nil
	// where the platform has none, or the function makes no attempts.
	Slow platform.Queue
	// Sealer is nil for a function that opens no secrets.
	Sealer *access.Sealer
	Router *api.Router
	Logger *slog.Logger
	// Metrics is nil where nothing is measured.
	Metrics *metrics.Recorder
	Now     func() time.Time
	// TLS is set where all requests come over TLS, which a function cannot see.
	TLS bool
	// DenyLoopback is the platform's: no target on loopback is reached, whatever
	// AllowTargets says.
	DenyLoopback bool
	// NeedsAdminSecret is the platform's: without AdminSecret no direct invocation gets
	// an admin key.
	NeedsAdminSecret bool
	// Metered is the platform's: writes cost.
	Metered bool
	// ProcessStart is set by a platform of one process: claims made before then are
	// void.
	ProcessStart time.Time
	// Stopping is closed when the process is to begin nothing new. It is nil where a
	// process is not told of its end.
	Stopping <-chan struct{}

	flush func() // writes the metrics of an invocation

	// wake is nil for a function that does not test how it wakes deliveries.
	wake *wakeTest
}

// Opener opens a platform for one function.
type Opener func(context.Context, platform.Needs) (platform.Opened, error)

// Open reads the environment and opens the platform of a cloud. An error names the
// variable that is missing or wrong. The log goes to output as JSON. A store whose schema
// version is not known refuses every call.
func Open(ctx context.Context, f Function, open Opener, getenv func(string) string, output io.Writer) (*Base, error) {
	b := &Base{TLS: true, Now: time.Now}
	if err := b.Read(f, getenv); err != nil {
		return nil, err
	}
	needs := f.Needs()
	needs.Getenv = getenv
	opened, err := open(ctx, needs)
	if err != nil {
		return nil, err
	}
	b.Logger = slog.New(slog.NewJSONHandler(output, logOptions(b.LogLevel, opened)))
	lines := metrics.NewLines(metrics.LineOptions{Output: output, Function: string(f), Stack: opened.Stack, Now: b.Now})
	b.Metrics, b.flush = metrics.New(lines), lines.Flush
	b.Metrics.ColdStart()
	options := store.Options{KV: store.NewChecked(opened.KV), Now: b.Now, Retention: b.Retention, Schedule: b.RetryWaits, MaxDelay: opened.MaxDelay, Metered: opened.Metered, Metrics: b.Metrics, Logger: b.Logger}
	if needs.SealKey {
		keys, err := access.ParseSealKeys(opened.SealKey)
		if err != nil {
			return nil, fmt.Errorf("SHIPBELL_SEAL_KEY: %w", err)
		}
		if b.Sealer, err = access.NewSealer(keys...); err != nil {
			return nil, fmt.Errorf("SHIPBELL_SEAL_KEY: %w", err)
		}
		options.Sealer = b.Sealer
	}
	b.Queue, b.Slow, b.Store, b.DenyLoopback = opened.Queue, opened.Slow, store.New(options), opened.DenyLoopback
	b.NeedsAdminSecret, b.Metered = opened.AdminSecret, opened.Metered
	if f == Receive && opened.Probe != nil {
		b.wake = &wakeTest{probe: opened.Probe, now: b.Now, logger: b.Logger}
	}
	b.Router = &api.Router{Keys: b.Store, Logger: b.Logger, Now: b.Now}
	return b, nil
}

// logOptions are those of a function's log. CloudWatch notes the time of each line itself,
// and what is written is paid for by the byte.
func logOptions(level slog.Leveler, on platform.Opened) *slog.HandlerOptions {
	o := &slog.HandlerOptions{Level: level}
	if on.Stack != "" {
		o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	return o
}

// Loader is how a cloud loads a function: it opens the platform with this process's
// environment and standard error, and builds the function. Beside its own paths the
// function then answers GET /healthz and GET /readyz. Receive tests how it wakes
// deliveries before it is built.
func Loader(f Function, open Opener, build func(*Base) platform.Handlers) platform.Load {
	return func(ctx context.Context) (platform.Handlers, error) {
		b, err := Open(ctx, f, open, os.Getenv, os.Stderr)
		if err != nil {
			return platform.Handlers{}, fmt.Errorf("%s: %w", f, err)
		}
		if b.wake != nil {
			b.wake.run(ctx)
		}
		h := build(b)
		h.Logger, h.Queue, h.Done = b.Logger, b.Queue, b.flush
		if h.HTTP != nil {
			h.HTTP = withHealth(h.HTTP, b)
		}
		return h, nil
	}
}

// Sender makes what sends requests to targets.
func (b *Base) Sender(now func() time.Time) *webhook.Sender {
	return webhook.New(webhook.Deps{
		Version: shipbell.Version, Now: now,
		Client: safehttp.New(safehttp.Options{
			Allow: b.AllowTargets, Deny: b.DenyTargets, DenyLoopback: b.DenyLoopback, RootCAs: b.CAs, Timeout: b.AttemptTimeout,
			MaxIdle: Sockets() / 4,
		}),
	})
}

// SNS makes what verifies messages of Amazon SNS: it reaches public addresses alone.
func (b *Base) SNS() *sender.SNS {
	client := safehttp.New(safehttp.Options{DenyLoopback: true, RootCAs: b.CAs, MaxIdle: 4})
	return sender.NewSNS(client, b.Now)
}

// Google makes what verifies tokens of Google: it reaches public addresses alone.
func (b *Base) Google() *sender.Google {
	client := safehttp.New(safehttp.Options{DenyLoopback: true, RootCAs: b.CAs, MaxIdle: 4})
	return sender.NewGoogle(client, b.Now)
}

// Sockets is how many connections to targets the process may have open for requests: half
// of the files that it may open, and at most 16,384. A quarter as many may be kept for
// later requests.
func Sockets() int {
	const most = 16_384
	return int(max(1, min(FileLimit()/2, most)))
}

// ready gives an error if the store does not answer, or if deliveries cannot be woken.
func (b *Base) ready(ctx context.Context) error {
	if err := b.Store.CanRead(ctx); err != nil || b.wake == nil {
		return err
	}
	return b.wake.check(ctx)
}

// withHealth serves GET /healthz and GET /readyz beside a function's paths. The latter
// reads only: where a write costs more than a read, anybody may ask.
func withHealth(function http.Handler, b *Base) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/healthz", api.Health())
	mux.Handle("/readyz", api.Ready(b.ready, b.Now))
	mux.Handle("/", function)
	return mux
}
