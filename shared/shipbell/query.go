package shipbell

import (
	"net/url"
	"slices"
	"strings"
)

// SetParameter puts a parameter into the query of a URL. It takes the place of the first of
// its name, and others of the name go; a new one comes last. The rest stays byte for byte.
func SetParameter(query, name, value string) string {
	made := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if query == "" {
		return made
	}
	named := func(pair string) bool { return ParameterName(pair) == name }
	pairs := strings.Split(query, "&")
	at := slices.IndexFunc(pairs, named)
	if at < 0 {
		return query + "&" + made
	}
	pairs[at] = made
	rest := slices.DeleteFunc(pairs[at+1:], named)
	return strings.Join(pairs[:at+1+len(rest)], "&")
}

// ParameterName is the name of one parameter of a query, as a server reads it.
func ParameterName(pair string) string {
	encoded, _, _ := strings.Cut(pair, "=")
	name, err := url.QueryUnescape(encoded)
	if err != nil {
		return encoded
	}
	return name
}
