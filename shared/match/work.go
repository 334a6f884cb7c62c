package match

import (
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/pattern"
)

// MaxWork is the longest Set.Work of a registry: a trigger that would exceed it is refused.
const MaxWork = 5 * time.Millisecond

// Work estimates the longest time that it takes to find the triggers of an event with one
// resource, whatever its names. Only patterns count that can be compared with the same
// names: those that begin with the same text, or end with it, and those that do neither.
func (s *Set) Work() time.Duration {
	x := &s.index
	inZone := func(slot *slot) (work time.Duration) {
		for i := slot.first; i < slot.end; i++ {
			of := x.tags[x.lists[i].tag]
			work += of.tag.Work()
			if of.chart != nil {
				work += of.chart.Work()
			}
		}
		return work
	}
	return x.heaviest(&x.top, func(zone *slot) time.Duration {
		return x.heaviest(&x.zones[zone.first], inZone)
	})
}

// heaviest is the longest time that the globs of a table take for one name, each with what
// comes after it.
func (x *index) heaviest(t *table, then func(*slot) time.Duration) time.Duration {
	at := map[pattern.Place]map[string]time.Duration{}
	for i := range t.mask + 1 {
		slot := &x.slots[t.first+i]
		if slot.end == 0 {
			continue
		}
		glob := x.globs[slot.glob]
		anchor := glob.Anchor()
		if at[anchor.Place] == nil {
			at[anchor.Place] = map[string]time.Duration{}
		}
		at[anchor.Place][anchor.Text] += glob.Work() + then(slot)
	}
	var whole time.Duration
	for _, work := range at[pattern.Whole] {
		whole = max(whole, work)
	}
	before := heaviestChain(at[pattern.Before], func(text string, n int) string { return text[:n] })
	after := heaviestChain(at[pattern.After], func(text string, n int) string { return text[len(text)-n:] })
	return whole + before + after
}

// heaviestChain is the most work of texts that one name can have all, each of which is a
// part of the next one.
func heaviestChain(work map[string]time.Duration, part func(text string, n int) string) (most time.Duration) {
	lengths := map[int]bool{}
	for text := range work {
		lengths[len(text)] = true
	}
	var sorted []int
	for n := range lengths {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	for text := range work {
		var sum time.Duration
		for _, n := range sorted {
			if n > len(text) {
				break
			}
			sum += work[part(text, n)]
		}
		most = max(most, sum)
	}
	return most
}
