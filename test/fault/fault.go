// Package fault makes a platform fail on purpose: every call to its key-value
// store and its queue may fail before it has an effect, or after, or half-way,
// messages may be lost or come twice, calls may be slow or hang, and the process may
// end between any two calls. What happens follows from a seed.
package fault

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// What failed calls give.
var (
	ErrFault   = errors.New("fault: this call was made to fail")
	ErrStopped = errors.New("fault: the process has ended")
)

// Faults decides for one process what becomes of its calls. It may be used from
// many goroutines.
type Faults struct {
	mu     sync.Mutex
	random *rand.Rand
	often  float64
	calls  int
	stopAt int
	ended  chan struct{}

	slow  bool
	seed  uint64
	hangs int
}

// New makes faults for one process. often is how often a call fails, from 0 to 1.
// The process ends in its call number stopAt, unless that is 0.
func New(random *rand.Rand, often float64, stopAt int) *Faults {
	return &Faults{
		random: rand.New(rand.NewPCG(random.Uint64(), random.Uint64())),
		often:  often, stopAt: stopAt, ended: make(chan struct{}),
	}
}

// Stop ends the process: no later call has an effect.
func (f *Faults) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop()
}

func (f *Faults) stop() {
	select {
	case <-f.ended:
	default:
		close(f.ended)
	}
}

// Stopped is closed once the process has ended.
func (f *Faults) Stopped() <-chan struct{} { return f.ended }

// fate is what becomes of one call of so many parts.
type fate struct {
	parts int   // how many of them are done
	err   error // what the caller is told of those that are not, or of all
	all   bool  // the caller is told so of all of them
}

func (f *Faults) next(parts int) fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.ended:
		return fate{0, ErrStopped, true}
	default:
	}
	f.calls++
	done := f.random.IntN(parts + 1)
	if f.calls == f.stopAt {
		f.stop()
		return fate{done, ErrStopped, true}
	}
	if f.random.Float64() < f.often {
		return fate{done, ErrFault, f.random.IntN(2) == 0}
	}
	return fate{parts, nil, false}
}

// chance reports true once in so many calls.
func (f *Faults) chance(in int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.IntN(in) == 0
}

// KV is a key-value store whose calls fail.
type KV struct {
	KV     platform.KV
	Faults *Faults
}

// Get implements platform.KV.
func (k KV) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if err := k.read(ctx, k.Faults.pace(ctx, "get", keyNames(keys)...)); err != nil {
		return nil, err
	}
	return k.KV.Get(ctx, keys...)
}

// read waits and decides whether a call that only reads fails.
func (k KV) read(ctx context.Context, p pace) error {
	if err := k.Faults.wait(ctx, p.before+p.after); err != nil {
		return err
	}
	return k.Faults.next(0).err
}

// Range implements platform.KV.
func (k KV) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if err := k.read(ctx, k.Faults.pace(ctx, "range", r.Partition, r.From, r.To)); err != nil {
		return nil, err
	}
	return k.KV.Range(ctx, r)
}

// Due implements platform.KV.
func (k KV) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	if err := k.read(ctx, k.Faults.pace(ctx, "due")); err != nil {
		return nil, err
	}
	return k.KV.Due(ctx, from, until, limit)
}

// Write implements platform.KV. A write that fails may have done the first few of
// its changes, or all.
func (k KV) Write(ctx context.Context, writes ...platform.Write) []error {
	pace := k.Faults.pace(ctx, "write", writeNames(writes)...)
	if err := k.Faults.wait(ctx, pace.before); err != nil {
		return all(len(writes), err)
	}
	fate := k.Faults.next(len(writes))
	errs := make([]error, len(writes))
	if fate.parts > 0 {
		copy(errs, k.KV.Write(ctx, writes[:fate.parts]...))
	}
	if err := k.Faults.wait(ctx, pace.after); err != nil {
		return all(len(writes), err)
	}
	for i := range errs {
		if fate.all || i >= fate.parts {
			errs[i] = fate.err
		}
	}
	return errs
}

// Queue is a queue that loses messages, sends them twice, and tells of failure
// without one.
type Queue struct {
	Queue  platform.Queue
	Faults *Faults
	// Other takes the second copy of a message that comes twice; Queue if nil.
	Other platform.Queue
}

// MaxDelay implements platform.Queue.
func (q Queue) MaxDelay() time.Duration { return q.Queue.MaxDelay() }

// Send implements platform.Queue. Every eighth call or so sends twice.
func (q Queue) Send(ctx context.Context, messages ...platform.Message) []error {
	pace := q.Faults.pace(ctx, "send", messageNames(messages)...)
	if err := q.Faults.wait(ctx, pace.before); err != nil {
		return all(len(messages), err)
	}
	fate := q.Faults.next(len(messages))
	errs := make([]error, len(messages))
	if fate.parts > 0 {
		copy(errs, q.Queue.Send(ctx, messages[:fate.parts]...))
	}
	if fate.parts > 0 && q.Faults.chance(8) {
		other := q.Other
		if other == nil {
			other = q.Queue
		}
		if q.Faults.wait(ctx, q.Faults.pace(ctx, "again", messageNames(messages)...).before) == nil {
			other.Send(ctx, messages[:fate.parts]...)
		}
	}
	if err := q.Faults.wait(ctx, pace.after); err != nil {
		return all(len(messages), err)
	}
	if fate.err != nil && fate.all {
		return all(len(messages), fate.err)
	}
	return errs // what is not among the parts is lost, and nobody is told
}
