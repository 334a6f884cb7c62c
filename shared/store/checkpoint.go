package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Checkpoint is how far sweep has come in scanning the deliveries of a registry in the
// order of their ids. It announces each stretch before it scans it: whoever stores a
// delivery can tell from the announcement that the delivery is still to be scanned,
// whatever the clocks of the two say.
type Checkpoint struct {
	// Scanned is where the scan goes on; every delivery below was scanned.
	Scanned shipbell.DeliveryID `json:"scanned"`
	// Announced is how far the next scan goes, not included.
	Announced shipbell.DeliveryID `json:"announced"`
	// At is when Announced was set, by the clock of the sweep that did.
	At time.Time `json:"at"`
	// Corrected is the last correction after a clock that was ahead, as CheckClock answers
	// it, at which the deliveries were looked at that lie in the future.
	Corrected time.Time `json:"corrected,omitzero"`
}

// UnmarshalJSON also reads the form of older versions, an id alone.
func (c *Checkpoint) UnmarshalJSON(data []byte) error {
	var id shipbell.DeliveryID
	if err := json.Unmarshal(data, &id); err == nil {
		*c = Checkpoint{Scanned: id, Announced: id}
		return nil
	}
	type plain Checkpoint
	return json.Unmarshal(data, (*plain)(c))
}

const (
	// announcedFor is how long a stretch is announced before it is scanned. Whoever has
	// read the announcement before has stored its delivery by then.
	announcedFor = Grace / 2
	// horizon is how far beyond the last announcement a delivery may lie and still be
	// sure to be scanned soon. It is Grace and some turns of the clouds' timer.
	horizon = 4 * time.Minute
	// checkpointFor is how long a checkpoint that was read may be used. With the time
	// that Accept may take it is less than announcedFor.
	checkpointFor = 5 * time.Second
)

// Ready reports whether the announced stretch may be scanned at now.
func (c Checkpoint) Ready(now time.Time) bool { return now.Sub(c.At) >= announcedFor }

// Next is the checkpoint after the announced stretch was scanned at now.
func (c Checkpoint) Next(now time.Time) Checkpoint {
	scanned := max(c.Scanned, c.Announced)
	c.Scanned, c.Announced, c.At = scanned, max(scanned, shipbell.FirstDeliveryID(now.Add(-Grace))), now.UTC()
	return c
}

// Ahead reports whether the checkpoint was set by a clock that is further ahead of now
// than clocks may differ.
func (c Checkpoint) Ahead(now time.Time) bool { return c.At.After(now.Add(shipbell.MaxSkew)) }

// Rewound is the checkpoint after a clock that was ahead: scanning begins again at now.
func (c Checkpoint) Rewound(now time.Time) Checkpoint {
	from := shipbell.FirstDeliveryID(now.Add(-Grace))
	c.Scanned, c.Announced, c.At = min(c.Scanned, from), from, now.UTC()
	return c
}

// covers reports whether a delivery is sure to be scanned by one of the next sweeps.
func (c Checkpoint) covers(id shipbell.DeliveryID) bool {
	return !c.At.IsZero() && id > c.Announced && id < shipbell.FirstDeliveryID(c.At.Add(horizon))
}

// trusted is now, or the latest that it can be by the clock of sweep, if that is
// earlier. What is due by a clock that is ahead would be found too late.
func (c Checkpoint) trusted(now time.Time) time.Time {
	if latest := c.At.Add(horizon); !c.At.IsZero() && now.After(latest) {
		return latest
	}
	return now
}

const sweepPartition = "sweep"

func checkpointKey(registry string) platform.Key {
	return platform.Key{Partition: sweepPartition, Sort: registry}
}

// sweepPlaceKey is where it is kept with which registry the next sweep begins.
func sweepPlaceKey() platform.Key { return platform.Key{Partition: "sweep-next", Sort: "registry"} }

// SweepPlace reads with which registry the next sweep begins, "" if that is not known, and
// how far sweep has come with each of some registries: zero if it has never begun, or if
// the record is damaged. To scan all deliveries again is harmless.
func (s *Store) SweepPlace(ctx context.Context, registries ...string) (next string, checkpoints []Checkpoint, err error) {
	keys := make([]platform.Key, len(registries), len(registries)+1)
	for i, registry := range registries {
		keys[i] = checkpointKey(registry)
	}
	items, err := s.items.Get(ctx, append(keys, sweepPlaceKey())...)
	if err != nil {
		return "", nil, err
	}
	last := len(registries)
	if s.decode(ctx, items[last], &next) != nil {
		next = ""
	}
	checkpoints = make([]Checkpoint, last)
	for i := range checkpoints {
		if s.decode(ctx, items[i], &checkpoints[i]) != nil {
			checkpoints[i] = Checkpoint{} // decode may have begun to fill it
		}
	}
	return next, checkpoints, nil
}

// SetSweepPlace has the next sweep begin with a registry.
func (s *Store) SetSweepPlace(ctx context.Context, registry string) error {
	return s.put(ctx, sweepPlaceKey(), registry, platform.Always)
}

// Checkpoint reads how far sweep has come with a registry, as SweepPlace does.
func (s *Store) Checkpoint(ctx context.Context, registry string) (Checkpoint, error) {
	_, all, err := s.SweepPlace(ctx, registry)
	if err != nil {
		return Checkpoint{}, err
	}
	return all[0], nil
}

// SetCheckpoint changes a registry's checkpoint.
func (s *Store) SetCheckpoint(ctx context.Context, registry string, c Checkpoint) error {
	err := s.put(ctx, checkpointKey(registry), c, platform.Always)
	s.keepCheckpoint(registry, c)
	return err
}

// cachedCheckpoint is a checkpoint and when it was read.
type cachedCheckpoint struct {
	Checkpoint
	at time.Time
}

func (s *Store) keepCheckpoint(registry string, c Checkpoint) {
	now := s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkpoints[registry] = cachedCheckpoint{c, now}
}

// readCheckpoint keeps a checkpoint that was read. Without one every delivery gets a due
// time, so one that cannot be decoded is no error.
func (s *Store) readCheckpoint(ctx context.Context, registry string, item platform.Item) {
	var c Checkpoint
	if err := s.decode(ctx, item, &c); err == nil {
		s.keepCheckpoint(registry, c)
	}
}

// lastCheckpoint is a registry's checkpoint as it was read a moment ago, or zero: then
// nothing is known.
func (s *Store) lastCheckpoint(registry string, now time.Time) Checkpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.checkpoints[registry]; platform.Fresh(c.at, now, checkpointFor) {
		return c.Checkpoint
	}
	return Checkpoint{}
}
