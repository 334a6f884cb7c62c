// Package setup makes of the environment what functions are built from, so that
// a door of a cloud and the local process do it the same way. It knows no
// platform: it is handed one.
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
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/safehttp"
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
	// Sealer is nil for a function that opens no secrets.
	Sealer *access.Sealer
	Door   *api.Door
	Logger *slog.Logger
	Now    func() time.Time
}

// Opener opens a platform for one function.
type Opener func(context.Context, platform.Needs) (platform.Opened, error)

// Open reads the environment and opens the platform. An error names the variable
// that is missing or wrong. The log goes to output as JSON.
func Open(ctx context.Context, f Function, open Opener, getenv func(string) string, output io.Writer) (*Base, error) {
	b := &Base{Now: time.Now}
	if err := b.Read(f, getenv); err != nil {
		return nil, err
	}
	b.Logger = slog.New(slog.NewJSONHandler(output, &slog.HandlerOptions{Level: b.LogLevel}))
	needs := f.Needs()
	needs.Getenv = getenv
	opened, err := open(ctx, needs)
	if err != nil {
		return nil, err
	}
	options := store.Options{KV: opened.KV, Now: b.Now, Retention: b.Retention, MaxDelay: opened.MaxDelay}
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
	b.Queue, b.Store = opened.Queue, store.New(options)
	b.Door = &api.Door{Keys: b.Store, Logger: b.Logger, Now: b.Now}
	return b, nil
}

// Load is Open with this process's environment and standard error.
func Load(ctx context.Context, f Function, open Opener) (*Base, error) {
	return Open(ctx, f, open, os.Getenv, os.Stderr)
}

// Start is Load for the main function of a door that is open from the start. It ends
// the process if something is missing or wrong.
func Start(f Function, open Opener) *Base {
	b, err := Load(context.Background(), f, open)
	if err != nil {
		slog.New(slog.NewJSONHandler(os.Stderr, nil)).Error("cannot start", slog.String("function", string(f)), slog.Any("error", err))
		os.Exit(1)
	}
	return b
}

// Sender makes what sends requests to targets.
func (s *Settings) Sender(now func() time.Time) *webhook.Sender {
	return webhook.New(webhook.Deps{
		Version: shipbell.Version, Now: now,
		Client: safehttp.New(safehttp.Options{Allow: s.AllowTargets, Deny: s.DenyTargets, RootCAs: s.CAs, Timeout: s.AttemptTimeout}),
	})
}

// WithHealth serves GET /healthz beside a function's paths. It answers without
// asking the platform, which has alarms of its own.
func WithHealth(function http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/healthz", api.Health(func() error { return nil }))
	mux.Handle("/", function)
	return mux
}
