package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func newClient(t *testing.T, handler http.HandlerFunc, o client.Options) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o.Server, o.Key = server.URL+"/base/", shipbell.NewSecret("ak:secret")
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOperations holds the methods against the operations of the API: each has one of
// its name.
func TestOperations(t *testing.T) {
	t.Parallel()
	description, err := os.ReadFile("../../docs/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	methods := reflect.TypeFor[*client.Client]()
	for _, found := range regexp.MustCompile(`operationId: (\w+)`).FindAllStringSubmatch(string(description), -1) {
		name := strings.ToUpper(found[1][:1]) + found[1][1:]
		senders := name == "AskForEvents" // an operation for registries alone
		if _, there := methods.MethodByName(name); !there && !senders && !strings.HasPrefix(name, "Tcr") {
			t.Errorf("the client has no method %s", name)
		}
	}
}

// TestRequests makes a request of each kind.
func TestRequests(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 5e6, time.UTC)
	distribution := []byte(`{"events":  []}`)
	for _, tt := range []struct {
		name string
		call func(context.Context, *client.Client) error
		want string // method, URL, If-Match, content type and body
	}{
		{"list", func(ctx context.Context, c *client.Client) error {
			_, err := c.ListDeliveries(ctx, "a/b", client.DeliveryQuery{
				Trigger: 7, Status: shipbell.Failed, Repository: "public/nginx", Since: at, Page: client.Page{Limit: 5, Cursor: "x=y"},
			})
			return err
		}, `GET /base/v1/deliveries/a%2Fb?cursor=x%3Dy&limit=5&repository=public%2Fnginx&since=2026-11-22T12%3A00%3A00.005Z&status=failed&trigger=7   `},
		{"labels", func(ctx context.Context, c *client.Client) error {
			_, err := c.ListTriggers(ctx, "default", client.TriggerQuery{Labels: []string{"a=b", "c=d"}})
			return err
		}, `GET /base/v1/triggers/default?label=a%3Db&label=c%3Dd   `},
		{"change", func(ctx context.Context, c *client.Client) error {
			_, err := c.ChangeTrigger(ctx, "default", 7, 3, map[string]bool{"enabled": false})
			return err
		}, `PATCH /base/v1/triggers/default/7 3 application/json {"enabled":false}`},
		{"delete", func(ctx context.Context, c *client.Client) error { return c.DeleteTrigger(ctx, "default", 7) },
			`DELETE /base/v1/triggers/default/7   `},
		{"dry run", func(ctx context.Context, c *client.Client) error {
			_, err := c.RedeliverMany(ctx, "default", client.DeliveryQuery{Until: at}, true)
			return err
		}, `POST /base/v1/deliveries/default/redeliver?dry_run=true  application/json {"until":"2026-11-22T12:00:00.005Z"}`},
		{"registry events", func(ctx context.Context, c *client.Client) error {
			_, err := c.ReceiveEvents(ctx, "default", "", distribution)
			return err
		}, `POST /base/v1/events/default  application/vnd.docker.distribution.events.v2+json {"events":  []}`},
		{"events of a source", func(ctx context.Context, c *client.Client) error {
			_, err := c.MatchEvents(ctx, "default", "tcr", []byte(`not JSON`))
			return err
		}, `POST /base/v1/match/default?source=tcr  application/json not JSON`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got string
			c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = fmt.Sprintf("%s %s %s %s %s", r.Method, r.RequestURI, r.Header.Get("If-Match"), r.Header.Get("Content-Type"), body)
				if r.Header.Get("Authorization") != "Bearer ak:secret" {
					w.WriteHeader(http.StatusUnauthorized)
				}
				if r.Method != http.MethodDelete {
					fmt.Fprint(w, "{}")
				}
			}, client.Options{})
			if err := tt.call(t.Context(), c); err != nil || got != tt.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, tt.want)
			}
		})
	}
}

// TestErrors asks servers that give no success.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"fields": {problem(422, `{"title":"t","detail":"d","code":"invalid","errors":[{"field":"a","message":"x"},{"field":"b","message":"y"}]}`), "a: x; b: y"},
		"detail": {problem(404, `{"title":"Not Found","detail":"there is no trigger 7"}`), "there is no trigger 7"},
		"title":  {problem(500, `{"title":"Internal Server Error"}`), "500 Internal Server Error"},
		"a page of a proxy": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
			"answered 502 Bad Gateway, but not as Shipbell does: is it a Shipbell server?"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, "answered 302 Found"},
		"no JSON":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "answered something else than JSON"},
		"other JSON": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":"x"}`) }, "the server's answer cannot be read"},
		"no answer":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "does not answer within 50ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, tt.answer, client.Options{Timeout: 50 * time.Millisecond}).GetTrigger(t.Context(), "default", 7)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
			var away *client.Unreachable
			if client.IsStatus(err, 404) != (name == "detail") || errors.As(err, &away) != (name == "no answer") {
				t.Errorf("%v is of the wrong type: %T", err, err)
			}
		})
	}
}

func problem(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// TestNoServer tells a server that is not there from a caller that gave up.
func TestNoServer(t *testing.T) {
	t.Parallel()
	c, err := client.New(client.Options{Server: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Health(t.Context())
	var away *client.Unreachable
	if !errors.As(err, &away) || !errors.Is(err, syscall.ECONNREFUSED) || away.Waited != 0 {
		t.Errorf("%v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = c.Health(gone); !errors.Is(err, context.Canceled) || errors.As(err, &away) {
		t.Errorf("%v", err)
	}
	for _, server := range []string{"", "shipbell.example.com", "ftp://shipbell.example.com", "https://", "https://u:p@shipbell.example.com"} {
		if _, err := client.New(client.Options{Server: server}); err == nil {
			t.Errorf("%q is taken for an address", server)
		}
	}
}

// TestPages reads lists of several pages.
func TestPages(t *testing.T) {
	t.Parallel()
	const there = 250
	for _, tt := range []struct{ pageSize, limit, want, requests int }{
		{100, 0, there, 3},
		{100, 250, 250, 3},
		{100, 130, 130, 2},
		{100, 100, 100, 1},
		{7, 10, 10, 2},
	} {
		var queries []string
		answered := 0
		c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
			queries = append(queries, r.URL.RawQuery)
			from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			page := apiv1.Deliveries{}
			for i := from; i < min(there, from+limit, from+tt.pageSize); i++ {
				page.Deliveries = append(page.Deliveries, apiv1.Delivery{ID: shipbell.DeliveryID(fmt.Sprint(i))})
			}
			if end := from + len(page.Deliveries); end < there {
				page.NextCursor = strconv.Itoa(end)
			}
			_ = json.NewEncoder(w).Encode(page)
		}, client.Options{Answered: func([]byte) { answered++ }})
		seen := map[shipbell.DeliveryID]bool{}
		for d, err := range c.Deliveries(t.Context(), "default", client.DeliveryQuery{Page: client.Page{Limit: tt.limit}}) {
			if err != nil {
				t.Fatal(err)
			}
			seen[d.ID] = true
		}
		if len(seen) != tt.want || len(queries) != tt.requests || answered != tt.requests {
			t.Errorf("%+v: %d items, requests %q, %d answers seen", tt, len(seen), queries, answered)
		}
		for range c.Deliveries(t.Context(), "default", client.DeliveryQuery{}) {
			break // which asks for no second page
		}
		if len(queries) != tt.requests+1 {
			t.Errorf("%+v: %q", tt, queries)
		}
	}
	failing := newClient(t, problem(503, `{"detail":"try again"}`), client.Options{})
	yielded := 0
	for _, err := range failing.Triggers(t.Context(), "default", client.TriggerQuery{}) {
		if yielded++; !client.IsStatus(err, http.StatusServiceUnavailable) {
			t.Errorf("%v", err)
		}
	}
	if yielded != 1 {
		t.Errorf("a list that fails yields %d times", yielded)
	}
}
