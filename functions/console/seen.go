package console

import (
	"context"
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

// seen is what a registry is known to hold, for the time of one visit: what happened
// lately is read once.
type seen struct {
	source.Seen
	events []shipbell.Event
	err    error
}

func (v *visit) seen() (seen, error) {
	known, err := v.c.App.Known(v.key, v.registry.ID)
	if err != nil {
		return seen{}, err
	}
	s := seen{Seen: known}
	s.events, s.err = known.RecentEvents(v.Context())
	return s, nil
}

// RecentEvents implements source.Seen.
func (s seen) RecentEvents(context.Context) ([]shipbell.Event, error) { return s.events, s.err }

// taggedRepositories is how many repositories are asked for their tags.
const taggedRepositories = 5

// tags are those of the first of the repositories that match, or of the first of all
// if none does.
func (s seen) tags(ctx context.Context, repositories tried) ([]string, error) {
	var all []string
	asked := 0
	for _, one := range repositories.Names {
		if !one.Matches && repositories.Matching > 0 || asked == taggedRepositories {
			continue
		}
		asked++
		tags, err := source.Tags(ctx, s, one.Name, maxTried)
		if err != nil {
			return all, err
		}
		all = append(all, tags...)
	}
	return all, nil
}

// namespacesOf are those of repositories, in order.
func namespacesOf(repositories []string) []string {
	var list []string
	for _, name := range repositories {
		if namespace := (shipbell.Repository{FullName: name}).Namespace(); namespace != "" {
			list = append(list, namespace)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
