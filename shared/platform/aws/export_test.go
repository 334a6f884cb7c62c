package aws

import "context"

// For tests: the platform with something between the SDK and the network, and a
// function's handler without Lambda.
var (
	OpenWith   = open
	NewHandler = newHandler
)

// Gather is gather of lists of numbers.
func Gather(ctx context.Context, lists []func(context.Context, int) ([]int, bool, error), limit int, compare func(a, b int) int) ([]int, error) {
	named := make([]list[int], len(lists))
	for i := range lists {
		named[i] = lists[i]
	}
	return gather(ctx, named, limit, compare)
}
