package fault

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// hang is how long a call takes that hangs.
const hang = 20 * time.Second

// Slow makes every call take some milliseconds, and one in hangs calls hang for 20 s,
// before it has its effect or after; none if hangs is 0. How long a call takes follows
// from the seed and from what is called when. So in a bubble of testing/synctest hardly
// any two calls happen at the same time, and those of a seed happen in the same order
// whenever it runs. It is called before the first use of f.
func (f *Faults) Slow(seed uint64, hangs int) { f.slow, f.seed, f.hangs = true, seed, hangs }

type callerKey struct{}

// Caller gives a context whose calls take other times than those of others that call the
// same at the same time.
func Caller(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, callerKey{}, name)
}

// pace is how long a call takes, before its effect and after.
type pace struct{ before, after time.Duration }

func (f *Faults) pace(ctx context.Context, call string, of ...string) (p pace) {
	if !f.slow {
		return p
	}
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64([]byte(call), uint64(time.Now().UnixNano())))
	if name, ok := ctx.Value(callerKey{}).(string); ok {
		h.Write([]byte(name))
	}
	for _, s := range of {
		h.Write([]byte(s))
	}
	random := rand.New(rand.NewPCG(f.seed, h.Sum64()))
	p.before = time.Millisecond + time.Duration(random.IntN(4_000_000))
	if f.hangs > 0 && random.IntN(f.hangs) == 0 {
		if random.IntN(2) == 0 {
			p.before += hang
		} else {
			p.after = hang
		}
	}
	return p
}

// wait lets a time pass, unless ctx ends before. The end of the process ends it too.
func (f *Faults) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// Pause takes the time of a call that does nothing else.
func (f *Faults) Pause(ctx context.Context, call string) error {
	return f.wait(ctx, f.pace(ctx, call).before)
}

func keyNames(keys []platform.Key) (names []string) {
	for _, k := range keys {
		names = append(names, k.Partition, k.Sort)
	}
	return names
}

func writeNames(writes []platform.Write) (names []string) {
	for _, w := range writes {
		names = append(names, w.Item.Partition, w.Item.Sort)
	}
	return names
}

func messageNames(messages []platform.Message) (names []string) {
	for _, m := range messages {
		names = append(names, string(m.Body))
	}
	return names
}

// all gives the same error for each of n changes or messages.
func all(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
