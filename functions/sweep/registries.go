package sweep

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/shipbell/shipbell/shared/store"
)

const (
	// workers is how many registries are looked at at once.
	workers = 8
	// pagesATurn is how many pages of about a MiB are scanned of one registry before
	// others have their turn.
	pagesATurn = 10
	// keepEvery is how many turns begin before their place is stored, for a process that
	// does not come to the end.
	keepEvery = 64
)

// turn is a look at a registry, and how far it has come.
type turn struct {
	registry string
	store.Checkpoint
}

// eachRegistry looks at all registries that wanted names, damaged ones too: some at once,
// beginning with the one at which the last call left off. look answers whether another
// turn is needed, which comes after those of the others. An error of one does not keep
// the others waiting.
func (c *call) eachRegistry(ctx context.Context, wanted func(store.Checkpoint) bool, look func(ctx context.Context, t *turn) (again bool, err error)) error {
	ids, err := c.Store.RegistryIDs(ctx)
	if err != nil {
		return err
	}
	next, checkpoints, err := c.Store.SweepPlace(ctx, ids...)
	if err != nil {
		return err
	}
	first, _ := slices.BinarySearch(ids, next)
	c.count(func(r *Result) {
		for i := range ids {
			at := (first + i) % len(ids)
			if wanted(checkpoints[at]) {
				c.left = append(c.left, turn{ids[at], checkpoints[at]})
			} else {
				r.Registries++
			}
		}
	})
	var all sync.WaitGroup
	for range min(workers, len(c.left)) {
		all.Go(func() {
			for t := c.take(ctx); t != nil; t = c.take(ctx) {
				again, err := look(ctx, t)
				c.took(ctx, t, again, err)
			}
		})
	}
	all.Wait()
	return nil
}

// take gives the next turn, or nil if there is none, or no time for it.
func (c *call) take(ctx context.Context) *turn {
	c.mu.Lock()
	if ctx.Err() != nil || len(c.left) == 0 {
		c.mu.Unlock()
		return nil
	}
	t := c.left[0]
	c.left = c.left[1:]
	c.begun++
	keep := c.begun%keepEvery == 0
	c.mu.Unlock()
	if keep {
		c.keepPlace(ctx)
	}
	return &t
}

// took takes note of what came of a turn.
func (c *call) took(ctx context.Context, t *turn, again bool, err error) {
	if err != nil && ctx.Err() == nil {
		c.note(ctx, fmt.Errorf("registry %s: %w", t.registry, err))
		return
	}
	c.count(func(r *Result) {
		if again || err != nil { // its time was up
			c.left = append(c.left, *t)
		} else {
			r.Registries++
		}
	})
}

// keepPlace stores with which registry the next call is to begin, if any is left.
func (c *call) keepPlace(ctx context.Context) {
	c.mu.Lock()
	next := ""
	if len(c.left) > 0 {
		next = c.left[0].registry
	}
	c.mu.Unlock()
	if next != "" {
		c.note(ctx, c.Store.SetSweepPlace(ctx, next))
	}
}
