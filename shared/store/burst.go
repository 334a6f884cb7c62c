package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// The bounds of a burst: how many events it has, how many bytes its record, and how many
// bytes an event that can be one of them. One that reaches a bound takes no more.
const (
	maxMembers    = 100
	maxBurst      = 64 << 10
	maxBurstEvent = 16 << 10
)

// burst is the record of pushes that set several tags of one digest within the registry's
// merge window. Its members are those that it names: nothing else says so. Once it is
// closed it has no more members, and its deliveries are made.
type burst struct {
	// ID is that of the event that the members make: the id of the first of them.
	ID string `json:"id"`
	// ReceivedAt is when the first was received, and Until when the window ends.
	ReceivedAt time.Time `json:"received_at"`
	Until      time.Time `json:"until"`
	// Closed is when the burst was closed, zero while it is open.
	Closed  time.Time `json:"closed,omitzero"`
	Members []string  `json:"members"`
	// Event is the event of the first member with the resources of all, in the order in
	// which they were received, and Trace that of the first.
	Event shipbell.Event `json:"event"`
	Trace shipbell.Trace `json:"trace,omitzero"`
	// Matched tells that a member matched a trigger when it was received.
	Matched bool `json:"matched,omitempty"`
}

// burstRef is what the receipt of a member says of its burst. It is written before the
// burst names the member, so a burst that does not, and is closed, never had it.
type burstRef struct {
	// ID is the burst's, and Key the name of its record while it is not finished.
	ID  string `json:"id"`
	Key string `json:"key"`
}

func burstPartition(registry, name string) string { return "burst/" + registry + "/" + name }

func burstKey(registry, name string) platform.Key {
	return platform.Key{Partition: burstPartition(registry, name), Sort: "open"}
}

// isBurst reports whether a partition is that of a burst.
func isBurst(partition string) bool { return strings.HasPrefix(partition, "burst/") }

// burstName names what the members of a burst have in common: what was done, to which
// digest, and by whom. ok is false for an event that is no member of any: only pushes of
// images are, and only with a tag and the same digest for each.
func burstName(e *shipbell.Event) (name string, ok bool) {
	if e.Action != shipbell.PushImage || len(e.Resources) == 0 {
		return "", false
	}
	digest := e.Resources[0].Digest
	for _, r := range e.Resources {
		if r.Tag == "" || r.Digest == "" || r.Digest != digest {
			return "", false
		}
	}
	data, err := json.Marshal(e)
	if err != nil || len(data) > maxBurstEvent {
		return "", false
	}
	parts := []string{string(e.Action), e.Repository.FullName, digest, e.Operator}
	return hashOf([]byte(strings.Join(parts, "\x00"))), true
}

// over reports whether the burst takes no more members at now. Clocks may differ: as long
// as nobody has closed it, its window may last a little longer. One that was begun by a
// clock that was ahead is over.
func (b *burst) over(now time.Time) bool {
	return now.After(b.Until.Add(shipbell.MaxSkew)) || b.ahead(now)
}

func (b *burst) ahead(now time.Time) bool { return b.ReceivedAt.After(now.Add(shipbell.MaxSkew)) }

func (b *burst) has(eventID string) bool { return slices.Contains(b.Members, eventID) }

// with is the burst with one more member. A tag that is there is not added again.
func (b *burst) with(e *shipbell.Event, matched bool) burst {
	more := *b
	more.Members = append(slices.Clone(b.Members), e.ID)
	more.Event.Resources = slices.Clone(b.Event.Resources)
	for _, r := range e.Resources {
		there := func(one shipbell.Resource) bool { return one.Tag == r.Tag && one.Digest == r.Digest }
		if !slices.ContainsFunc(more.Event.Resources, there) {
			more.Event.Resources = append(more.Event.Resources, r)
		}
	}
	more.Matched = more.Matched || matched
	return more
}

// due is when the deliveries of a closed burst are due: at the end of the window, or
// before if the burst was closed before.
func (b *burst) due() time.Time {
	if b.Closed.Before(b.Until) {
		return b.Closed
	}
	return b.Until
}

// burstItem encodes a burst. due is when sweep must look at it.
func (s *Store) burstItem(registry, name string, b *burst, due time.Time) (platform.Item, error) {
	value, err := json.Marshal(b)
	if err != nil {
		return platform.Item{}, fmt.Errorf("encode the burst of event %s: %w", b.ID, err)
	}
	return platform.Item{
		Key: burstKey(registry, name), Value: value, Expires: s.expires(b.ReceivedAt), Due: toMillisecond(due),
	}, nil
}

// burstDue is when sweep must look at a burst, if nobody has closed it by then: soon after
// the message about it, or when the window ends where no message is held back so long.
func (s *Store) burstDue(b *burst, now time.Time) time.Time {
	switch {
	case b.ahead(now):
		return now
	case b.Until.Sub(now) <= s.o.MaxDelay:
		return later(b.Until, now).Add(shipbell.MaxSkew)
	}
	return b.Until
}

// readBurst reads the record of a name. It is nil if there is none, if that is finished, or
// if it is damaged: another may be written in its place.
func (s *Store) readBurst(ctx context.Context, item platform.Item) *burst {
	var b burst
	if item.Version == 0 || s.decode(ctx, item, &b) != nil || b.ID == "" {
		return nil
	}
	return &b
}

// finishedFor is how long the record of a burst that is finished is kept, with nothing in
// it: its version goes on, so that no write that was held up takes the next burst for one
// that it has read.
const finishedFor = time.Hour

// finished is the write that takes a burst out of its record.
func (s *Store) finished(key platform.Key, version int64) platform.Write {
	return platform.Write{If: platform.AtVersion(version), Item: platform.Item{
		Key: key, Value: []byte("{}"), Expires: s.o.Now().Add(finishedFor).Truncate(time.Second),
	}}
}

// burstNameOf is the name in a key of burstKey.
func burstNameOf(key platform.Key) string {
	return key.Partition[strings.LastIndexByte(key.Partition, '/')+1:]
}

// burstMessage is the wake-up call to close a burst after a time.
func burstMessage(registry, name string, b *burst, delay time.Duration) (platform.Message, error) {
	body, err := json.Marshal(message{Registry: registry, Burst: name, First: hashOf([]byte(b.ID))})
	if err != nil {
		return platform.Message{}, fmt.Errorf("encode message about the burst of event %s: %w", b.ID, err)
	}
	return platform.Message{Owner: registry, Group: hashOf([]byte(registry + "\x00bursts")), Body: body, Delay: delay}, nil
}

// IsBurst reports whether the body of a wake-up call is about a burst, for CloseBurst, and
// not about a delivery.
func IsBurst(body []byte) bool {
	if !bytes.Contains(body, []byte(`"burst"`)) { // most are about deliveries
		return false
	}
	m, err := parse(body)
	return err == nil && m.Burst != ""
}
