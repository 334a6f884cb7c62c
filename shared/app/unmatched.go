package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

// UnmatchedQuery asks for a page of the kept events of a registry that no trigger matched.
type UnmatchedQuery = store.UnmatchedQuery

// UnmatchedEvent is an event that no trigger matched when it came, and what triggers make
// of it now.
type UnmatchedEvent struct {
	store.UnmatchedEvent
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

func explainUnmatched(one store.UnmatchedEvent, set *match.Set) UnmatchedEvent {
	e := UnmatchedEvent{UnmatchedEvent: one}
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

// Replay says which of the kept events that no trigger matched are held against the
// triggers as they are now.
type Replay struct {
	Registry string
	// Event is the id of one event, or "" for all of a time.
	Event string
	// Since and Until bound when the event was received; Until is not included, and a zero
	// time is no bound.
	Since, Until time.Time
	// DryRun makes no deliveries, and tells what would be made.
	DryRun bool
}

// Replayed is what came of a Replay.
type Replayed struct {
	// Count is how many deliveries were made, or would be, and EventCount of how many
	// events.
	Count, EventCount int
	// Events are the first of these.
	Events []ReplayedEvent
	// Next is when the first event was received that was not looked at; zero if all were.
	Next time.Time
}

// ReplayedEvent is an event that a trigger matches now.
type ReplayedEvent struct {
	store.UnmatchedEvent
	// Triggers are those that match it and had no delivery of it.
	Triggers []shipbell.Match
}

const (
	// One call looks at so many events, makes deliveries of so many, and begins no other
	// event after so many deliveries.
	maxLookedAt        = 10_000
	maxReplayed        = 250
	maxReplayDelivered = 1_000
	// replayShown is how many events it tells of, and replayPage how many it reads at once.
	replayShown = 100
	replayPage  = 100
)

// ReplayUnmatched makes deliveries of events that no trigger matched when they came, for
// the triggers that match them now, the oldest first. No trigger gets an event twice,
// however often it is asked. A dry run tells what would be made.
func (a *App) ReplayUnmatched(ctx context.Context, key shipbell.AccessKey, r Replay) (Replayed, error) {
	if err := allow(key, shipbell.RoleAdmin, r.Registry); err != nil {
		return Replayed{}, err
	}
	answer, err := a.replay(ctx, r)
	if answer.Count > 0 && !r.DryRun {
		e := audit.Entry{Action: audit.EventsReplayed, Object: r.Event, Count: answer.Count}
		err = errors.Join(err, a.note(ctx, key, e, r.Registry))
	}
	return answer, err
}

func (a *App) replay(ctx context.Context, r Replay) (answer Replayed, err error) {
	if r.Event != "" {
		return a.replayOne(ctx, r)
	}
	q := UnmatchedQuery{Registry: r.Registry, Since: r.Since, Until: r.Until, OldestFirst: true, Limit: replayPage}
	for looked := 0; ; looked += replayPage {
		rules, err := a.Store.Rules(ctx, r.Registry)
		if err != nil {
			return answer, err
		}
		page, err := a.Store.Unmatched(ctx, q)
		if err != nil {
			return answer, err
		}
		for i := range page.Events {
			u := &page.Events[i]
			if !r.DryRun && (answer.EventCount >= maxReplayed || answer.Count >= maxReplayDelivered) {
				answer.Next = u.ReceivedAt
				return answer, nil
			}
			if err := a.replayEvent(ctx, r, u, rules, &answer); err != nil {
				return answer, err
			}
		}
		if page.Next == "" {
			return answer, nil
		}
		if q.After = page.Next; looked+replayPage >= maxLookedAt {
			answer.Next = page.Next.ReceivedAt().Add(time.Millisecond)
			return answer, nil
		}
	}
}

// replayOne replays the one event that is named.
func (a *App) replayOne(ctx context.Context, r Replay) (answer Replayed, err error) {
	rules, err := a.Store.Rules(ctx, r.Registry)
	if err != nil {
		return answer, err
	}
	id, err := shipbell.ParseDeliveryID(strings.ToUpper(r.Event))
	if err != nil {
		return answer, shipbell.NewError(shipbell.NotFound, text.UnmatchedUnknown, r.Event)
	}
	u, found, err := a.Store.UnmatchedByID(ctx, r.Registry, id)
	if err == nil && !found {
		err = shipbell.NewError(shipbell.NotFound, text.UnmatchedUnknown, r.Event)
	}
	if err != nil {
		return answer, err
	}
	return answer, a.replayEvent(ctx, r, &u, rules, &answer)
}

// replayEvent makes the deliveries that an event lacks, or counts them, and adds them to
// the answer.
func (a *App) replayEvent(ctx context.Context, r Replay, u *store.UnmatchedEvent, rules *store.Rules, answer *Replayed) error {
	one := ReplayedEvent{UnmatchedEvent: *u}
	count := 0
	for m := range rules.Set.Matches(u.Event) {
		if !u.Had(m.Trigger.ID) {
			one.Triggers = append(one.Triggers, m)
			count += len(shipbell.NewDeliveries(r.Registry, u.Event, []shipbell.Match{m}, u.ReceivedAt))
		}
	}
	if count == 0 {
		return nil
	}
	var failed error
	if !r.DryRun {
		var woken error
		ids, kept, err := a.Store.Replay(ctx, r.Registry, u, rules.Set.Matches, func(made []shipbell.Delivery) {
			woken = errors.Join(woken, a.wake(ctx, made))
		})
		if failed = errors.Join(err, woken); !kept {
			return failed
		}
		count, one.Deliveries = len(ids), append(slices.Clone(u.Deliveries), ids...)
	}
	answer.Count += count
	answer.EventCount++
	if len(answer.Events) < replayShown {
		answer.Events = append(answer.Events, one)
	}
	return failed
}
