package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

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

// PastReplay says which events that have deliveries are held against the triggers as they
// are now.
type PastReplay struct {
	Registry string
	// Filter means the deliveries of the events. It has an Event or a Since.
	Filter shipbell.Filter
	// Again names a replay for triggers that have deliveries of the event too; "" is one for
	// the others.
	Again string
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
	store.KeptEvent
	// Triggers are those that get deliveries of it.
	Triggers []shipbell.Match
}

const (
	// One call looks at so many events or deliveries, makes deliveries of so many events, and
	// begins no other event after so many deliveries.
	maxLookedAt        = 10_000
	maxReplayed        = 250
	maxReplayDelivered = 1_000
	// replayShown is how many events it tells of, and replayPage how many it reads at once.
	replayShown = 100
	replayPage  = 100
	// maxAgain is the most bytes of the name of a replay.
	maxAgain = 64
)

// pastPage is a page of events to replay, the oldest first; next is where the next one
// begins, or "".
type pastPage func(ctx context.Context, after shipbell.DeliveryID) (events []store.KeptEvent, next shipbell.DeliveryID, err error)

// ReplayUnmatched makes deliveries of events that no trigger matched when they came, for
// the triggers that match them now, the oldest first. No trigger gets an event twice,
// however often it is asked. A dry run tells what would be made.
func (a *App) ReplayUnmatched(ctx context.Context, key shipbell.AccessKey, r Replay) (Replayed, error) {
	if err := allow(key, shipbell.RoleAdmin, r.Registry); err != nil {
		return Replayed{}, err
	}
	run := replaying{app: a, registry: r.Registry, dryRun: r.DryRun}
	if r.Event != "" {
		return run.done(ctx, key, r.Event, run.one(ctx, r.Event))
	}
	return run.done(ctx, key, "", run.all(ctx, r.Since, func(ctx context.Context, after shipbell.DeliveryID) ([]store.KeptEvent, shipbell.DeliveryID, error) {
		page, err := a.Store.Unmatched(ctx, UnmatchedQuery{
			Registry: r.Registry, Since: r.Since, Until: r.Until, OldestFirst: true, After: after, Limit: replayPage,
		})
		return page.Events, page.Next, err
	}))
}

// ReplayPast makes deliveries of events that came before, for the triggers that match them
// now, the oldest first. What was delivered before stays as it is. However often the same is
// asked, nothing is made twice. A dry run tells what would be made.
func (a *App) ReplayPast(ctx context.Context, key shipbell.AccessKey, r PastReplay) (Replayed, error) {
	if err := allow(key, shipbell.RoleAdmin, r.Registry); err != nil {
		return Replayed{}, err
	}
	q, err := a.Find(ctx, key, r.Registry, r.Filter)
	switch {
	case err != nil:
		return Replayed{}, err
	case len(r.Again) > maxAgain || !utf8.ValidString(r.Again):
		return Replayed{}, shipbell.InvalidField("again", text.TextTooLong, maxAgain)
	case r.Filter.Event == "" && q.Since.IsZero():
		return Replayed{}, shipbell.InvalidField("since", text.ReplayUnbounded)
	}
	run := replaying{app: a, registry: r.Registry, again: r.Again, dryRun: r.DryRun}
	found := false
	err = run.all(ctx, q.Since, func(ctx context.Context, after shipbell.DeliveryID) ([]store.KeptEvent, shipbell.DeliveryID, error) {
		page, err := a.Store.Past(ctx, q, after)
		found = found || len(page.Events) > 0
		return page.Events, page.Next, err
	})
	if err == nil && r.Filter.Event != "" && !found {
		err = shipbell.NewError(shipbell.NotFound, text.EventUnknown, r.Filter.Event)
	}
	return run.done(ctx, key, r.Filter.Event, err)
}

// replaying is a replay that is under way.
type replaying struct {
	app             *App
	registry, again string
	dryRun          bool
	answer          Replayed
}

// done notes what was made, also before an error.
func (r *replaying) done(ctx context.Context, key shipbell.AccessKey, event string, err error) (Replayed, error) {
	if r.answer.Count > 0 && !r.dryRun {
		e := audit.Entry{Action: audit.EventsReplayed, Object: event, Count: r.answer.Count}
		err = errors.Join(err, r.app.note(ctx, key, e, r.registry))
	}
	return r.answer, err
}

// all replays the events of all pages, which begin at a time, up to the limits of one call.
func (r *replaying) all(ctx context.Context, since time.Time, read pastPage) error {
	seen := map[shipbell.DeliveryID]bool{}
	var after shipbell.DeliveryID
	for looked := 0; ; looked += replayPage {
		rules, err := r.app.Store.Rules(ctx, r.registry)
		if err != nil {
			return err
		}
		events, next, err := read(ctx, after)
		if err != nil {
			return err
		}
		for i := range events {
			u := &events[i]
			if seen[u.ID] {
				continue
			}
			seen[u.ID] = true
			if !r.dryRun && (r.answer.EventCount >= maxReplayed || r.answer.Count >= maxReplayDelivered) {
				r.answer.Next = u.ReceivedAt
				return nil
			}
			if err := r.event(ctx, u, rules); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		if after = next; looked+replayPage >= maxLookedAt {
			// Its millisecond may hold others, but whoever goes on must get further.
			if r.answer.Next = next.ReceivedAt(); !r.answer.Next.After(since) {
				r.answer.Next = r.answer.Next.Add(time.Millisecond)
			}
			return nil
		}
	}
}

// one replays the one kept event that is named, which no trigger matched.
func (r *replaying) one(ctx context.Context, event string) error {
	rules, err := r.app.Store.Rules(ctx, r.registry)
	if err != nil {
		return err
	}
	id, err := shipbell.ParseDeliveryID(strings.ToUpper(event))
	if err != nil {
		return shipbell.NewError(shipbell.NotFound, text.UnmatchedUnknown, event)
	}
	u, found, err := r.app.Store.UnmatchedByID(ctx, r.registry, id)
	if err != nil {
		return err
	}
	if !found {
		return shipbell.NewError(shipbell.NotFound, text.UnmatchedUnknown, event)
	}
	return r.event(ctx, &u, rules)
}

// event makes the deliveries that an event lacks, or counts them, and adds them to the
// answer.
func (r *replaying) event(ctx context.Context, u *store.KeptEvent, rules *store.Rules) error {
	one := ReplayedEvent{KeptEvent: *u}
	count := 0
	for m := range rules.Set.Matches(u.Event) {
		if lacks := u.Lacks(r.registry, m, r.again); lacks > 0 {
			one.Triggers = append(one.Triggers, m)
			count += lacks
		}
	}
	if count == 0 {
		return nil
	}
	var failed error
	if !r.dryRun {
		ids, kept, err := r.app.Store.Replay(ctx, r.registry, u, r.again, rules.Set.Matches, func(made []shipbell.Delivery) {
			r.app.wake(ctx, made)
		})
		if !kept {
			return err
		}
		failed = err
		count, one.Deliveries = len(ids), append(slices.Clone(u.Deliveries), ids...)
	}
	r.answer.Count += count
	r.answer.EventCount++
	if len(r.answer.Events) < replayShown {
		r.answer.Events = append(r.answer.Events, one)
	}
	return failed
}
