package source

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Resolution is what became of a decoded event.
type Resolution struct {
	// Event is nil for a decoded event that is ignored.
	Event *shipbell.Event
	// Reason says why it is ignored: all such reasons are routine.
	Reason text.Code
	// Learn is to be written to the catalog once the event's deliveries are
	// durable, so that a decoded event that is sent again finds what it found the first
	// time. Writing it twice is harmless; it is empty if all was known. No two
	// records have the same key.
	Learn []shipbell.Record
	// Looked is, for a pull by HEAD, the event that a pull by GET would be. What such a
	// HEAD teaches need not be written if no trigger matches that.
	Looked *shipbell.Event
	// Once, if not nil, is what only one event may be.
	Once *Once
}

// Once is something that happened once, though several events tell it. Whose event comes
// first takes the key, before its deliveries are made.
type Once struct {
	// Key is one of the catalog's, and Expires when others may take it.
	Key     string
	Expires time.Time
	// Reason is why an event is ignored that comes later. If it is "", that one is the
	// first event once more: it takes the id of the first.
	Reason text.Code
}

// Why decoded events are ignored.
const (
	becauseAccessory   = text.IgnoredAccessory
	becauseUntagged    = text.IgnoredPushUntagged
	becauseUnchanged   = text.IgnoredUnchanged
	becauseFollowed    = text.IgnoredDigestFollowed
	becauseUnknown     = text.IgnoredDigestUnknown
	becauseNeverTagged = text.IgnoredDigestUntagged
	becauseCreated     = text.IgnoredRepositoryCreated
	becauseHead        = text.IgnoredHead
	// Clients make pulls by digest while they push and copy.
	becausePullUntagged = text.IgnoredPullUntagged
	becausePullRepeated = text.IgnoredPullRepeated
)

// Resolve completes a decoded event from the catalog. It makes one call to the catalog,
// two or three for the pull or delete of a digest or a repository, and none if the event is complete and
// teaches nothing.
func Resolve(ctx context.Context, reg shipbell.Registry, f DecodedEvent, c Catalog) (Resolution, error) {
	if !f.Unidentified {
		return resolve(ctx, reg, f, c)
	}
	once := Once{Key: onceKey("event", f.EventID), Expires: f.ReceivedAt.Add(unidentifiedFor)}
	f.EventID += "-" + strconv.FormatInt(f.ReceivedAt.UnixNano(), 36)
	r, err := resolve(ctx, reg, f, c)
	if r.Once == nil {
		r.Once = &once
	}
	return r, err
}

// unidentifiedFor is how long the same is the same event, if its source sends neither an id
// nor a time.
const unidentifiedFor = 5 * time.Minute

func resolve(ctx context.Context, reg shipbell.Registry, f DecodedEvent, c Catalog) (Resolution, error) {
	if f.Kind == Unknown && reg.HoldsCharts(f.Repository) {
		f.Kind = Chart
	}
	m := memory{registry: reg, event: f, catalog: c, known: map[string]entry{}, learnt: map[string]int{}}
	switch {
	case f.Verb == Pull:
		return m.resolvePull(ctx)
	case f.Verb == Delete && len(f.Resources) == 0:
		return m.resolveRepository(ctx)
	case f.Verb == Delete && f.isOfDigest():
		return m.resolveDigest(ctx)
	}
	if err := m.recall(ctx, m.needs()); err != nil {
		return Resolution{}, err
	}
	m.order()
	createdAt := m.createdAt()
	switch f.Verb {
	case Create:
		return m.ignore(becauseCreated), nil
	case Push:
		return m.push(createdAt), nil
	}
	return m.delete(createdAt), nil
}

// complete reports whether the source's deletes say all that they concern. Its pushes need
// to teach only what each tag points to.
func (f DecodedEvent) complete() bool { return !f.PartialDeletes && !f.UnreportedTags }

// isOfDigest reports whether a delete is that of a digest, with whatever tags it has.
func (f DecodedEvent) isOfDigest() bool {
	return len(f.Resources) == 1 && f.Resources[0].Digest != "" && (f.Resources[0].Tag == "" || f.OneOfTags)
}

// give makes the event about resources, but for the accessories that the registry is set
// not to report.
func (m *memory) give(kind Kind, createdAt int64, resources []Resource) Resolution {
	if !m.registry.Accessories {
		kept := slices.DeleteFunc(slices.Clone(resources), func(r Resource) bool { return r.Accessory || isAccessory(r.Tag) })
		if len(kept) == 0 && len(resources) > 0 {
			return m.ignore(becauseAccessory)
		}
		resources = kept
	}
	return Resolution{Event: m.event.event(m.registry, kind, createdAt, resources), Learn: m.learn}
}

// ignore is the resolution without an event.
func (m *memory) ignore(reason text.Code) Resolution {
	return Resolution{Reason: reason, Learn: m.learn}
}
