package receive

import (
	"net/http"
	"net/url"
	"strings"
)

// Tolerant serves a request for any spelling of the address of events as one for that
// address: slashes at the end or doubled, and capitals. A registry that gets a 404 for
// the spelling repeats its event for ever, and one that gets a redirect takes the event
// as delivered. Other requests go to next as they are.
func Tolerant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, ok := tidy(r.URL.Path); ok && path != r.URL.Path {
			other := *r
			other.URL = new(url.URL)
			*other.URL = *r.URL
			other.URL.Path, other.URL.RawPath = path, ""
			r = &other
		}
		next.ServeHTTP(w, r)
	})
}

// tidy is the address of a registry's events that a path means. ok is false for any
// other path.
func tidy(path string) (address string, ok bool) {
	parts := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	if len(parts) != 3 || !strings.EqualFold(parts[0], "v1") || !strings.EqualFold(parts[1], "events") {
		return "", false
	}
	return "/v1/events/" + strings.ToLower(parts[2]), true
}
