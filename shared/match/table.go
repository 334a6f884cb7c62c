package match

import "github.com/shipbell/shipbell/shared/pattern"

// maxName is the most bytes of a name that fits.
const maxName = 255

// table finds globs by the anchors that a name has. Its slots are a part of those of the
// index: a hash table with open addressing, at most two thirds full. Globs with the same
// anchor lie in slots that follow each other.
type table struct {
	first uint32
	// mask is the number of slots less one.
	mask  uint32
	whole bool
	// before and after have a bit for each length of an anchor.
	before, after lengths
}

type lengths [4]uint64

func (l *lengths) has(n int) bool { return l[n>>6]&(1<<(n&63)) != 0 }

// slot holds a glob, and a range of lists, or a zone. One whose end is 0 is empty.
type slot struct {
	hash             uint32
	glob, first, end int32
}

type entry struct {
	anchor pattern.Anchor
	slot   slot
}

// The hashes of anchors begin by their place, so that places do not meet.
const (
	hashWhole  uint32 = 2166136261
	hashBefore uint32 = 2654435769
	hashAfter  uint32 = 1540483477
)

func roll(hash uint32, c byte) uint32 { return (hash ^ uint32(c)) * 16777619 }

func hashOf(a pattern.Anchor) uint32 {
	hash := map[pattern.Place]uint32{pattern.Whole: hashWhole, pattern.Before: hashBefore, pattern.After: hashAfter}[a.Place]
	for i := range len(a.Text) {
		if a.Place == pattern.After {
			hash = roll(hash, a.Text[len(a.Text)-1-i])
		} else {
			hash = roll(hash, a.Text[i])
		}
	}
	return hash
}

// home is the slot at which a hash is looked for first, before the mask.
func home(hash uint32) uint32 { return hash ^ hash>>15 }

// table adds the slots of a table with these entries.
func (b *builder) table(entries []entry) table {
	size := 1
	for size*2 < len(entries)*3 {
		size *= 2
	}
	t := table{first: uint32(len(b.slots)), mask: uint32(size - 1)}
	b.slots = append(b.slots, make([]slot, size)...)
	next := make(map[uint32]uint32) // where the last entry with a hash went
	for _, e := range entries {
		switch n := len(e.anchor.Text); e.anchor.Place {
		case pattern.Whole:
			t.whole = true
		case pattern.Before:
			t.before[n>>6] |= 1 << (n & 63)
		case pattern.After:
			t.after[n>>6] |= 1 << (n & 63)
		}
		at, again := next[e.slot.hash]
		if !again {
			at = home(e.slot.hash)
		}
		for b.slots[t.first+at&t.mask].end != 0 {
			at++
		}
		b.slots[t.first+at&t.mask] = e.slot
		next[e.slot.hash] = at + 1
	}
	return t
}

// find adds the slots to hits whose globs match the name.
func (x *index) find(t *table, name string, w *work, hits []uint32) []uint32 {
	whole, hash := hashWhole, hashBefore
	for n := 0; ; n++ {
		if t.before.has(n) {
			hits = x.probe(t, hash, name, w, hits)
		}
		if n == len(name) {
			break
		}
		hash, whole = roll(hash, name[n]), roll(whole, name[n])
	}
	if t.whole {
		hits = x.probe(t, whole, name, w, hits)
	}
	hash = hashAfter
	for n := 1; n <= len(name); n++ {
		hash = roll(hash, name[len(name)-n])
		if t.after.has(n) {
			hits = x.probe(t, hash, name, w, hits)
		}
	}
	return hits
}

func (x *index) probe(t *table, hash uint32, name string, w *work, hits []uint32) []uint32 {
	for at := home(hash); ; at++ {
		i := t.first + at&t.mask
		s := &x.slots[i]
		if s.end == 0 {
			return hits
		}
		if s.hash == hash && x.matches(s.glob, name, w) {
			hits = append(hits, i)
		}
	}
}
