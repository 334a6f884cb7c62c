package match

import (
	"cmp"
	"slices"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// index finds the rules that an event meets without a look at the others. Each distinct
// namespace pattern is a zone. A zone finds its distinct repository patterns by their
// anchors, and each of those has lists of rules that also share tag pattern and actions.
type index struct {
	actions actions // those that any rule may match
	globs   []*pattern.Glob
	tags    []tagPatterns
	top     table // finds zones by the namespace
	zones   []table
	slots   []slot
	lists   []list
	rules   []int32
}

// tagPatterns are what a rule asks of tags, as matchesTag does.
type tagPatterns struct{ tag, chart *pattern.Pattern }

// list is rules with the same namespace, repository and tag pattern and the same actions,
// which end where the next list begins.
type list struct {
	tag     int32
	first   int32
	actions actions
}

// actions is a set of actions, a bit for each.
type actions uint8

// bitOf is 0 for an action that nobody knows: no rule matches it.
func bitOf(action shipbell.Action) actions {
	i := slices.Index(shipbell.Actions(), action)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// posting says where one rule is listed.
type posting struct {
	zone, repository, tag int32
	actions               actions
	rule                  int32
}

func comparePostings(a, b posting) int {
	return cmp.Or(cmp.Compare(a.zone, b.zone), cmp.Compare(a.repository, b.repository), cmp.Compare(a.tag, b.tag),
		cmp.Compare(a.actions, b.actions), cmp.Compare(a.rule, b.rule))
}

// numbers gives each distinct value a number, in the order of their coming.
type numbers[T comparable] struct {
	of  map[T]int32
	all []T
}

func (n *numbers[T]) number(value T) int32 {
	i, found := n.of[value]
	if !found {
		i = int32(len(n.all))
		n.of[value] = i
		n.all = append(n.all, value)
	}
	return i
}

// builder makes an index of rules.
type builder struct {
	index
	zonePatterns, repositories numbers[*pattern.Pattern]
	globNumbers                numbers[*pattern.Glob]
}

func newIndex(rules []rule) index {
	b := builder{
		zonePatterns: numbers[*pattern.Pattern]{of: map[*pattern.Pattern]int32{}},
		repositories: numbers[*pattern.Pattern]{of: map[*pattern.Pattern]int32{}},
		globNumbers:  numbers[*pattern.Glob]{of: map[*pattern.Glob]int32{}},
	}
	tags := numbers[tagPatterns]{of: map[tagPatterns]int32{}}
	postings := make([]posting, 0, len(rules))
	for i := range rules {
		r := &rules[i]
		if !r.trigger.Enabled || r.broken != nil {
			continue
		}
		p := posting{rule: int32(i)}
		for _, action := range r.trigger.Actions {
			p.actions |= bitOf(action)
		}
		b.actions |= p.actions
		p.zone, p.repository = b.zonePatterns.number(r.namespace), b.repositories.number(r.repository)
		p.tag = tags.number(tagPatterns{r.tag, r.chartTag})
		postings = append(postings, p)
	}
	slices.SortFunc(postings, comparePostings)
	b.tags = tags.all
	b.build(postings)
	b.globs = b.globNumbers.all
	return b.index
}

// build makes the lists, the table of each zone, and that of the zones.
func (b *builder) build(postings []posting) {
	b.rules = make([]int32, 0, len(postings))
	b.zones = make([]table, len(b.zonePatterns.all))
	var entries []entry
	for i := 0; i < len(postings); {
		zone := postings[i].zone
		entries = entries[:0]
		for i < len(postings) && postings[i].zone == zone {
			repository, first := postings[i].repository, int32(len(b.lists))
			for ; i < len(postings) && postings[i].zone == zone && postings[i].repository == repository; i++ {
				b.post(postings[i], int(first))
			}
			entries = b.enter(entries, b.repositories.all[repository], first, int32(len(b.lists)))
		}
		b.zones[zone] = b.table(entries)
	}
	b.lists = append(b.lists, list{first: int32(len(b.rules))})
	entries = entries[:0]
	for zone, p := range b.zonePatterns.all {
		entries = b.enter(entries, p, int32(zone), int32(zone)+1)
	}
	b.top = b.table(entries)
}

// post adds a rule to the last list if it belongs there, which begins at first or later.
func (b *builder) post(p posting, first int) {
	last := len(b.lists) - 1
	if last < first || b.lists[last].tag != p.tag || b.lists[last].actions != p.actions {
		b.lists = append(b.lists, list{tag: p.tag, actions: p.actions, first: int32(len(b.rules))})
	}
	b.rules = append(b.rules, p.rule)
}

func (b *builder) enter(entries []entry, p *pattern.Pattern, first, end int32) []entry {
	globs := p.Globs()
	for i := range globs {
		anchor := globs[i].Anchor()
		if len(anchor.Text) <= maxName {
			entries = append(entries, entry{anchor, slot{hash: hashOf(anchor), glob: b.globNumbers.number(&globs[i]), first: first, end: end}})
		}
	}
	return entries
}
