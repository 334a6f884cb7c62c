package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestTenants asks for every operation with a key that is limited to the registry
// beta, about the objects of alpha: in alpha's own place, and as if they were
// beta's. Nothing is done, and nothing tells that alpha has them.
func TestTenants(t *testing.T) {
	t.Parallel()
	for _, o := range loaded(t).operations {
		if o.role == "none" || !strings.Contains(o.Path, "{") {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			// Numbers of triggers count up in each registry: alpha's is one that beta has not.
			s.registry("alpha")
			s.do("DELETE", s.trigger("alpha", "early", "http://127.0.0.1:1/"), nil).want(http.StatusNoContent)
			alpha := s.populate("alpha")
			beta := s.populate("beta")
			keys := map[string]string{}
			for name, registries := range map[string][]string{"alpha": {"alpha"}, "all": nil, "both": {"alpha", "beta"}, "beta": {"beta"}} {
				keys[name], _, _ = strings.Cut(s.key(shipbell.RoleViewer, registries...), ":")
			}
			// absent is what alpha must look like.
			absent := subjects{registry: "gamma", trigger: "4000", delivery: "00000000000000000000000000"}
			mixed, mixedAbsent := alpha, absent
			mixed.registry, mixedAbsent.registry = beta.registry, beta.registry
			type place struct{ target, likeness string }
			var places []place
			switch {
			case o.OperationID == "deleteKey":
				for _, name := range []string{"alpha", "all", "both"} {
					places = append(places, place{alpha.target(o, keys[name]), alpha.target(o, "absent")})
				}
			case strings.Contains(o.Path, "{id}"):
				places = append(places, place{mixed.target(o, ""), mixedAbsent.target(o, "")})
				fallthrough
			default:
				places = append(places, place{alpha.target(o, ""), absent.target(o, "")})
			}
			limited := []shipbell.Role{shipbell.RoleAdmin, shipbell.RoleViewer, shipbell.RoleIngest}
			tokens := make([]string, len(limited))
			for i, role := range limited {
				tokens[i] = s.key(role, "beta")
			}
			before := s.state()
			for _, p := range places {
				for i, role := range limited {
					media, body := o.body(t)
					ask := s.on(t).as(tokens[i]).with("Content-Type", media)
					got := ask.do(o.Method, p.target, body)
					if got.status != http.StatusNotFound && got.status != http.StatusForbidden {
						t.Errorf("%s: %v, want 404 or 403", role, got)
					}
					like := ask.do(o.Method, p.likeness, body)
					if a, b := anonymous(got), anonymous(like); a != b {
						t.Errorf("%s: what is there looks like\n%s\nand what is not like\n%s", role, a, b)
					}
				}
			}
			if diff := cmp.Diff(before, s.state()); diff != "" {
				t.Errorf("something changed (-before +after):\n%s", diff)
			}
		})
	}
}

// anonymous is an answer without what its own request named.
func anonymous(a answer) string {
	text := fmt.Sprintf("%d %v %s", a.status, a.header, a.body)
	for part := range strings.SplitSeq(a.target, "/") {
		if len(part) > 0 {
			text = strings.ReplaceAll(text, `\"`+part+`\"`, "(named)")
			text = strings.ReplaceAll(text, " "+part+`"`, ` (named)"`)
		}
	}
	return text
}

// TestTenantsInLists proves that lists, counts, dry runs and cursors of one
// registry hold nothing of another.
func TestTenantsInLists(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for _, registry := range []string{"alpha", "beta"} {
		s.populate(registry)
		s.trigger(registry, registry+"-second", "http://127.0.0.1:1/"+registry)
		s.push(registry, registry+"-space/other", registry+"-other")
		s.key(shipbell.RoleViewer, registry)
	}
	s.key(shipbell.RoleIngest, "alpha", "beta")
	triggersCursor := decode[apiv1.Triggers](s.do("GET", "/v1/triggers/alpha?limit=1", nil).want(http.StatusOK)).NextCursor
	deliveriesCursor := decode[apiv1.Deliveries](s.do("GET", "/v1/deliveries/alpha?limit=1", nil).want(http.StatusOK)).NextCursor
	if triggersCursor == "" || deliveriesCursor == "" {
		t.Fatal("there is no cursor to try")
	}
	before := s.state()
	for _, role := range []shipbell.Role{shipbell.RoleAdmin, shipbell.RoleViewer} {
		b := s.as(s.key(role, "beta"))
		asked := []answer{
			b.do("GET", "/v1/triggers/beta", nil).want(http.StatusOK),
			b.do("GET", "/v1/deliveries/beta", nil).want(http.StatusOK),
			b.do("GET", "/v1/deliveries/beta?repository=alpha-space/alpha-repository", nil).want(http.StatusOK),
			b.do("POST", "/v1/match/beta", object{"action": "pushImage", "repository": "x/y"}).want(http.StatusOK),
			b.do("GET", "/v1/triggers/beta?cursor="+url.QueryEscape(triggersCursor), nil).want(http.StatusBadRequest),
			b.do("GET", "/v1/deliveries/beta?cursor="+url.QueryEscape(deliveriesCursor), nil).want(http.StatusBadRequest),
		}
		if role == shipbell.RoleAdmin {
			asked = append(asked,
				b.do("GET", "/v1/registries", nil).want(http.StatusOK),
				b.do("GET", "/v1/keys", nil).want(http.StatusOK),
			)
			// Names are unique in a registry, not among all.
			created := b.do("POST", "/v1/triggers/beta", object{
				"name": "alpha-trigger", "actions": []string{"pushImage"}, "targets": []object{{"url": "https://ci.example.com/"}},
			}).want(http.StatusCreated)
			b.do("DELETE", fmt.Sprintf("/v1/triggers/beta/%d", decode[apiv1.Trigger](created).ID), nil).want(http.StatusNoContent)
			// A key cannot make another that may do more than itself.
			for _, registries := range []any{nil, []string{}, []string{"alpha"}, []string{"beta", "alpha"}} {
				b.do("POST", "/v1/keys", object{"role": "viewer", "registries": registries}).wantFields("registries")
			}
		}
		for _, a := range asked {
			if strings.Contains(string(a.body), "alpha") {
				t.Errorf("%s of beta sees alpha: %v", role, a)
			}
			if a.status == http.StatusOK && strings.Contains(a.target, "beta") && !strings.Contains(a.target, "alpha") &&
				!strings.Contains(string(a.body), "beta") {
				t.Errorf("%s of beta does not see beta: %v", role, a)
			}
		}
		if keys := asked[len(asked)-1]; role == shipbell.RoleAdmin && !strings.Contains(string(keys.body), "beta") {
			t.Errorf("admin of beta does not see the keys of beta: %v", keys)
		}
	}
	after := s.state()
	before["/v1/keys"], after["/v1/keys"] = "", "" // the keys of this test
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}

// TestTenantsInEvents sends the same event to two registries: each has its own.
func TestTenantsInEvents(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.registry("alpha")
	s.registry("beta")
	s.trigger("alpha", "same", "http://127.0.0.1:1/same")
	s.trigger("beta", "same", "http://127.0.0.1:1/same")
	a := s.push("alpha", "public/nginx", "v1")
	b := s.push("beta", "public/nginx", "v1")
	if len(a) != 1 || len(b) != 1 || a[0] == b[0] {
		t.Fatalf("deliveries %q and %q, want one each and not the same", a, b)
	}
	s.do("GET", "/v1/deliveries/alpha/"+string(b[0]), nil).want(http.StatusNotFound)
	for registry, host := range map[string]string{"alpha": "alpha.example.com/", "beta": "beta.example.com/"} {
		for _, id := range map[string][]shipbell.DeliveryID{"alpha": a, "beta": b}[registry] {
			if body := s.delivery(registry, id).Request.Body; !strings.Contains(body, host) {
				t.Errorf("the body of %s's delivery is not about %s: %s", registry, host, body)
			}
		}
	}
}
