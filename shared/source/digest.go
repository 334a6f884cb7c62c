package source

// digest is what the catalog knows of one digest.
type digest struct {
	// known tells that it was pushed, tags are those that it was pushed with, and
	// accessory that all of these are accessories.
	known, accessory bool
	tags             []string
	kind             Kind
}

// digest tells what is known by the records of a digest, which begin with prefix and end
// in tags.
func (m *memory) digest(prefix string, tags []string) digest {
	d, others := digest{kind: m.event.Kind}, 0
	for _, tag := range tags {
		e := m.known[prefix+tag]
		if !e.standsFor(m.event.EventID) {
			continue
		}
		if d.known = true; d.kind == Unknown {
			d.kind = e.Kind
		}
		if tag == "" {
			continue
		}
		if d.tags = append(d.tags, tag); !e.Accessory && !isAccessory(tag) {
			others++
		}
	}
	d.accessory = len(d.tags) > 0 && others == 0
	return d
}

func tagKeys(repository string, tags []string) []string {
	keys := make([]string, len(tags))
	for i, tag := range tags {
		keys[i] = tagKey(repository, tag)
	}
	return keys
}
