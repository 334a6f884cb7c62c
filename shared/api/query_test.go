package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/api"
)

// TestQuery holds requests to the query parameters of their route.
func TestQuery(t *testing.T) {
	t.Parallel()
	handle := func(*api.Request) (api.Answer, error) { return api.Answer{Status: http.StatusOK}, nil }
	var log logged
	strict := router(&log, api.Route{Pattern: "GET /", Query: []string{"limit", "cursor", "label"}, Handle: handle})
	forgiving := router(&log, api.Route{Pattern: "GET /", AnyQuery: true, Handle: handle})
	for query, says := range map[string]string{
		"": "", "limit=1&cursor=&label=a=b&label=c=d": "", "cursor": "",
		"limit=": `"field":"limit","code":"query-empty"`, "limit": `"field":"limit","code":"query-empty"`,
		"label=a=b&label=": `"field":"label","code":"query-empty"`, "Limit=1": `"field":"Limit","code":"query-unknown"`,
		"dry_run=true": `"field":"dry_run","code":"query-unknown"`, "key=a:b": `"field":"key","code":"query-unknown"`,
		"=x": `"field":"\"\"","code":"query-unknown"`, "limit=1;cursor=x": `"code":"query-unreadable"`, "limit=%zz": `"code":"query-unreadable"`,
	} {
		for _, h := range []http.Handler{strict, forgiving} {
			w := ask(h, "admin", "GET", "/?"+query, "")
			if h == forgiving {
				if w.Code != http.StatusOK {
					t.Errorf("%q, any query: %d %s", query, w.Code, w.Body)
				}
			} else if (w.Code == http.StatusOK) != (says == "") || !strings.Contains(w.Body.String(), says) {
				t.Errorf("%q: %d %s, want %s", query, w.Code, w.Body, says)
			}
		}
	}
}
