package platform

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Pause waits after some tries, each time four times as long and at most about a
// second. It gives the cause if ctx ends before.
func Pause(ctx context.Context, tries int) error {
	const first, most = 10 * time.Millisecond, time.Second
	wait := min(first<<(2*min(tries, 5)-2), most)
	timer := time.NewTimer(time.Duration((0.75 + rand.Float64()/2) * float64(wait)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hash spreads texts evenly, over shards or partitions. It is part of where things
// lie, so it cannot change: it is FNV-1a of 32 bits.
func Hash(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text)) // never fails
	return h.Sum32()
}
