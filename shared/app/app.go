// Package app holds the use cases of Shipbell: what people and programs can ask of
// it, whichever way they ask. The REST API, the TCR API and the console decode a
// request, call a use case and encode what it answers.
//
// Each use case takes the access key of the caller and checks that the key has the
// role and may touch the registry; another registry's object is NotFound. It answers
// typed values, or a shipbell.Error that a caller may see.
package app

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// App is the use cases over one store.
type App struct {
	Store *store.Store
	// Queue gets the messages of deliveries that are sent again. A function that
	// redelivers nothing may leave it nil.
	Queue platform.Queue
	// Sender makes the requests of tests. A function that tests no trigger may leave
	// it nil.
	Sender shipbell.Sender
	// ProcessStart is set by a platform of one process: claims made before then are
	// void. Zero elsewhere.
	ProcessStart time.Time
	// MaxTimeout is the longest that a target may set for its attempts; 0 sets no limit
	// beside that of shipbell.Options.
	MaxTimeout time.Duration
	Now        func() time.Time
}

// allow checks that a key has a role and may touch a registry.
func allow(key shipbell.AccessKey, role shipbell.Role, registry string) error {
	if err := access.Allow(key, role); err != nil {
		return err
	}
	return access.AllowRegistry(key, registry)
}

// open is allow for a registry that must be there.
func (a *App) open(ctx context.Context, key shipbell.AccessKey, role shipbell.Role, registry string) (shipbell.Registry, error) {
	if err := allow(key, role, registry); err != nil {
		return shipbell.Registry{}, err
	}
	return a.Store.Registry(ctx, registry)
}
