package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// UnmatchedQuery asks for a page of the kept events of a registry that no trigger matched.
type UnmatchedQuery = store.UnmatchedQuery

// UnmatchedEvent is an event that no trigger matched when it came, and what triggers make
// of it now.
type UnmatchedEvent struct {
	store.KeptEvent
	// Matching are the triggers that match it now.
	Matching []match.Verdict
	// Nearest are those of the others that failed last, at most three, and Others is how
	// many there are.
	Nearest []match.Verdict
	Others  int
}

// UnmatchedList is a page of them. It may be short, or empty, before the end.
type UnmatchedList struct {
	Events []UnmatchedEvent
	// Next is where the next page begins, or "" at the end.
	Next shipbell.DeliveryID
	// Damaged is how many cannot be read.
	Damaged int
}

// nearest is how many triggers that do not match an event are told of.
const nearest = 3

// Unmatched answers a page of the kept events of a registry that no trigger matched, with
// what its triggers make of them now.
func (a *App) Unmatched(ctx context.Context, key shipbell.AccessKey, q UnmatchedQuery) (list UnmatchedList, err error) {
	if err := allow(key, shipbell.RoleViewer, q.Registry); err != nil {
		return list, err
	}
	rules, err := a.Store.Rules(ctx, q.Registry)
	if err != nil {
		return list, err
	}
	page, err := a.Store.Unmatched(ctx, q)
	list.Next, list.Damaged = page.Next, page.Damaged
	for _, one := range page.Events {
		list.Events = append(list.Events, explainUnmatched(one, rules.Set))
	}
	return list, err
}

func explainUnmatched(one store.KeptEvent, set *match.Set) UnmatchedEvent {
	e := UnmatchedEvent{KeptEvent: one}
	for _, v := range set.Explain(one.Event) {
		if v.Matched {
			e.Matching = append(e.Matching, v)
			continue
		}
		e.Others++
		e.Nearest = append(e.Nearest, v)
		slices.SortStableFunc(e.Nearest, func(a, b match.Verdict) int { return cmp.Compare(b.Passed, a.Passed) })
		e.Nearest = e.Nearest[:min(len(e.Nearest), nearest)]
	}
	return e
}
