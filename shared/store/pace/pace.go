// Package pace keeps which targets answer quickly. Where several deliveries share an
// invocation, which lasts as long as its slowest attempt, targets that do not are kept
// apart from those that do.
//
// Pace is pure. Records keeps paces in the store, where all processes share them: one
// write when a target answers for the first time, and one when its pace changes.
package pace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

const (
	// Quick is how long an attempt of a quick target lasts at most.
	Quick = time.Second

	// slowFor is how long a target that became slow stays so, so that one whose answers
	// take now more and now less than Quick is not written at each of them.
	slowFor = time.Minute

	// tryFor is how long a try is waited for before another one begins.
	tryFor = 30 * time.Second

	// expiry is how long a record is kept. One that is older than renewal is stored again
	// at the next attempt.
	expiry  = 30 * 24 * time.Hour
	renewal = expiry / 2
)

// Pace is how a target answers. That of a target of which nothing is known is zero, and
// not quick.
type Pace struct {
	// Quick tells that the attempts last at most the time Quick, whatever their outcome.
	Quick bool `json:"quick"`
	// Trying tells that nothing is known of the target, and that one attempt at it is to be
	// made before others, to learn its pace.
	Trying bool `json:"trying,omitempty"`
	// TimeOuts counts the attempts in a row that timed out, made by all processes.
	TimeOuts int `json:"time_outs,omitempty"`
	// Since is when it became quick or not, when a record that is quick was renewed, or when
	// the try began.
	Since time.Time `json:"since"`
	// Version is the one that the store holds, 0 if it has no record.
	Version int64 `json:"-"`
}

// Attempt is how an attempt goes.
type Attempt int

const (
	// InTime ended within the time Quick, whatever its outcome.
	InTime Attempt = iota
	// Late is under way for longer than that.
	Late
	// Ended is one that was late and ended without a time-out.
	Ended
	// TimedOut is one that got no answer.
	TimedOut
)

// After is the pace after an attempt, and whether that is to be stored.
func (p Pace) After(now time.Time, a Attempt) (after Pace, changed bool) {
	after, age := p, now.Sub(p.Since)
	switch {
	case a == InTime:
		after.Quick, after.TimeOuts = true, 0
		changed = p.Unknown() || age < 0 || age >= renewal || !p.Quick && age >= slowFor
	case a == TimedOut:
		after.Quick, changed = false, true
		after.TimeOuts++
	default:
		after.Quick, changed = false, p.Quick || p.Unknown()
		if a == Ended && p.TimeOuts > 0 {
			after.TimeOuts, changed = 0, true
		}
	}
	if !changed {
		return p, false
	}
	if after.Quick || p.Quick || p.Unknown() {
		after.Since = now
	}
	after.Trying = false
	return after, true
}

// Unknown reports whether nothing is known of the target.
func (p Pace) Unknown() bool { return p.Version == 0 || p.Trying }

// Try is the pace with a try that begins now, and whether it may: not while another one is
// waited for.
func (p Pace) Try(now time.Time) (try Pace, ok bool) {
	if age := now.Sub(p.Since); p.Trying && age >= 0 && age < tryFor {
		return p, false
	}
	return Pace{Trying: true, Since: now, Version: p.Version}, true
}

// Key names a target: its registry, and the group of its deliveries' messages.
type Key struct{ Registry, Group string }

func (k Key) item() platform.Key {
	return platform.Key{Partition: "pace/" + k.Registry, Sort: k.Group}
}

// Records keeps the paces of targets. It holds nothing in memory.
type Records struct{ items platform.Items }

// NewRecords makes Records over the items of a key-value store.
func NewRecords(items platform.Items) *Records { return &Records{items} }

// Get reads a pace. A record that cannot be read is not quick; the next change replaces
// it.
func (r *Records) Get(ctx context.Context, key Key) (Pace, error) {
	items, err := r.items.Get(ctx, key.item())
	if err != nil {
		return Pace{}, fmt.Errorf("read the pace of %s: %w", key.Group, err)
	}
	var p Pace
	if items[0].Version != 0 && json.Unmarshal(items[0].Value, &p) != nil {
		p = Pace{}
	}
	p.Version = items[0].Version
	return p, nil
}

// Put stores a changed pace in place of the version that it was read at, and counts its
// version up. saved is false, and nothing is changed, when another process has stored
// one meanwhile.
func (r *Records) Put(ctx context.Context, key Key, p *Pace) (saved bool, err error) {
	value, err := json.Marshal(p)
	if err != nil {
		return false, fmt.Errorf("encode the pace of %s: %w", key.Group, err)
	}
	item := platform.Item{Key: key.item(), Value: value, Expires: p.Since.Add(expiry)}
	err = r.items.Write(ctx, platform.Write{Item: item, If: platform.Condition(p.Version)})[0]
	if errors.Is(err, platform.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store the pace of %s: %w", key.Group, err)
	}
	p.Version++
	return true, nil
}
