package source

// push resolves a push: an event about every tag. It remembers what later deletes will
// not tell.
func (m *memory) push(createdAt int64) Resolution {
	f, kind := m.event, m.event.Kind
	var tagged, resources []Resource
	for _, r := range f.Resources {
		accessory := r.Accessory || isAccessory(r.Tag)
		if r.Digest != "" && !f.complete() {
			key := digestKey(f.Repository, r.Digest, r.Tag)
			if kind == Unknown {
				kind = m.known[key].Kind
			}
			m.put(key, entry{Kind: kind, Accessory: accessory})
		}
		if r.Tag == "" {
			continue
		}
		key := tagKey(f.Repository, r.Tag)
		before := m.known[key]
		r.PreviousDigest = m.previous(before, r.Digest)
		m.put(key, entry{Digest: r.Digest, Kind: kind, Accessory: accessory, By: f.EventID, Previous: r.PreviousDigest})
		tagged = append(tagged, r)
		if !m.registry.OnlyChanged || before.By == f.EventID || !before.holds(r.Digest) || before.At.After(m.at) {
			resources = append(resources, r)
		}
	}
	switch {
	case len(tagged) == 0:
		return m.ignore(becauseUntagged)
	case len(resources) == 0:
		return m.ignore(becauseUnchanged)
	}
	return m.give(kind, createdAt, resources)
}

// previous is the digest that a tag moved away from by this push, as far as is known: a
// push that is sent again finds what it found the first time.
func (m *memory) previous(before entry, digest string) string {
	switch {
	case before.By == m.event.EventID:
		return before.Previous
	case digest == "" || before.holds(digest) || before.DeletedBy != "" || before.At.After(m.at):
		return ""
	}
	return before.Digest
}

// holds reports whether the entry of a tag points to a digest.
func (e entry) holds(digest string) bool {
	return digest != "" && e.Digest == digest && e.DeletedBy == ""
}
