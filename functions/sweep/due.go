package sweep

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

const (
	page = 100
	// maxPage bounds how many due times are looked at to get past those that stay.
	maxPage = 1600
	// refillPage is how many due times a refill looks at, of which it holds the keys in
	// memory; others wait for their due time in the store.
	refillPage = 100_000
)

// wakeDue wakes the deliveries whose time has come.
func (c *call) wakeDue(ctx context.Context) error {
	until, limit := c.Now(), page
	if c.Refill { // those too whose time comes within what the queue can hold back
		until, limit = until.Add(c.Queue.MaxDelay()+store.Grace), refillPage
	}
	for {
		keys, err := c.Store.DueKeys(ctx, until, limit)
		if err != nil {
			return err
		}
		moved := 0
		for deliveries, err := range c.Store.Due(ctx, keys, until) {
			if err == nil {
				var count int
				count, err = c.wake(ctx, deliveries, func(r *Result, n int) { r.Due += n })
				moved += count
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c.note(ctx, err)
		}
		switch {
		case c.Refill || len(keys) < limit || moved == 0 && limit == maxPage:
			return nil
		case moved == 0:
			// Those that are first have just left the index, or cannot be saved now.
			limit *= 2
		default:
			until, limit = c.Now(), page
		}
	}
}

// wake sends messages about deliveries and counts those. First it stores when sweep must
// look at each again: then a lost message costs time only, and of two sweeps at once one
// sends. It answers how many it stored so. One that fails keeps no other waiting.
func (c *call) wake(ctx context.Context, deliveries []shipbell.Delivery, woken func(r *Result, n int)) (moved int, err error) {
	now := c.Now()
	c.measured.see(deliveries, now)
	if c.Refill {
		// It runs beside attempts of this process. To change what they have claimed would
		// lose their outcomes.
		deliveries = slices.DeleteFunc(deliveries, func(delivery shipbell.Delivery) bool { return delivery.Leased(now, c.ProcessStart) })
	}
	saved, err := c.Store.SaveAll(ctx, deliveries, func(delivery *shipbell.Delivery) time.Time {
		if delivery.Leased(now, c.ProcessStart) {
			return delivery.LeaseUntil
		}
		return now.Add(c.delay(delivery, now) + store.Grace)
	})
	var messages []platform.Message
	for i := range saved {
		if saved[i].Leased(now, c.ProcessStart) {
			continue
		}
		message, messageErr := store.Message(&saved[i], c.delay(&saved[i], now))
		if messageErr != nil {
			err = errors.Join(err, messageErr)
			continue
		}
		messages = append(messages, message)
	}
	if err := platform.First(platform.SendAll(ctx, c.Queue, messages...)); err != nil {
		c.Logger.LogAttrs(ctx, slog.LevelWarn, "messages not sent, the next sweep will", slog.Any("error", err))
	}
	c.count(func(r *Result) { woken(r, len(messages)) })
	return len(saved), err
}

// delay is how long a delivery has still to wait. A claimed one, whose lease has ended,
// does not wait.
func (c *call) delay(delivery *shipbell.Delivery, now time.Time) time.Duration {
	if !delivery.LeaseUntil.IsZero() {
		return 0
	}
	return min(delivery.Wait(now), c.Queue.MaxDelay())
}
