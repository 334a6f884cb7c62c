package platform

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// TryTime is how long one try of a call of a store or a queue may go without an answer,
// and then without more of it. A connection that hangs costs no more than that.
const TryTime = time.Second

// maxTries is how many tries in a row get nothing further before a call fails. The waits
// between them are about two seconds in all: a moment of throttling or a restart passes.
const maxTries = 6

// Retry makes tries of a call until nothing is left of it. A try answers how much it
// leaves, and why; when it leaves nothing, its error is that of Retry. While tries leave
// less and less there is always another one. After maxTries that did not, or when the
// next wait would outlast ctx, Retry gives the error of the last try.
func Retry(ctx context.Context, try func() (left int, err error)) error {
	least, vain := math.MaxInt, 0
	for {
		left, err := try()
		if left == 0 {
			return err
		}
		if left < least {
			least, vain = left, 0
		}
		if vain++; vain == maxTries || Pause(ctx, vain) != nil {
			return err
		}
	}
}

// Pause waits after some tries, each time four times as long and at most about a
// second. It gives the cause if ctx ends before, and does not begin a wait that ctx
// cannot outlast.
func Pause(ctx context.Context, tries int) error {
	const first, most = 10 * time.Millisecond, time.Second
	wait := min(first<<(2*min(tries, 5)-2), most)
	wait = time.Duration((0.75 + rand.Float64()/2) * float64(wait))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(wait)
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
