package app

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/ignored"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/shared/text"
)

// What the store counts and remembers.
type (
	Stats           = stats.Stats
	Counts          = stats.Counts
	Waiting         = stats.Waiting
	FailingTarget   = stats.FailingTarget
	RecentlyIgnored = ignored.Recent
	Refusal         = ignored.Refusal
	EventTimes      = stats.EventTimes
)

// StatsQuery asks for the statistics of a registry's hours.
type StatsQuery struct {
	Registry string
	// Since and Until are in the first and the last of the hours. A zero Until is now,
	// and a zero Since is 23 hours before it.
	Since, Until time.Time
}

// Stats answers how a registry's deliveries went, by hour and trigger, as far as that
// is kept, which is 8 days.
func (a *App) Stats(ctx context.Context, key shipbell.AccessKey, q StatsQuery) (Stats, error) {
	if _, err := a.open(ctx, key, shipbell.RoleViewer, q.Registry); err != nil {
		return Stats{}, err
	}
	if q.Until.IsZero() {
		q.Until = a.Now()
	}
	if q.Since.IsZero() {
		q.Since = q.Until.Add(-23 * time.Hour)
	}
	if q.Since.After(q.Until) {
		return Stats{}, shipbell.InvalidField("since", text.SinceAfterUntil)
	}
	return stats.New(a.Store).Stats(ctx, q.Registry, q.Since, q.Until)
}

// Targets tells which targets of a registry fail, which are held, and what waits.
type Targets struct {
	Failing []FailingTarget
	Held    []HeldTarget
	Waiting Waiting
}

// Targets answers the targets that fail now, judged by the deliveries of the last 24
// hours, those whose deliveries are held, and the deliveries that wait for an attempt.
func (a *App) Targets(ctx context.Context, key shipbell.AccessKey, registry string) (t Targets, err error) {
	day, err := a.Stats(ctx, key, StatsQuery{Registry: registry})
	if err != nil {
		return t, err
	}
	if t.Failing, err = a.FailingTargets(ctx, key, registry, day); err != nil {
		return t, err
	}
	if t.Held, err = a.HeldTargets(ctx, key, registry); err != nil {
		return t, err
	}
	t.Waiting, err = a.Waiting(ctx, key, registry)
	return t, err
}

// FailingTargets answers the targets that fail, judged by the deliveries of some
// hours, as the key may see them.
func (a *App) FailingTargets(ctx context.Context, key shipbell.AccessKey, registry string, hours Stats) ([]FailingTarget, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return nil, err
	}
	failing, err := stats.New(a.Store).Failing(ctx, registry, hours)
	for i := range failing {
		failing[i].Newest.HideFrom(key.Role)
	}
	return failing, err
}

// Waiting counts the deliveries of a registry that wait for an attempt.
func (a *App) Waiting(ctx context.Context, key shipbell.AccessKey, registry string) (Waiting, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return Waiting{}, err
	}
	return stats.New(a.Store).Waiting(ctx, registry)
}

// Ignored answers which of a registry's recent events made no deliveries, and why.
func (a *App) Ignored(ctx context.Context, key shipbell.AccessKey, registry string) (RecentlyIgnored, error) {
	if _, err := a.open(ctx, key, shipbell.RoleViewer, registry); err != nil {
		return RecentlyIgnored{}, err
	}
	return a.Store.Ignored().Recent(ctx, registry)
}

// Refusals answers why requests at the address of a registry's events were refused in the
// last seven days, the newest first.
func (a *App) Refusals(ctx context.Context, key shipbell.AccessKey, registry string) ([]Refusal, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return nil, err
	}
	return a.Store.Refusals().List(ctx, registry)
}

// EventTimes answers when the first and the last of a registry's events came.
func (a *App) EventTimes(ctx context.Context, key shipbell.AccessKey, registry string) (EventTimes, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return EventTimes{}, err
	}
	return stats.New(a.Store).EventTimes(ctx, registry)
}

// NewestOf answers the newest delivery of each of a registry's triggers, as the
// key may see them; a trigger that has none is missing from the answer.
func (a *App) NewestOf(ctx context.Context, key shipbell.AccessKey, registry string, triggers ...shipbell.ID) (map[shipbell.ID]shipbell.Delivery, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return nil, err
	}
	deliveries, err := a.Store.NewestOf(ctx, registry, 1, triggers...)
	newest := make(map[shipbell.ID]shipbell.Delivery, len(deliveries))
	for _, d := range deliveries {
		d.HideFrom(key.Role)
		newest[d.TriggerID] = d
	}
	return newest, err
}
