package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
}

// Why decoded events are ignored.
const (
	becauseAccessory = text.IgnoredAccessory
	becauseUntagged  = text.IgnoredPushUntagged
	becauseFollowed  = text.IgnoredDigestFollowed
	becauseUnknown   = text.IgnoredDigestUnknown
)

// Resolve completes a decoded event from the catalog. It makes one call to the catalog,
// two for the delete of a known digest without a tag, and none if the decoded event is
// complete or ignored whatever the catalog holds.
func Resolve(ctx context.Context, reg shipbell.Registry, f DecodedEvent, c Catalog) (Resolution, error) {
	accessories := false
	if !reg.Accessories {
		all := f.Resources
		f.Resources = slices.DeleteFunc(slices.Clone(all), isAccessory)
		accessories = len(f.Resources) == 0
	}
	switch {
	case accessories && f.Verb != Push:
		return Resolution{Reason: becauseAccessory}, nil
	case f.PartialDeletes && f.Verb == Delete && f.Resources[0].Tag == "":
		return resolveDigest(ctx, reg, f, c)
	}
	m := memory{event: f, known: map[string]entry{}}
	if err := m.recall(ctx, c, m.needs()); err != nil {
		return Resolution{}, err
	}
	createdAt := m.createdAt()
	kind, resources := f.Kind, slices.Clone(f.Resources)
	switch f.Verb {
	case Push:
		kind = m.push()
		resources = slices.DeleteFunc(resources, func(r Resource) bool { return r.Tag == "" })
	case Delete:
		kind = m.delete(resources)
	}
	switch {
	case accessories:
		return Resolution{Reason: becauseAccessory, Learn: m.learn}, nil
	case len(resources) == 0:
		return Resolution{Reason: becauseUntagged, Learn: m.learn}, nil
	}
	return Resolution{Event: f.event(reg, kind, createdAt, resources), Learn: m.learn}, nil
}

// isAccessory reports whether a tag is one under which signing tools keep what belongs to
// another digest: signatures, attestations, SBOMs.
func isAccessory(r Resource) bool {
	const digits = 64 // of a SHA-256 in hexadecimal
	rest, ok := strings.CutPrefix(r.Tag, "sha256-")
	return ok && len(rest) >= digits && strings.Trim(rest[:digits], "0123456789abcdef") == "" &&
		slices.Contains([]string{"", ".sig", ".att", ".sbom"}, rest[digits:])
}

// resolveDigest resolves the delete of a digest without a tag. From a source that
// reports the digest's tags one by one after it, it is an event only if the digest
// is known and has no tag any more; from one that does not, it is an event about
// every tag that the digest has.
func resolveDigest(ctx context.Context, reg shipbell.Registry, f DecodedEvent, c Catalog) (Resolution, error) {
	digest, kind := f.Resources[0].Digest, f.Kind
	prefix := digestKey(f.Repository, digest, "")
	records, err := c.Prefix(ctx, prefix, tagsPerDigest)
	if err != nil {
		return Resolution{}, fmt.Errorf("read the catalog: %w", err)
	}
	m := memory{event: f, known: map[string]entry{}}
	var tags, keys []string
	for _, record := range records {
		e := readEntry(record)
		if !e.standsFor(f.EventID) {
			continue
		}
		if kind == Unknown {
			kind = e.Kind
		}
		if tag := strings.TrimPrefix(record.Key, prefix); tag != "" {
			tags, keys = append(tags, tag), append(keys, tagKey(f.Repository, tag))
		}
		m.known[record.Key] = e
		m.put(record.Key, entry{Kind: e.Kind, DeletedBy: f.EventID})
	}
	if len(m.known) == 0 && !f.UnreportedTags {
		return Resolution{Reason: becauseUnknown}, nil
	}
	if f.CreatedAt == 0 {
		keys = append(keys, repositoryKey(f.Repository))
	}
	if err := m.recall(ctx, c, keys); err != nil {
		return Resolution{}, err
	}
	if f.UnreportedTags {
		resources := m.deleteTags(digest, tags)
		if !reg.Accessories && len(resources) > 0 {
			resources = slices.DeleteFunc(resources, isAccessory)
			if len(resources) == 0 {
				return Resolution{Reason: becauseAccessory, Learn: m.learn}, nil
			}
		}
		if len(resources) > 0 {
			f.Resources = resources
		}
	} else if slices.ContainsFunc(tags, func(tag string) bool { return m.known[tagKey(f.Repository, tag)].pointedTo(digest, f.Time) }) {
		return Resolution{Reason: becauseFollowed, Learn: m.learn}, nil
	}
	return Resolution{Event: f.event(reg, kind, m.createdAt(), f.Resources), Learn: m.learn}, nil
}
