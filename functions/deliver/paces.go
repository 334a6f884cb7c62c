package deliver

import (
	"context"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/store/pace"
)

// paces is what this process knows of which targets answer quickly. A pace is read when
// nothing proved it in the last freshFor: a busy target that is quick costs one read in
// this process, and no write.
type paces struct {
	records *pace.Records
	now     func() time.Time
	random  func() float64
	logger  *slog.Logger
	targets *known[pace.Key, paced]
}

// paced is the pace of one target as this process knows it. Its lock is like that of a
// target.
type paced struct {
	lock
	pace pace.Pace
	// knownAt is when the pace was read, or an attempt here was quick.
	knownAt time.Time
	// late is how many attempts are under way here for longer than pace.Quick.
	late int
}

// Deliveries to a target that is being tried come again after a time within these bounds.
const (
	minTryWait = time.Second
	maxTryWait = 8 * time.Second
)

func newPaces(d Deps) *paces {
	targets := newKnown[pace.Key](func() *paced { return &paced{lock: newLock()} })
	return &paces{records: d.Paces, now: d.Now, random: d.Random, logger: d.Logger, targets: targets}
}

func paceKey(d *shipbell.Delivery) pace.Key {
	return pace.Key{Registry: d.Registry, Group: store.Group(d)}
}

// quick reports whether a delivery's target answers quickly.
func (p *paces) quick(ctx context.Context, d *shipbell.Delivery) (bool, error) {
	key := paceKey(d)
	t := p.targets.get(key)
	t.Lock()
	defer t.Unlock()
	if t.late > 0 || platform.Fresh(t.knownAt, p.now(), freshFor) {
		return t.late == 0 && t.pace.Quick, nil
	}
	err := p.read(ctx, key, t)
	return t.pace.Quick, err
}

// try prepares to move a delivery to the queue Slow. Of a target of which nothing is known
// one is enough to learn its pace, and while that waits for its turn there the others are
// better off where they are: delay is how long one of them is to wait, drawn so that they do
// not all come again at once. It is 0 if the delivery may be moved.
func (p *paces) try(ctx context.Context, d *shipbell.Delivery) (delay time.Duration, err error) {
	key := paceKey(d)
	t := p.targets.get(key)
	t.Lock()
	defer t.Unlock()
	if !t.pace.Unknown() {
		return 0, nil
	}
	now := p.now().UTC()
	if tried, ok := t.pace.Try(now); ok {
		saved, err := p.records.Put(ctx, key, &tried)
		if err != nil {
			return 0, err
		}
		if saved {
			t.pace = tried
			return 0, nil
		}
		if err := p.read(ctx, key, t); err != nil { // another process was faster
			return 0, err
		}
	}
	return minTryWait + time.Duration(p.random()*float64(maxTryWait-minTryWait)), nil
}

func (p *paces) read(ctx context.Context, key pace.Key, t *paced) error {
	kept, err := p.records.Get(ctx, key)
	if err != nil {
		return err
	}
	t.pace, t.knownAt = kept, p.now()
	return nil
}

// note tells how an attempt goes. The attempt is recorded whatever becomes of the pace's
// record, so a failure to store that is only logged. The caller holds the target's lock.
func (p *paces) note(ctx context.Context, key pace.Key, t *paced, a pace.Attempt) (stored bool) {
	const tries = 3 // other processes may be faster
	for range tries {
		changed, ok := t.pace.After(p.now().UTC(), a)
		if !ok {
			return false
		}
		saved, err := p.records.Put(ctx, key, &changed)
		if saved {
			t.pace = changed
			return true
		}
		if err == nil {
			err = p.read(ctx, key, t)
		}
		if err != nil {
			p.logger.LogAttrs(ctx, slog.LevelWarn, "pace not stored", slog.String("registry", key.Registry), slog.String("group", key.Group), slog.Any("error", err))
			return false
		}
	}
	return false
}

// watch begins to measure an attempt; end is to be called with its outcome. An attempt
// that takes long is noted while it is under way, so that others learn of it before it
// times out. end reports whether as many attempts in a row as open a circuit, or twice as
// many and so on, have timed out in all processes.
func (p *paces) watch(ctx context.Context, d *shipbell.Delivery) (end func(shipbell.Outcome) (opens bool)) {
	key := paceKey(d)
	t := p.targets.get(key)
	noted := make(chan struct{})
	timer := time.AfterFunc(pace.Quick, func() {
		defer close(noted)
		t.Lock()
		defer t.Unlock()
		t.late++
		p.note(ctx, key, t, pace.Late)
	})
	return func(o shipbell.Outcome) (opens bool) {
		inTime := timer.Stop()
		if !inTime {
			<-noted
		}
		t.Lock()
		defer t.Unlock()
		switch {
		case inTime:
			p.note(ctx, key, t, pace.InTime)
			if t.pace.Quick {
				t.knownAt = p.now()
			}
			return false
		case o.TimedOut():
			t.late--
			return p.note(ctx, key, t, pace.TimedOut) && t.pace.TimeOuts%circuit.MaxTimeouts == 0
		default:
			t.late--
			p.note(ctx, key, t, pace.Ended)
			return false
		}
	}
}
