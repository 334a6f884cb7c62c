// Package platform says what Shipbell needs of the place where it runs: a key-value
// store, a queue, and events for the handlers of functions. Each platform is a package
// below this one; platformtest holds the behaviour that every platform passes.
package platform

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrConflict tells that the condition of a write did not hold. Nothing was
	// written.
	ErrConflict = errors.New("platform: the condition of the write does not hold")
	// ErrSkipped tells that a guarded write was not attempted, because the write
	// that guards it failed.
	ErrSkipped = errors.New("platform: skipped, the guarding write failed")
	// ErrTooLarge tells that a value is larger than MaxValue. Nothing was written.
	ErrTooLarge = errors.New("platform: the value is larger than 256 KiB")
	// ErrFull tells that the queue takes no more messages now.
	ErrFull = errors.New("platform: the queue is full")
)

// MaxValue is the most bytes of a value. Items refuses a larger one on every platform
// alike, whatever the store below would take.
const MaxValue = 256 << 10

// Key names an item: a partition and a place in that partition's order. Neither
// part is empty; both are at most 1,024 bytes of UTF-8 without control
// characters.
type Key struct {
	Partition string
	Sort      string
	// Spread tells that the partition takes more writes than others, so that a
	// platform may divide it. Its sort keys are ULIDs, which begin with a time, and
	// all keys and ranges of the partition agree on it. It is not stored: Due answers
	// keys without it.
	Spread bool
}

// Item is one value in the store.
type Item struct {
	Key
	// Value is up to MaxValue bytes that the store does not look into.
	Value []byte
	// Version is 1 when the item is created and rises by one with every write; 0
	// means that there is no such item, and Damaged that it cannot be read. The store
	// sets it.
	Version int64
	// Damage tells why an item that is there cannot be read, and is nil for any other.
	// The Value of a damaged item is the bytes that are left of it, perhaps with what
	// the store keeps beside them; it has no Expires and no Due.
	Damage error
	// Expires is when the item may be forgotten, to the second; zero means never.
	// An expired item is absent for every reader and every condition.
	Expires time.Time
	// Due puts the item among the due ones, to the millisecond; zero keeps it out. The
	// partition of a due item does not contain #.
	Due time.Time
}

// Condition is what must hold for a write to happen: Always, Absent, AtVersion or
// Damaged. The Version of an item as read is the condition that it is unchanged.
type Condition int64

const (
	// Always writes whatever is there.
	Always Condition = -1
	// Absent writes only if there is no such item. One that is damaged is there.
	Absent Condition = 0
	// Damaged writes only if the item is there and cannot be read. What is written has
	// a version higher than any that the item had.
	Damaged Condition = -2
)

// AtVersion writes only if the item is there and readable at this version, which is at
// least 1.
func AtVersion(version int64) Condition { return Condition(version) }

// Write is one change of one item.
type Write struct {
	// Item is what to store; its Version is ignored.
	Item Item
	If   Condition
	// Delete removes the item instead. Removing what is absent succeeds, unless
	// the condition names a version.
	Delete bool
	// Guarded makes the write depend on the first write of the same call: if that
	// one was not done, this one is not attempted.
	Guarded bool
	// Relaxed lets a power cut undo the write, with all relaxed writes after it, as if
	// they had not been made. A crash of the process does not undo it. A store for which
	// that is no cheaper makes it as any other.
	Relaxed bool
}

// Range asks for the items of one partition.
type Range struct {
	Partition string
	// Spread is that of the partition's keys.
	Spread bool
	// From and To bound Sort, as bytes: From is included, To is not. "" leaves that
	// side open.
	From, To string
	// Descending begins at the high end.
	Descending bool
	// Limit is the most items to answer, 1 to 1,000.
	Limit int
}

// KV is an ordered key-value store. All methods may be called at once from many
// goroutines, and an answer without an error means that reads from now on see
// the effect, also after a crash of the process, and but for relaxed writes after a power
// cut. Any other error than those
// named means that the store could not answer, and that a write may or may not
// have been done.
type KV interface {
	// Get reads items by key, at most 100. The answer has one item for each key, in
	// the same order; one that is absent has Version 0, and one that is damaged its
	// Damage: it is no error of the call.
	Get(ctx context.Context, keys ...Key) ([]Item, error)

	// Write makes changes, at most 100, and answers one error for each: nil,
	// ErrConflict, ErrSkipped or another. It is not atomic: after a crash any of
	// them may be done and others not, except that a guarded write is never done
	// without the first. Every write is of a different item.
	Write(ctx context.Context, writes ...Write) []error

	// Range reads the items of a partition in the order of Sort, those that are damaged
	// too. Fewer items than the limit means that there are no more.
	Range(ctx context.Context, r Range) ([]Item, error)

	// Due reads the keys of at most limit items that are due from one time (the zero time
	// is no bound) until another, both included, roughly the earliest first. It is a hint:
	// it may miss an item written a moment ago, or name one that is not due any more or
	// damaged, so read the item before acting.
	Due(ctx context.Context, from, until time.Time, limit int) ([]Key, error)
}

// Message is a wake-up call for a consumer. It may be lost, come twice, late or
// in another order: nothing may depend on it but promptness.
type Message struct {
	// Owner names the tenant whose message it is, and Group what is fair among the
	// tenant's messages. A queue that can serves owners in turn, and the groups of each
	// in turn, so that one with many messages does not delay the others. A message
	// without an owner is one of its group's alone.
	Owner, Group string
	// Body is at most 64 KiB.
	Body []byte
	// Delay holds the message back, up to the queue's MaxDelay.
	Delay time.Duration
}

// Queue hands messages to a consumer, at least once unless lost.
//
// A queue that is bounded is shared fairly. When it is full, the owner that holds most
// gives way, and of its groups the one that holds most: its newest message makes way for
// the message of another, or is refused if it is the one that is sent. So the flood of
// one owner never has a message of another refused. A queue in which messages give way
// tells of each, so that it can be sent again when the group has fewer.
type Queue interface {
	// Send takes messages, at most 100, and answers one error for each: nil,
	// ErrFull or another.
	Send(ctx context.Context, messages ...Message) []error
	// MaxDelay is the longest delay that a message can have; 0 if it can have none.
	MaxDelay() time.Duration
}

// Gauged is a Queue that knows what waits in it. One that another service measures is not.
type Gauged interface {
	// Waiting answers how many messages wait for a consumer, without those that are held
	// back, and how long the one that was sent first has waited. It is
	// errors.ErrUnsupported if the queue does not know.
	Waiting(ctx context.Context) (count int, oldest time.Duration, err error)
}

// Consumer is the side of a queue that messages come out of, on a platform where a
// process of ours waits for them; in the clouds each message calls a function.
type Consumer interface {
	// Serve hands messages to w.Handle, many at once, until ctx ends, then waits for
	// those being handled, whose own context does not end with ctx. No group keeps
	// another waiting, however long its messages take. An error of Handle is logged:
	// the message is gone, and the store has what it was about. What is not handled
	// yet stays in the queue, if that outlives the process.
	Serve(ctx context.Context, w Work)
}

// Work is what a consumer does with messages.
type Work struct {
	// Handle works on one message.
	Handle func(ctx context.Context, body []byte) error
	// Admit reports whether one more message of a group may be worked on beside working
	// others. It is asked when one waits, and must not block. Nil leaves it to the
	// queue.
	Admit func(group string, working int) bool
	// GaveWay, if not nil, hears of each message that was taken and then made way for
	// another. It must not block, nor call the queue.
	GaveWay func(Message)
}

// First returns the first error of a list that is not nil.
func First(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
