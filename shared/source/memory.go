package source

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// memory is what the catalog knows about one decoded event, and what it is to learn from
// it.
type memory struct {
	registry shipbell.Registry
	event    DecodedEvent
	catalog  Catalog
	// at is the event's time as it orders what is known: see order.
	at    time.Time
	known map[string]entry
	learn []shipbell.Record
	// learnt is where the record of a key is in learn.
	learnt map[string]int
}

// maxAhead is how far an event's time may be ahead of its receipt.
const maxAhead = 5 * time.Minute

// order sets the time by which the event is before or after others, once it is known
// whether the event came before. One whose own time is far ahead counts as of when it was
// received first: else nothing would count as newer until then.
func (m *memory) order() {
	f := m.event
	key := aheadKey(f.EventID)
	first := m.known[key]
	switch {
	case first.exists():
		m.at = first.At
	case f.Time.After(f.ReceivedAt.Add(maxAhead)):
		m.at = f.ReceivedAt
		record := newRecord(key, entry{At: m.at})
		record.Absent, record.Expires = true, f.ReceivedAt.Add(deletedFor)
		m.add(record)
	default:
		m.at = f.Time
	}
}

// recall adds to what is known the entries of keys, in one call or none.
func (m *memory) recall(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	records, err := m.catalog.Records(ctx, keys...)
	if err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	for i, record := range records {
		m.known[keys[i]] = readEntry(record)
	}
	return nil
}

// recallPrefix adds to what is known the entries whose keys begin with prefix, and
// answers what follows it in each, in their order.
func (m *memory) recallPrefix(ctx context.Context, prefix string) (rests []string, err error) {
	records, err := m.catalog.Prefix(ctx, prefix, tagsRead)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	for _, record := range records {
		m.known[record.Key] = readEntry(record)
		rests = append(rests, record.Key[len(prefix):])
	}
	return rests, nil
}

// needs is every key that a decoded event needs, but for what lists of tags tell.
func (m *memory) needs() []string {
	f := m.event
	var keys []string
	if f.CreatedAt == 0 || f.Verb == Push && !f.complete() {
		keys = append(keys, repositoryKey(f.Repository))
	}
	if f.Verb != Pull { // which changes nothing
		keys = append(keys, aheadKey(f.EventID))
	}
	for _, child := range f.Children {
		keys = append(keys, digestKey(f.Repository, child, ""))
	}
	for _, r := range f.Resources {
		if f.Verb == Push && r.Digest != "" && !f.complete() {
			keys = append(keys, digestKey(f.Repository, r.Digest, r.Tag))
		}
		if r.Tag != "" && (f.Verb != Pull || f.Kind == Unknown || r.Digest == "") {
			keys = append(keys, tagKey(f.Repository, r.Tag))
		}
	}
	return keys
}

// put learns an entry as of the decoded event's time, unless it is known already or
// something newer is.
func (m *memory) put(key string, e entry) {
	old := m.known[key]
	e.At = m.at
	unchanged := e.Digest == old.Digest && e.Kind == old.Kind && e.DeletedBy == old.DeletedBy && e.Accessory == old.Accessory
	if old.exists() && (unchanged || old.At.After(e.At)) {
		return
	}
	record := newRecord(key, e)
	if e.DeletedBy != "" {
		record.Expires = m.event.ReceivedAt.Add(deletedFor)
	}
	m.known[key] = e
	m.add(record)
}

// add learns a record, in place of one with the same key.
func (m *memory) add(record shipbell.Record) {
	if i, found := m.learnt[record.Key]; found {
		m.learn[i] = record
		return
	}
	m.learnt[record.Key] = len(m.learn)
	m.learn = append(m.learn, record)
}

// createdAt is when the repository was made: as sent, or when it was first seen,
// which is now if this is the first push. What was learnt first stays.
func (m *memory) createdAt() int64 {
	key, sent := repositoryKey(m.event.Repository), m.event.CreatedAt
	first := m.known[key]
	needed := sent == 0 || !m.event.complete()
	if needed && !first.exists() && (m.event.Verb == Push || m.event.Verb == Create) {
		if first.At = m.at; sent != 0 {
			first.At = time.Unix(sent, 0).UTC()
		}
		record := newRecord(key, first)
		record.Absent = true
		m.add(record)
	}
	switch {
	case sent != 0:
		return sent
	case first.exists():
		return first.At.Unix()
	}
	return 0
}
