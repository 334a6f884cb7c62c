package webhook

import (
	"net/url"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// setQuery puts parameters into the query of a URL. One takes the place of the first of its
// name, and others of the name go; a new one comes last. The rest stays byte for byte.
func setQuery(query string, parameters []shipbell.Field) string {
	if len(parameters) == 0 {
		return query
	}
	var pairs []string
	if query != "" {
		pairs = strings.Split(query, "&")
	}
	for _, p := range parameters {
		named := func(pair string) bool { return nameOf(pair) == p.Name }
		made := url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value)
		at := slices.IndexFunc(pairs, named)
		if at < 0 {
			pairs = append(pairs, made)
			continue
		}
		pairs[at] = made
		rest := slices.DeleteFunc(pairs[at+1:], named)
		pairs = pairs[:at+1+len(rest)]
	}
	return strings.Join(pairs, "&")
}

// nameOf is the name of one parameter of a query, as a server reads it.
func nameOf(pair string) string {
	encoded, _, _ := strings.Cut(pair, "=")
	name, err := url.QueryUnescape(encoded)
	if err != nil {
		return encoded
	}
	return name
}

// hasParameter reports whether a target makes a parameter of the query of an event.
func hasParameter(target shipbell.Target, name string) bool {
	return slices.ContainsFunc(target.Query, func(p shipbell.Field) bool { return p.Name == name })
}
