package api_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// caller is somebody who asks.
type caller struct {
	name string
	// authorization and query are how the access key is shown, if it is.
	authorization, query string
	// valid tells that the key is one; role and registries are what it may.
	valid      bool
	role       shipbell.Role
	registries []string
}

// want is the status that a caller gets for an operation on the registry alpha,
// or 0 if the operation is done.
func (c caller) want(o operation) int {
	// The access key that deleteKey is asked to delete is one for alpha.
	aboutAlpha := strings.Contains(o.Path, "{registry}") || o.OperationID == "deleteKey"
	admitted := c.valid && (c.query == "" || o.Path == eventsPath && c.role == shipbell.RoleIngest)
	switch {
	case o.role == "none":
		return 0
	case !admitted:
		return http.StatusUnauthorized
	case o.role != "any" && c.role != shipbell.RoleAdmin && string(c.role) != o.role:
		return http.StatusForbidden
	case aboutAlpha && c.registries != nil && !slices.Contains(c.registries, "alpha"):
		return http.StatusNotFound
	}
	return 0
}

// callers are all sorts of callers: every role, every scope, every way to show a
// key, and everything that is no valid key.
func callers(s *stack) []caller {
	admin := s.key(shipbell.RoleAdmin)
	id, secret, _ := strings.Cut(admin, ":")
	deleted := s.key(shipbell.RoleAdmin)
	deletedID, _, _ := strings.Cut(deleted, ":")
	s.do("DELETE", "/v1/keys/"+deletedID, nil).want(http.StatusNoContent)
	bearer := func(key string) string { return "Bearer " + key }
	all := []caller{
		{name: "no key"},
		{name: "empty header", authorization: " "},
		{name: "bearer without anything", authorization: "Bearer"},
		{name: "bearer without a colon", authorization: bearer(id + secret)},
		{name: "bearer of a colon", authorization: bearer(":")},
		{name: "bearer of an id alone", authorization: bearer(id)},
		{name: "bearer of an id and an empty secret", authorization: bearer(id + ":")},
		{name: "bearer of a secret alone", authorization: bearer(":" + secret)},
		{name: "another scheme", authorization: "Digest " + admin},
		{name: "no scheme", authorization: admin},
		{name: "basic that is not base64", authorization: "Basic " + admin},
		{name: "basic without a colon", authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(id))},
		{name: "wrong secret", authorization: bearer(id + ":" + secret + "x")},
		{name: "short secret", authorization: bearer(id + ":" + secret[:len(secret)-1])},
		{name: "secret of another key", authorization: bearer(deletedID + ":" + secret)},
		{name: "unknown id", authorization: bearer("akaaaaaaaaaaaaaaaa:" + secret)},
		{name: "id with control characters", authorization: bearer("a\tb:" + secret)},
		{name: "id that is not UTF-8", authorization: bearer("\xff\xfe:" + secret)},
		{name: "id that is very long", authorization: bearer(strings.Repeat("a", 4096) + ":" + secret)},
		{name: "deleted key", authorization: bearer(deleted)},
		{name: "basic with a wrong secret", authorization: basic(s.t, id+":wrong")},
		{name: "no key in the query", query: "nothing"},
		{name: "wrong secret in the query", query: id + ":wrong"},
	}
	for _, role := range []shipbell.Role{shipbell.RoleAdmin, shipbell.RoleViewer, shipbell.RoleIngest} {
		for _, registries := range [][]string{nil, {"alpha"}, {"beta"}, {"beta", "alpha"}, {"absent"}} {
			key := s.key(role, registries...)
			name := fmt.Sprintf("%s of %v", role, registries)
			one := caller{valid: true, role: role, registries: registries}
			for _, c := range []caller{
				{name: name + " by bearer", authorization: bearer(key)},
				{name: name + " by basic", authorization: basic(s.t, key)},
				{name: name + " in the query", query: key},
			} {
				one.name, one.authorization, one.query = c.name, c.authorization, c.query
				all = append(all, one)
			}
		}
	}
	return append(all,
		caller{name: "scheme in capitals", authorization: "BEARER " + admin, valid: true, role: shipbell.RoleAdmin},
		caller{name: "header before query", authorization: bearer(s.key(shipbell.RoleIngest) + "x"), query: s.key(shipbell.RoleIngest)},
	)
}

// subjects are the objects of a registry that operations are about.
type subjects struct {
	registry, trigger, delivery string
}

// target is where an operation on the subjects is found.
func (x subjects) target(o operation, key string) string {
	id := key
	switch {
	case strings.HasPrefix(o.Path, "/v1/triggers/"):
		id = x.trigger
	case strings.HasPrefix(o.Path, "/v1/deliveries/"):
		id = x.delivery
	}
	return strings.NewReplacer("{registry}", x.registry, "{id}", id, "{trigger}", x.trigger, "{target}", "1", "{name}", "none").Replace(o.Path)
}

// populate gives a registry a trigger and a delivery. The target's port is
// closed.
func (s *stack) populate(registry string) subjects {
	s.t.Helper()
	s.registry(registry)
	url := "http://127.0.0.1:1/" + registry + "-path?q=" + registry + "-query"
	at := s.trigger(registry, registry+"-trigger", url)
	return subjects{
		registry: registry, trigger: at[strings.LastIndex(at, "/")+1:],
		delivery: string(s.push(registry, registry+"-space/"+registry+"-repository", registry+"-tag")[0]),
	}
}

// body is a request that an operation can be asked with.
func (o operation) body(t testing.TB) (media string, body any) {
	t.Helper()
	if o.RequestBody == nil {
		return "", nil
	}
	media = "application/json"
	examples := o.RequestBody.Value.Content[media].Examples
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		return media, examples[name].Value.Value
	}
	t.Fatalf("%s has no example of a request", o.pattern())
	return "", nil
}

// TestRoles asks for every operation of the file as every caller.
func TestRoles(t *testing.T) {
	t.Parallel()
	for _, o := range loaded(t).operations {
		if o.role == signed {
			continue // TestTCR asks for these
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			alpha := s.populate("alpha")
			s.populate("beta")
			all := callers(s)
			before := s.state()
			ask := func(c caller) int {
				key, _, _ := strings.Cut(s.key(shipbell.RoleViewer, "alpha"), ":")
				target := alpha.target(o, key)
				if c.query != "" {
					target += "?key=" + url.QueryEscape(c.query)
				}
				media, body := o.body(t)
				// No trigger has this version, so that none is changed or deleted.
				asking := s.on(t).as("").with("If-Match", "999", "Content-Type", media)
				asking.auth = c.authorization
				status := asking.do(o.Method, target, body).status
				s.remove(key)
				return status
			}
			for _, c := range all {
				if want := c.want(o); want != 0 {
					if got := ask(c); got != want {
						t.Errorf("%s: %d, want %d", c.name, got, want)
					}
				}
			}
			if diff := cmp.Diff(before, s.state()); diff != "" {
				t.Errorf("those who were refused changed something (-before +after):\n%s", diff)
			}
			for _, c := range all {
				if c.want(o) != 0 {
					continue
				}
				switch got := ask(c); {
				case got == http.StatusNotFound && o.OperationID == "dropRecord": // none is damaged
				case got == http.StatusUnauthorized, got == http.StatusForbidden, got == http.StatusNotFound, got >= 500:
					t.Errorf("%s: %d, want it to be done", c.name, got)
				}
			}
		})
	}
}

// remove deletes an access key if it is still there.
func (s *stack) remove(id string) {
	s.t.Helper()
	if err := s.store.DeleteAccessKey(s.t.Context(), id); err != nil && shipbell.KindOf(err) != shipbell.NotFound {
		s.t.Error(err)
	}
}

// TestUnauthorisedAlike proves that nobody learns from a 401 what is wrong.
func TestUnauthorisedAlike(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	var first answer
	for _, c := range callers(s) {
		if c.valid {
			continue
		}
		asking := s.client
		asking.auth = c.authorization
		got := asking.do("GET", "/v1/triggers/default", nil).want(http.StatusUnauthorized)
		if first.body == nil {
			first = got
		}
		if diff := cmp.Diff(string(first.body), string(got.body)); diff != "" {
			t.Errorf("%s (-no key +this):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(first.header, got.header); diff != "" {
			t.Errorf("%s: headers (-no key +this):\n%s", c.name, diff)
		}
	}
}
