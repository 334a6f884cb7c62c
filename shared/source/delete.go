package source

import (
	"context"
	"slices"
	"strings"
)

// delete resolves the delete of tags: it fills in their digests and tells their kind. A
// tag that moved on or was deleted since still tells the kind, but not the digest.
func (m *memory) delete(createdAt int64) Resolution {
	f, kind := m.event, m.event.Kind
	resources := slices.Clone(f.Resources)
	for i, r := range resources {
		if r.Tag == "" {
			continue
		}
		key := tagKey(f.Repository, r.Tag)
		tag := m.known[key]
		if r.Digest == "" && tag.standsFor(f.EventID) && !tag.At.After(m.at) {
			resources[i].Digest = tag.Digest
		}
		if kind == Unknown {
			kind = tag.Kind
		}
		resources[i].Accessory = r.Accessory || tag.Accessory
		m.put(key, entry{Digest: resources[i].Digest, Kind: kind, DeletedBy: f.EventID, Accessory: tag.Accessory})
	}
	return m.give(kind, createdAt, resources)
}

// resolveDigest resolves the delete of a digest. From a source that reports the digest's
// tags one by one after it, it is an event only if the digest once had tags and has none
// any more; from one that does not, it is an event about every tag that the digest has.
// The push of a digest that never had a tag was no event, and neither is its delete.
func (m *memory) resolveDigest(ctx context.Context) (Resolution, error) {
	f := m.event
	sent, prefix := f.Resources[0], digestKey(f.Repository, f.Resources[0].Digest, "")
	tags, err := m.recallPrefix(ctx, prefix)
	if err != nil {
		return Resolution{}, err
	}
	followed := f.PartialDeletes && !f.UnreportedTags
	if followed && len(tags) == 0 {
		return m.ignore(becauseUnknown), nil
	}
	d := m.digest(prefix, tags)
	if err := m.recall(ctx, append(m.needs(), tagKeys(f.Repository, d.tags)...)); err != nil {
		return Resolution{}, err
	}
	m.order()
	m.forget(prefix, tags)
	switch {
	case followed && !d.known:
		return m.ignore(becauseUnknown), nil
	case d.known && len(d.tags) == 0 && sent.Tag == "":
		return m.ignore(becauseNeverTagged), nil
	case followed && slices.ContainsFunc(d.tags, m.pointsToDeleted):
		return m.ignore(becauseFollowed), nil
	}
	var resources []Resource
	if f.UnreportedTags {
		resources = m.deleteTags(d.tags, sent.Digest)
	}
	if sent.Tag == "" && len(resources) == 0 || sent.Tag != "" && !slices.ContainsFunc(resources, func(r Resource) bool { return r.Tag == sent.Tag }) {
		sent.Accessory = sent.Accessory || d.accessory
		resources = append(resources, sent)
	}
	slices.SortStableFunc(resources, func(a, b Resource) int { return strings.Compare(a.Tag, b.Tag) })
	return m.give(d.kind, m.createdAt(), resources), nil
}

// forget marks records of a digest as deleted. They begin with prefix and end in tags.
func (m *memory) forget(prefix string, tags []string) {
	for _, tag := range tags {
		if e := m.known[prefix+tag]; e.standsFor(m.event.EventID) {
			m.put(prefix+tag, entry{Kind: e.Kind, DeletedBy: m.event.EventID, Accessory: e.Accessory})
		}
	}
}

// pointsToDeleted reports whether a tag pointed to the deleted digest when it was deleted.
func (m *memory) pointsToDeleted(tag string) bool {
	return m.known[tagKey(m.event.Repository, tag)].pointedTo(m.event.Resources[0].Digest, m.at)
}

// deleteTags marks the tags that point to a digest, or to any if it is "", and answers a
// resource for each.
func (m *memory) deleteTags(tags []string, digest string) (resources []Resource) {
	for _, tag := range tags {
		key := tagKey(m.event.Repository, tag)
		e := m.known[key]
		if digest != "" && e.Digest != digest || !e.standsFor(m.event.EventID) || e.At.After(m.at) {
			continue
		}
		m.put(key, entry{Digest: e.Digest, Kind: e.Kind, DeletedBy: m.event.EventID, Accessory: e.Accessory})
		resources = append(resources, Resource{Tag: tag, Digest: e.Digest, Accessory: e.Accessory})
	}
	return resources
}

// resolveRepository resolves the delete of a repository: an event about every tag that is
// known of it, or about none if none is.
func (m *memory) resolveRepository(ctx context.Context) (Resolution, error) {
	f := m.event
	tags, err := m.recallPrefix(ctx, tagKey(f.Repository, ""))
	if err != nil {
		return Resolution{}, err
	}
	if err := m.recall(ctx, m.needs()); err != nil {
		return Resolution{}, err
	}
	m.order()
	kind := f.Kind
	resources := m.deleteTags(tags, "")
	for _, r := range resources {
		if kind == Unknown {
			kind = m.known[tagKey(f.Repository, r.Tag)].Kind
		}
	}
	if len(resources) == 0 {
		resources = []Resource{{}}
	}
	return m.give(kind, m.createdAt(), resources), nil
}
