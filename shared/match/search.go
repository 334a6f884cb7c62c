package match

import (
	"math/bits"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// work is the memory of one search.
type work struct {
	// turn tells the answers of this search from older ones.
	turn        uint32
	names, tags []answer
	zones, hits []uint32
	fired       bitmap
}

// answer is kept from when it was first asked for in a search.
type answer struct {
	turn uint32
	some bool
}

func (x *index) newWork(rules int) *work {
	return &work{
		names: make([]answer, len(x.globs)), tags: make([]answer, len(x.tags)),
		fired: bitmap{words: make([]uint64, rules/64+1), filled: make([]uint64, rules/4096+1)},
	}
}

// search finds the rules that an event meets.
func (x *index) search(w *work, c *candidate) {
	action := bitOf(c.event.Action)
	if x.actions&action == 0 {
		return
	}
	w.begin()
	w.zones = x.find(&x.top, c.namespace, w, w.zones[:0])
	for _, z := range w.zones {
		w.hits = x.find(&x.zones[x.slots[z].first], c.name, w, w.hits[:0])
		for _, hit := range w.hits {
			s := &x.slots[hit]
			for i := s.first; i < s.end; i++ {
				l := &x.lists[i]
				if l.actions&action != 0 && x.tagged(l.tag, c.event, w) {
					for _, number := range x.rules[l.first:x.lists[i+1].first] {
						w.fired.set(number)
					}
				}
			}
		}
	}
}

// begin forgets all answers.
func (w *work) begin() {
	if w.turn++; w.turn == 0 { // the oldest answers would seem to be new
		clear(w.names)
		clear(w.tags)
		w.turn = 1
	}
}

// matches is the answer of a glob, which a slow one gives only once: a glob belongs to one
// field, and so meets one name in a search.
func (x *index) matches(glob int32, name string, w *work) bool {
	g := x.globs[glob]
	if !g.Slow() {
		return g.Match(name)
	}
	a := &w.names[glob]
	if a.turn != w.turn {
		*a = answer{w.turn, g.Match(name)}
	}
	return a.some
}

// tagged reports whether the tag of any resource matches.
func (x *index) tagged(tag int32, e *shipbell.Event, w *work) bool {
	a := &w.tags[tag]
	if a.turn != w.turn {
		*a = answer{w.turn, false}
		r := rule{tag: x.tags[tag].tag, chartTag: x.tags[tag].chart}
		for i := range e.Resources {
			if r.matchesTag(e.Action, e.Resources[i].Tag) {
				a.some = true
				break
			}
		}
	}
	return a.some
}

// bitmap is a set of numbers that gives them back in ascending order.
type bitmap struct {
	words []uint64
	// filled has a bit for each word that is not 0.
	filled []uint64
}

func (b *bitmap) set(n int32) {
	b.words[n>>6] |= 1 << (n & 63)
	b.filled[n>>12] |= 1 << (n >> 6 & 63)
}

// take gives every number to yield, as long as that wants more, and removes all.
func (b *bitmap) take(yield func(int) bool) {
	more := true
	for i, filled := range b.filled {
		for ; filled != 0; filled &= filled - 1 {
			at := i<<6 + bits.TrailingZeros64(filled)
			for word := b.words[at]; more && word != 0; word &= word - 1 {
				more = yield(at<<6 + bits.TrailingZeros64(word))
			}
			b.words[at] = 0
		}
		b.filled[i] = 0
	}
}
