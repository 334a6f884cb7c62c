package webhook

import (
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// setQuery puts parameters into the query of a URL.
func setQuery(query string, parameters []shipbell.Field) string {
	for _, p := range parameters {
		query = shipbell.SetParameter(query, p.Name, p.Value)
	}
	return query
}

// hasParameter reports whether a target makes a parameter of the query of an event.
func hasParameter(target shipbell.Target, name string) bool {
	return slices.ContainsFunc(target.Query, func(p shipbell.Field) bool { return p.Name == name })
}
