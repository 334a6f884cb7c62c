package webhook

import (
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// setQuery puts parameters into the query of a URL.
func setQuery(query string, parameters []shipbell.Field) string {
	for _, p := range parameters {
		query = shipbell.SetParameter(query, p.Name, p.Value)
	}
	return query
}

// Query is the query of a request to a target, as people may see it: the parameters that were
// made of the event, and those of the URL masked.
func Query(target shipbell.Target, made []shipbell.Field) string {
	_, query, _ := strings.Cut(target.MaskedURL(), "?")
	return setQuery(query, made)
}

// hasParameter reports whether a target makes a parameter of the query of an event.
func hasParameter(target shipbell.Target, name string) bool {
	return slices.ContainsFunc(target.Query, func(p shipbell.Field) bool { return p.Name == name })
}
