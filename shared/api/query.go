package api

import (
	"cmp"
	"maps"
	"net/url"
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// cursorParameter is the one parameter that may be empty: that is the beginning of a list.
const cursorParameter = "cursor"

// checkQuery holds the query of a request to the parameters that its route has. One that
// does not exist, or says nothing, is hardly what its sender means: it would do more than
// was asked for.
func checkQuery(r *Request, route Route) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		// What cannot be read would be left out.
		return shipbell.NewError(shipbell.Malformed, text.QueryUnreadable)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !slices.Contains(route.Query, name):
			return shipbell.InvalidField(named(name), text.QueryUnknown)
		case name != cursorParameter && slices.Contains(query[name], ""):
			return shipbell.InvalidField(name, text.QueryEmpty)
		}
	}
	return nil
}

// named is the name of a field or parameter in an error: two quotes for the empty one.
func named(name string) string { return cmp.Or(name, `""`) }
