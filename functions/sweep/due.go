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

// wakeDue wakes the deliveries and bursts whose time has come.
func (c *call) wakeDue(ctx context.Context) error {
	until, limit := c.Now(), page
	if c.Refill { // those too whose time comes within what the queue can hold back
		until, limit = until.Add(c.Queue.MaxDelay()+store.Grace), refillPage
	}
	stay := map[platform.Key]bool{} // were looked at, and may still be due
	for {
		keys, err := c.Store.DueKeys(ctx, until, limit)
		if err != nil {
			return err
		}
		more := len(keys) >= limit
		keys = slices.DeleteFunc(keys, func(key platform.Key) bool { return stay[key] })
		few := c.FewWrites && !c.Refill && len(stay) < maxPage/2
		if few {
			for _, key := range keys {
				stay[key] = true
			}
		}
		moved := c.wakeKeys(ctx, keys, until, few)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case c.Refill || !more:
			return nil
		case moved > 0 || few && len(keys) > 0:
			until, limit = c.Now(), min(page+len(stay), maxPage)
		case limit == maxPage:
			return nil
		default:
			// Those that are first have just left the index, or cannot be saved now.
			limit = min(2*limit, maxPage)
		}
	}
}

// wakeKeys wakes those deliveries and bursts of keys that are due by until, and answers how many it
// moved to a later due time. Of few it moves only those that were woken before.
func (c *call) wakeKeys(ctx context.Context, keys []platform.Key, until time.Time, few bool) (moved int) {
	woken := func(r *Result, n int) { r.Due += n }
	moved = c.wakeBursts(ctx, keys, until)
	for deliveries, err := range c.Store.Due(ctx, keys, until) {
		var firstErr error
		if err == nil && few {
			deliveries, firstErr = c.wakeFirst(ctx, deliveries, woken)
		}
		if err == nil {
			var count int
			count, err = c.wake(ctx, deliveries, woken)
			moved += count
		}
		err = errors.Join(firstErr, err)
		if ctx.Err() != nil {
			return moved
		}
		c.note(ctx, err)
	}
	return moved
}

// wakeBursts sends messages about the bursts of keys that nobody has closed in time, and
// answers how many it moved to a later due time.
func (c *call) wakeBursts(ctx context.Context, keys []platform.Key, until time.Time) (moved int) {
	messages, err := c.Store.WakeBursts(ctx, keys, until)
	if ctx.Err() != nil {
		return 0
	}
	c.note(ctx, err)
	c.sendAll(ctx, messages)
	c.count(func(r *Result) { r.Bursts += len(messages) })
	return len(messages)
}

// sendAll sends messages. What the queue does not take is sent by a later call.
func (c *call) sendAll(ctx context.Context, messages []platform.Message) []error {
	errs := platform.SendAll(ctx, c.Queue, messages...)
	if err := platform.First(errs); err != nil {
		c.Logger.LogAttrs(ctx, slog.LevelWarn, "messages not sent, the next sweep will", slog.Any("error", err))
	}
	return errs
}

// wakeFirst sends messages about those deliveries that have just come due, without storing
// when sweep must look at them again: on DynamoDB that is three writes, and nearly all of
// them are attempted before the next look. It answers the others.
func (c *call) wakeFirst(ctx context.Context, deliveries []shipbell.Delivery, woken func(r *Result, n int)) (others []shipbell.Delivery, err error) {
	now := c.Now()
	var first []shipbell.Delivery
	for _, delivery := range deliveries {
		switch {
		case c.woken.lately(&delivery, now):
		case delivery.Leased(now, c.ProcessStart) || delivery.Due.IsZero() || now.Sub(delivery.Due) > justDue:
			others = append(others, delivery)
		default:
			first = append(first, delivery)
		}
	}
	c.measured.see(first, now)
	err = c.send(ctx, first, now, woken)
	return others, err
}

// justDue is how long a delivery counts as one that has just come due: until the timer of
// the clouds has called sweep once, or twice.
const justDue = store.Grace * 3 / 2

// wake sends messages about deliveries and counts those. First it stores when sweep must
// look at each again: then a lost message costs time only, and of two sweeps at once one
// sends. It answers how many it stored so. One that fails keeps no other waiting.
func (c *call) wake(ctx context.Context, deliveries []shipbell.Delivery, woken func(r *Result, n int)) (moved int, err error) {
	now := c.Now()
	c.measured.see(deliveries, now)
	// To change a delivery whose attempt is under way would lose the outcome: it is looked
	// at again until it is recorded, or its lease has ended.
	deliveries = slices.DeleteFunc(deliveries, func(delivery shipbell.Delivery) bool { return delivery.Leased(now, c.ProcessStart) })
	saved, err := c.Store.SaveAll(ctx, deliveries, func(delivery *shipbell.Delivery) time.Time {
		return now.Add(c.delay(delivery, now) + store.Grace)
	})
	return len(saved), errors.Join(err, c.send(ctx, saved, now, woken))
}

// send sends messages about deliveries and remembers those that the queue took.
func (c *call) send(ctx context.Context, deliveries []shipbell.Delivery, now time.Time, woken func(r *Result, n int)) (err error) {
	var messages []platform.Message
	var about []*shipbell.Delivery
	for i := range deliveries {
		message, messageErr := c.Store.Message(&deliveries[i], c.delay(&deliveries[i], now))
		if messageErr != nil {
			err = errors.Join(err, messageErr)
			continue
		}
		messages, about = append(messages, message), append(about, &deliveries[i])
	}
	for i, sendErr := range c.sendAll(ctx, messages) {
		if sendErr == nil {
			c.woken.note(about[i], now)
		}
	}
	c.count(func(r *Result) { woken(r, len(messages)) })
	return err
}

// delay is how long a delivery has still to wait. A claimed one, whose lease has ended,
// does not wait.
func (c *call) delay(delivery *shipbell.Delivery, now time.Time) time.Duration {
	if !delivery.LeaseUntil.IsZero() {
		return 0
	}
	return min(delivery.Wait(now), c.Queue.MaxDelay())
}
