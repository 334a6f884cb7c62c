package source

import (
	"context"
	"net"
	"time"
)

const (
	// headFor is how long after a HEAD of a tag a GET by its digest belongs to it.
	// Clients such as containerd, and with it Kubernetes, pull so.
	headFor = time.Minute
	// pulledFor is how long it is kept which event was the pull of a minute, should it be
	// sent again.
	pulledFor = 24 * time.Hour
)

// Client is who a request came from, as far as its event tells: the address without the
// port, the user agent and the user. It is "" if nothing is known.
func Client(address, userAgent, user string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	if address+userAgent+user == "" {
		return ""
	}
	return hashID([]byte(address + "\n" + userAgent + "\n" + user))
}

// resolvePull resolves a pull. One by HEAD only looks a digest up: it is no event, but
// tells the tag of a GET by digest that follows. One by a digest that is known and never
// had a tag is none either: it is a platform of an index, or belongs to an image. Of a
// digest that one client pulls several times in a minute, one is an event.
func (m *memory) resolvePull(ctx context.Context) (Resolution, error) {
	f := m.event
	sent, keys := f.Resources[0], m.needs()
	if len(f.Resources) > 1 {
		sent = Resource{}
	}
	byDigest := sent.Tag == "" && sent.Digest != "" && !f.Head
	if sent.Digest != "" && (byDigest || f.Head) {
		keys = append(keys, headKey(f.Repository, sent.Digest, f.Client))
	}
	if err := m.recall(ctx, keys); err != nil {
		return Resolution{}, err
	}
	m.at = f.Time
	m.learnChildren()
	resources, kind := m.fill()
	if byDigest {
		pulled, known, err := m.tagOf(ctx, sent.Digest)
		switch {
		case err != nil:
			return Resolution{}, err
		case known.known && len(known.tags) == 0:
			return m.ignore(becausePullUntagged), nil
		case kind == Unknown:
			kind = known.kind
		}
		resources[0] = pulled
	}
	r := m.give(kind, m.createdAt(), resources)
	if f.Head {
		return m.look(r, kind, sent), nil
	}
	if r.Event != nil && sent.Digest != "" && f.Client != "" {
		minute := f.Time.Truncate(time.Minute).Format(time.RFC3339)
		r.Once = &Once{
			Key:    onceKey("pull", f.Repository, sent.Digest, f.Client, minute),
			Reason: becausePullRepeated, Expires: f.ReceivedAt.Add(pulledFor),
		}
	}
	return r, nil
}

// look makes of the resolution of a pull that of a HEAD.
func (m *memory) look(r Resolution, kind Kind, sent Resource) Resolution {
	f := m.event
	if r.Event == nil {
		return r
	}
	r.Looked, r.Event, r.Reason = r.Event, nil, becauseHead
	key := headKey(f.Repository, sent.Digest, f.Client)
	if sent.Tag != "" && sent.Digest != "" && f.Client != "" && m.known[key].At.Before(f.Time) {
		record := newRecord(key, entry{At: f.Time, Tag: sent.Tag, Kind: kind})
		record.Expires = f.ReceivedAt.Add(5 * headFor)
		r.Learn = append(r.Learn, record)
	}
	return r
}

// fill completes pulled tags with what the catalog knows of them.
func (m *memory) fill() (resources []Resource, kind Kind) {
	kind = m.event.Kind
	for _, r := range m.event.Resources {
		tag := m.known[tagKey(m.event.Repository, r.Tag)]
		if r.Digest == "" && tag.DeletedBy == "" {
			r.Digest = tag.Digest
		}
		if kind == Unknown {
			kind = tag.Kind
		}
		r.Accessory = r.Accessory || tag.Accessory
		resources = append(resources, r)
	}
	return resources, kind
}

// learnChildren remembers the manifests of an index that were pushed before anything was
// known, so that a pull of one of them is known to be a part of that of the index.
func (m *memory) learnChildren() {
	for _, child := range m.event.Children {
		key := digestKey(m.event.Repository, child, "")
		if !m.known[key].exists() {
			m.put(key, entry{Kind: Image})
		}
	}
}

// tagOf tells under which tag a digest was pulled: that of the HEAD that the client made
// before, else the newest of those that point to it, if any does.
func (m *memory) tagOf(ctx context.Context, sent string) (Resource, digest, error) {
	f, r := m.event, Resource{Digest: sent}
	head := m.known[headKey(f.Repository, sent, f.Client)]
	if head.exists() && f.Time.Sub(head.At).Abs() <= headFor {
		r.Tag = head.Tag
		return r, digest{kind: head.Kind}, nil
	}
	prefix := digestKey(f.Repository, sent, "")
	tags, err := m.recallPrefix(ctx, prefix)
	if err != nil {
		return r, digest{}, err
	}
	d := m.digest(prefix, tags)
	if err := m.recall(ctx, tagKeys(f.Repository, d.tags)); err != nil {
		return r, d, err
	}
	var newest time.Time
	for _, tag := range d.tags {
		e := m.known[tagKey(f.Repository, tag)]
		if e.Digest != sent || e.DeletedBy != "" {
			continue
		}
		accessory := e.Accessory || isAccessory(tag)
		if r.Tag == "" || r.Accessory && !accessory || r.Accessory == accessory && e.At.After(newest) {
			r.Tag, r.Accessory, newest = tag, accessory, e.At
		}
	}
	if r.Tag == "" {
		r.Accessory = d.accessory
	}
	return r, d, nil
}
