package app

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// smallWork is the work of a trigger that is not worth a look at those beside it.
const smallWork = time.Microsecond

// checkWork gives an Invalid error if the patterns of a trigger would make all those of
// its registry take longer than match.MaxWork for an event. A registry that takes longer
// already keeps its triggers, and may get others that do not add to it.
func (a *App) checkWork(ctx context.Context, t *shipbell.Trigger, old shipbell.Trigger) error {
	if !t.Enabled || old.Enabled && old.Rule == t.Rule {
		return nil
	}
	own := match.Compile([]shipbell.Trigger{*t}).Work()
	if own <= smallWork {
		return nil
	}
	rules, err := a.Store.Rules(ctx, t.Registry)
	if err != nil {
		return err
	}
	before := rules.Set.Work()
	if before+own <= match.MaxWork {
		return nil
	}
	all := []shipbell.Trigger{*t}
	for _, other := range rules.Set.Triggers() {
		if other.ID != t.ID {
			all = append(all, *other)
		}
	}
	after := match.Compile(all).Work()
	if after <= max(before, match.MaxWork) {
		return nil
	}
	return shipbell.InvalidField(t.Rule.Slowest(), text.PatternsTooSlow, after.Round(time.Microsecond), match.MaxWork)
}
