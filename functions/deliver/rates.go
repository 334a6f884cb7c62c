package deliver

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/rate"
	"github.com/shipbell/shipbell/shared/text"
)

// rates takes turns for deliveries to targets that have a rate. What this process knows of
// a limit may be old: then the write of a turn fails, and the limit is read again.
type rates struct {
	records *rate.Records
	targets *known[rate.Key, rated]
}

// rated is the limit of one target as this process knows it. Its lock is like that of a
// target.
type rated struct {
	lock
	limit rate.Limit
	read  bool
}

func newRates(d Deps) *rates {
	targets := newKnown[rate.Key](func() *rated { return &rated{lock: newLock()} })
	return &rates{records: rate.NewRecords(d.Store.Items()), targets: targets}
}

// takeTries is how often a turn is tried for in a row while other processes are faster.
const takeTries = 20

// take takes the next turn of a target, if it comes by latest; turn tells when it is. taken is
// false, with a turn before latest, if other processes were faster again and again.
func (r *rates) take(ctx context.Context, key rate.Key, perMinute int, now, latest time.Time) (turn time.Time, taken bool, err error) {
	t := r.targets.get(key)
	t.Lock()
	defer t.Unlock()
	for range takeTries {
		if !t.read {
			if t.limit, err = r.records.Get(ctx, key); err != nil {
				return turn, false, err
			}
			t.read = true
		}
		var after rate.Limit
		if turn, after = t.limit.Take(now, perMinute); turn.After(latest) {
			t.read = false
			return turn, false, nil
		}
		taken, err = r.records.Put(ctx, key, &after)
		if t.limit, t.read = after, taken; taken || err != nil {
			return turn, taken, err
		}
	}
	return turn, false, nil
}

// turnFor is how long after its turn a delivery may still be sent. In a cloud sweep may wake
// it so late. One that comes later, as after all processes were down, takes another turn,
// or the target would get all of them at once.
const turnFor = 90 * time.Second

// waitForTurn has a delivery to a target with a rate wait until its turn, which it takes if
// it has none. It reports whether the delivery waits or has ended, and is seen to.
func (f *function) waitForTurn(ctx context.Context, d *shipbell.Delivery, target shipbell.Target, schedule shipbell.Schedule) (waits bool, err error) {
	now := f.Now()
	if target.Rate == 0 || d.HeldBy(text.HeldForRate) && now.Sub(d.NextAttemptAt) <= turnFor {
		return false, nil
	}
	key := rate.Key{Registry: d.Registry, Trigger: d.TriggerID, Target: target.ID}
	latest := now.Add(shipbell.MaxWaited - d.Waited)
	turn, taken, err := f.rates.take(ctx, key, target.Rate, now, latest)
	switch {
	case err != nil:
		return true, err
	case turn.After(latest):
		d.Cancel(now, text.CancelledRateExceeded, target.Rate)
		return true, f.finish(ctx, d, shipbell.Outcome{})
	case !taken:
		return true, f.putOff(ctx, d)
	case !turn.After(now):
		return false, nil
	case !d.WaitForTurn(now, turn, text.New(text.HeldForRate, target.Rate), schedule):
		return true, f.finish(ctx, d, shipbell.Outcome{})
	}
	saved, err := f.Store.Save(ctx, d)
	if err != nil || !saved {
		return true, err
	}
	return true, f.wakeAgain(ctx, d, d.Wait(now))
}
