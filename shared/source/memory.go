package source

import (
	"context"
	"fmt"
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// memory is what the catalog knows about one decoded event, and what it is to learn from
// it.
type memory struct {
	event DecodedEvent
	known map[string]entry
	learn []shipbell.Record
}

// recall adds to what is known the entries of keys, in one call or none.
func (m *memory) recall(ctx context.Context, c Catalog, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	records, err := c.Records(ctx, keys...)
	if err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	for i, record := range records {
		m.known[keys[i]] = readEntry(record)
	}
	return nil
}

// needs is every key that a decoded event needs, unless it is the delete of a digest.
func (m *memory) needs() []string {
	f := m.event
	var keys []string
	if f.CreatedAt == 0 {
		keys = append(keys, repositoryKey(f.Repository))
	}
	for _, r := range f.Resources {
		pushed := f.Verb == Push && f.PartialDeletes
		if pushed && r.Digest != "" {
			keys = append(keys, digestKey(f.Repository, r.Digest, r.Tag))
		}
		if r.Tag != "" && (pushed || f.Verb == Delete && (f.PartialDeletes || r.Digest == "")) {
			keys = append(keys, tagKey(f.Repository, r.Tag))
		}
	}
	return keys
}

// put learns an entry as of the decoded event's time, unless it is known already or
// something newer is.
func (m *memory) put(key string, e entry) {
	old := m.known[key]
	e.At = m.event.Time
	unchanged := e.Digest == old.Digest && e.Kind == old.Kind && e.DeletedBy == old.DeletedBy
	if old.exists() && (unchanged || old.At.After(e.At)) {
		return
	}
	record := newRecord(key, e)
	if e.DeletedBy != "" {
		record.Expires = m.event.ReceivedAt.Add(deletedFor)
	}
	m.learn = append(m.learn, record)
}

// createdAt is when the repository was made: as sent, or when it was first seen,
// which is now if this is the first push.
func (m *memory) createdAt() int64 {
	if m.event.CreatedAt != 0 {
		return m.event.CreatedAt
	}
	key := repositoryKey(m.event.Repository)
	if first := m.known[key]; first.exists() {
		return first.At.Unix()
	}
	if m.event.Verb != Push {
		return 0
	}
	record := newRecord(key, entry{At: m.event.Time})
	record.Absent = true
	m.learn = append(m.learn, record)
	return m.event.Time.Unix()
}

// push remembers what later deletes will not tell, and tells the kind of what
// was pushed.
func (m *memory) push() Kind {
	f, kind := m.event, m.event.Kind
	if !f.PartialDeletes {
		return kind
	}
	for _, r := range f.Resources {
		if r.Digest != "" {
			key := digestKey(f.Repository, r.Digest, r.Tag)
			if kind == Unknown {
				kind = m.known[key].Kind
			}
			m.put(key, entry{Kind: kind})
		}
		if r.Tag != "" {
			m.put(tagKey(f.Repository, r.Tag), entry{Digest: r.Digest, Kind: kind})
		}
	}
	return kind
}

// delete fills in the digests of deleted tags and tells their kind. A tag that
// moved on or was deleted since still tells the kind, but not the digest.
func (m *memory) delete(resources []Resource) Kind {
	f, kind := m.event, m.event.Kind
	for i, r := range resources {
		key := tagKey(f.Repository, r.Tag)
		tag := m.known[key]
		if r.Digest == "" && tag.standsFor(f.EventID) && !tag.At.After(f.Time) {
			resources[i].Digest = tag.Digest
		}
		if kind == Unknown {
			kind = tag.Kind
		}
		if f.PartialDeletes {
			m.put(key, entry{Digest: resources[i].Digest, Kind: kind, DeletedBy: f.EventID})
		}
	}
	return kind
}

// deleteTags marks the tags that point to a deleted digest, and answers a
// resource for each.
func (m *memory) deleteTags(digest string, tags []string) (resources []Resource) {
	for _, tag := range tags {
		key := tagKey(m.event.Repository, tag)
		e := m.known[key]
		if e.Digest != digest || !e.standsFor(m.event.EventID) || e.At.After(m.event.Time) {
			continue
		}
		m.put(key, entry{Digest: digest, Kind: e.Kind, DeletedBy: m.event.EventID})
		resources = append(resources, Resource{Tag: tag, Digest: digest})
	}
	return resources
}
