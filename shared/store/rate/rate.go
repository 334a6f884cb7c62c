// Package rate gives the requests to a target turns, so that the target gets at most so many
// a minute from all processes together.
//
// Limit is pure. Records keeps limits in the store: taking a turn is one conditional write.
// Only targets with a rate have a record. A turn that is not used is lost.
package rate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// burst is the time whose requests may come at once, if that is more than one.
const burst = time.Second

// Limit is which turns of a target are taken. The zero Limit has taken none.
type Limit struct {
	// Next is when the turns after those that are taken begin, if each comes at its time.
	Next time.Time `json:"next"`
	// PerMinute is the rate by which they were taken.
	PerMinute int `json:"per_minute"`
	// TakenAt is when the last one was taken.
	TakenAt time.Time `json:"taken_at"`
	// Version is the one that the store holds, 0 if it has no record.
	Version int64 `json:"-"`
}

// Take takes the next turn at a rate of at least one request a minute. It answers when that
// is, not before now, and the limit afterwards.
func (l Limit) Take(now time.Time, perMinute int) (turn time.Time, after Limit) {
	apart := time.Minute / time.Duration(perMinute)
	next := now.Add(l.ahead(now, perMinute))
	turn = next.Add(-max(burst-apart, 0))
	if turn.Before(now) {
		turn = now
	}
	return turn, Limit{Next: next.Add(apart), PerMinute: perMinute, TakenAt: now, Version: l.Version}
}

// ahead is how far from now the turns are taken. What a clock that was ahead has taken is
// counted from its time. Under a higher rate than that of the turns that are taken, no more
// than their number is waited for. A limit that goes on for longer than any delivery waits is
// not true.
func (l Limit) ahead(now time.Time, perMinute int) time.Duration {
	from := now
	if l.TakenAt.After(now.Add(shipbell.MaxSkew)) {
		from = l.TakenAt
	}
	ahead := l.Next.Sub(from)
	if ahead <= 0 || ahead > shipbell.MaxWaited+2*time.Minute {
		return 0
	}
	if l.PerMinute < perMinute {
		ahead = time.Duration(float64(ahead) * float64(l.PerMinute) / float64(perMinute))
	}
	return ahead
}

// Key names a limit: a target of a trigger of a registry.
type Key struct {
	Registry string
	Trigger  shipbell.ID
	Target   shipbell.TargetID
}

func (k Key) item() platform.Key {
	return platform.Key{Partition: "rate/" + k.Registry, Sort: fmt.Sprintf("%010d/%d", k.Trigger, k.Target)}
}

// expiry is how long a record is kept after the turns that are taken.
const expiry = 24 * time.Hour

// Records keeps the limits of targets. It holds nothing in memory.
type Records struct{ items platform.Items }

// NewRecords makes Records over the items of a key-value store.
func NewRecords(items platform.Items) *Records { return &Records{items} }

// Get reads a limit. One that cannot be decoded has taken no turn; the next change replaces
// it.
func (r *Records) Get(ctx context.Context, key Key) (Limit, error) {
	items, err := r.items.Get(ctx, key.item())
	if err != nil {
		return Limit{}, fmt.Errorf("read the rate of %s: %w", key.item().Sort, err)
	}
	var l Limit
	if items[0].Version != 0 && (json.Unmarshal(items[0].Value, &l) != nil || l.PerMinute < 1) {
		l = Limit{}
	}
	l.Version = items[0].Version
	return l, nil
}

// Put stores a changed limit in place of the version that it was read at, and counts its
// version up. saved is false, and nothing is changed, when another process has stored one
// meanwhile.
func (r *Records) Put(ctx context.Context, key Key, l *Limit) (saved bool, err error) {
	value, err := json.Marshal(l)
	if err != nil {
		return false, fmt.Errorf("encode the rate of %s: %w", key.item().Sort, err)
	}
	item := platform.Item{Key: key.item(), Value: value, Expires: l.Next.Add(expiry).Truncate(time.Second)}
	err = r.items.Write(ctx, platform.Write{Item: item, If: platform.Condition(l.Version)})[0]
	if errors.Is(err, platform.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store the rate of %s: %w", key.item().Sort, err)
	}
	l.Version++
	return true, nil
}
