package aws

import (
	"context"
	"slices"

	"github.com/shipbell/shipbell/shared/platform"
)

// list reads an ordered list page by page: about n entries further on, and at least one
// unless there are none. goesOn tells that there may be more.
type list[T any] func(ctx context.Context, n int) (page []T, goesOn bool, err error)

// gather merges the beginnings of ordered lists into one of at most limit entries. What
// it keeps is spread evenly over the lists as a rule, so it reads half as much again, and
// further only of those lists that the rest may be in.
func gather[T any](ctx context.Context, lists []list[T], limit int, compare func(a, b T) int) ([]T, error) {
	share := limit
	if n := len(lists); n > 1 {
		share = min(limit, limit*3/(2*n)+2)
	}
	last := make([]T, len(lists)) // the last entry read of each
	open := make([]int, len(lists))
	for i := range open {
		open[i] = i
	}
	var all []T
	for len(open) > 0 {
		pages, goOn, errs := make([][]T, len(open)), make([]bool, len(open)), make([]error, len(open))
		each(len(open), func(i int) { pages[i], goOn[i], errs[i] = lists[open[i]](ctx, share) })
		if err := platform.First(errs); err != nil {
			return nil, err
		}
		for i, page := range pages {
			if all = append(all, page...); len(page) > 0 {
				last[open[i]] = page[len(page)-1]
			}
		}
		slices.SortFunc(all, compare)
		all = all[:min(limit, len(all))]
		var further []int
		for i, at := range open {
			if goOn[i] && (len(all) < limit || compare(last[at], all[limit-1]) < 0) {
				further = append(further, at)
			}
		}
		open = further
	}
	return all, nil
}
