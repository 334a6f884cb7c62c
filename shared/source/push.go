package source

import "slices"

// push resolves a push: an event about every tag. It remembers what later deletes will
// not tell.
func (m *memory) push(createdAt int64) Resolution {
	f, kind := m.event, m.event.Kind
	for _, r := range f.Resources {
		accessory := r.Accessory || isAccessory(r.Tag)
		if r.Digest != "" {
			key := digestKey(f.Repository, r.Digest, r.Tag)
			if kind == Unknown {
				kind = m.known[key].Kind
			}
			m.put(key, entry{Kind: kind, Accessory: accessory})
		}
		if r.Tag != "" {
			m.put(tagKey(f.Repository, r.Tag), entry{Digest: r.Digest, Kind: kind, Accessory: accessory})
		}
	}
	resources := slices.DeleteFunc(slices.Clone(f.Resources), func(r Resource) bool { return r.Tag == "" })
	if len(resources) == 0 {
		return m.ignore(becauseUntagged)
	}
	return m.give(kind, createdAt, resources)
}
