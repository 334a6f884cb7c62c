package access_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// keys are access keys by their ids.
type keys map[string]shipbell.AccessKey

func (k keys) AccessKey(_ context.Context, id string) (shipbell.AccessKey, error) {
	key, found := k[id]
	if !found {
		return shipbell.AccessKey{}, shipbell.NewError(shipbell.NotFound, text.KeyUnknown, id)
	}
	return key, nil
}

// known has a key of each role, with its role as the id and "of "+role as the
// secret, and some that can let nobody in.
func known() keys {
	all := keys{
		"empty":  {ID: "empty", Role: shipbell.RoleAdmin},
		"sealed": {ID: "sealed", Role: shipbell.RoleAdmin, Secret: shipbell.UnopenedSecret("s1.a.b")},
		"colon":  {ID: "colon", Role: shipbell.RoleAdmin, Secret: shipbell.NewSecret("a:b")},
	}
	for _, role := range []shipbell.Role{shipbell.RoleAdmin, shipbell.RoleViewer, shipbell.RoleIngest} {
		all[string(role)] = shipbell.AccessKey{ID: string(role), Role: role, Secret: shipbell.NewSecret("of " + string(role))}
	}
	return all
}

func basic(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, header, query string
		// The ids that are let in where the query may hold a key, and where not.
		fromQuery, fromHeader string
	}{
		{name: "nothing"},
		{name: "bearer", header: "Bearer admin:of admin", fromQuery: "admin", fromHeader: "admin"},
		{name: "bearer in lower case", header: "bearer viewer:of viewer", fromQuery: "viewer", fromHeader: "viewer"},
		{name: "bearer with more spaces", header: "Bearer   viewer:of viewer ", fromQuery: "viewer", fromHeader: "viewer"},
		{name: "bearer of a secret with a colon", header: "Bearer colon:a:b", fromQuery: "colon", fromHeader: "colon"},
		{name: "basic", header: basic("ingest:of ingest"), fromQuery: "ingest", fromHeader: "ingest"},
		{name: "basic in lower case", header: strings.Replace(basic("ingest:of ingest"), "Basic", "basic", 1), fromQuery: "ingest", fromHeader: "ingest"},
		{name: "basic of a secret with a colon", header: basic("colon:a:b"), fromQuery: "colon", fromHeader: "colon"},
		{name: "query", query: "key=ingest:of+ingest", fromQuery: "ingest"},
		{name: "query, escaped", query: "key=ingest%3Aof%20ingest", fromQuery: "ingest"},
		{name: "query of an admin", query: "key=admin:of+admin"},
		{name: "query of a viewer", query: "key=viewer:of+viewer"},
		{name: "query twice, the first counts", query: "key=x&key=ingest:of+ingest"},
		{name: "query with a wrong secret", query: "key=ingest:x"},
		{name: "header before query", header: "Bearer admin:of admin", query: "key=ingest:of+ingest", fromQuery: "admin", fromHeader: "admin"},
		{name: "a bearer token beside the query", header: "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA", query: "key=ingest:of+ingest", fromQuery: "ingest"},
		{name: "a bearer token beside the query of an admin", header: "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA", query: "key=admin:of+admin"},
		{name: "wrong header before query", header: "Bearer admin:x", query: "key=ingest:of+ingest"},
		{name: "another scheme beside the query", header: "Digest a", query: "key=ingest:of+ingest", fromQuery: "ingest"},
		{name: "bearer alone", header: "Bearer"},
		{name: "bearer of nothing", header: "Bearer "},
		{name: "bearer of a colon", header: "Bearer :"},
		{name: "bearer without a colon", header: "Bearer admin"},
		{name: "bearer of base64", header: "Bearer " + base64.StdEncoding.EncodeToString([]byte("admin:of admin"))},
		{name: "basic in clear", header: "Basic admin:of admin"},
		{name: "basic without a colon", header: basic("admin")},
		{name: "another scheme", header: "Token admin:of admin"},
		{name: "no scheme", header: "admin:of admin"},
		{name: "unknown id", header: "Bearer nobody:of admin"},
		{name: "id in capitals", header: "Bearer ADMIN:of admin"},
		{name: "wrong secret", header: "Bearer admin:of viewer"},
		{name: "secret in capitals", header: "Bearer admin:OF ADMIN"},
		{name: "a part of the secret", header: "Bearer admin:of"},
		{name: "more than the secret", header: "Bearer admin:of admin2"},
		{name: "no secret", header: "Bearer admin:"},
		{name: "no secret for a key without one", header: "Bearer empty:"},
		{name: "any secret for a key without one", header: "Bearer empty:x"},
		{name: "sealed form of a secret that does not open", header: "Bearer sealed:s1.a.b"},
		{name: "no secret for one that does not open", header: "Bearer sealed:"},
		{name: "mask", header: "Bearer admin:••••"},
	} {
		for _, fromQuery := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodGet, "/?"+test.query, nil)
			if test.header != "" {
				r.Header.Set("Authorization", test.header)
			}
			want := test.fromHeader
			if fromQuery {
				want = test.fromQuery
			}
			got, err := access.Authenticate(r, known(), fromQuery)
			if got.ID != want {
				t.Errorf("%s, from the query %t: %q is let in, want %q", test.name, fromQuery, got.ID, want)
			}
			if (err == nil) != (want != "") || err != nil && shipbell.KindOf(err) != shipbell.Unauthorised {
				t.Errorf("%s, from the query %t: %v", test.name, fromQuery, err)
			}
		}
	}
}

// unavailable finds no key at all.
type unavailable struct{ err error }

func (u unavailable) AccessKey(context.Context, string) (shipbell.AccessKey, error) {
	return shipbell.AccessKey{}, u.err
}

// TestAuthenticateUnavailable proves that a store that fails is no wrong key.
func TestAuthenticateUnavailable(t *testing.T) {
	t.Parallel()
	gone := shipbell.Wrap(shipbell.Unavailable, errors.New("disk gone"), text.StoreUnavailable)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer admin:of admin")
	if _, err := access.Authenticate(r, unavailable{gone}, false); !errors.Is(err, gone) {
		t.Errorf("the error is %v, want that of the store", err)
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	const admin, viewer, ingest = shipbell.RoleAdmin, shipbell.RoleViewer, shipbell.RoleIngest
	for _, test := range []struct {
		has, needs shipbell.Role
		ok         bool
	}{
		{admin, admin, true}, {admin, viewer, true}, {admin, ingest, true},
		{viewer, admin, false}, {viewer, viewer, true}, {viewer, ingest, false},
		{ingest, admin, false}, {ingest, viewer, false}, {ingest, ingest, true},
		{"", admin, false}, {"", viewer, false}, {"Admin", viewer, false}, {"admin ", ingest, false},
	} {
		err := access.Allow(shipbell.AccessKey{ID: "a", Role: test.has}, test.needs)
		if (err == nil) != test.ok || err != nil && shipbell.KindOf(err) != shipbell.Forbidden {
			t.Errorf("%q where %q is needed: %v, want it allowed: %t", test.has, test.needs, err, test.ok)
		}
	}
}

func TestAllowRegistry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		may      []string
		registry string
		ok       bool
	}{
		{nil, "default", true}, {[]string{}, "default", true}, {nil, "", true},
		{[]string{"default"}, "default", true}, {[]string{"other", "default"}, "default", true},
		{[]string{"other"}, "default", false}, {[]string{"default"}, "Default", false}, {[]string{"default"}, "defaul", false},
		{[]string{"default"}, "default2", false}, {[]string{"default"}, "", false}, {[]string{""}, "default", false},
	} {
		err := access.AllowRegistry(shipbell.AccessKey{Registries: test.may}, test.registry)
		if (err == nil) != test.ok {
			t.Errorf("a key of %q on %q: %v, want it allowed: %t", test.may, test.registry, err, test.ok)
		}
		// It looks like one that is not there.
		if err != nil && err.Error() != shipbell.NoRegistry(test.registry).Error() {
			t.Errorf("a key of %q on %q: %v", test.may, test.registry, err)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		may, other []string
		want       bool
	}{
		{nil, nil, true}, {nil, []string{"a"}, true}, {[]string{}, []string{"a", "b"}, true},
		{[]string{"a"}, []string{"a"}, true}, {[]string{"a", "b"}, []string{"b"}, true}, {[]string{"a", "b"}, []string{"b", "a", "a"}, true},
		{[]string{"a"}, nil, false}, {[]string{"a"}, []string{}, false}, {[]string{"a"}, []string{"b"}, false},
		{[]string{"a"}, []string{"a", "b"}, false}, {[]string{"a"}, []string{"A"}, false}, {[]string{"a"}, []string{""}, false},
	} {
		if got := access.Within(shipbell.AccessKey{Registries: test.may}, test.other); got != test.want {
			t.Errorf("%q within %q: %t, want %t", test.other, test.may, got, test.want)
		}
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		key := access.NewKey(shipbell.RoleViewer, nil, "for a test")
		secret, err := key.Secret.Reveal()
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Validate(); err != nil {
			t.Errorf("a new key is not valid: %v", err)
		}
		random, err := base64.RawURLEncoding.DecodeString(secret)
		if err != nil || len(random) != 32 {
			t.Errorf("the secret has %d bytes, %v", len(random), err)
		}
		if seen[key.ID] || seen[secret] || strings.ContainsAny(key.ID+secret, ": +/=") {
			t.Errorf("the key %s has an id or secret that was there before, or cannot stand in a header", key.ID)
		}
		seen[key.ID], seen[secret] = true, true
		key.ID, key.Secret = "", shipbell.Secret{}
		want := shipbell.AccessKey{Role: shipbell.RoleViewer, Registries: []string{}, Description: "for a test"}
		if diff := cmp.Diff(want, key, cmp.AllowUnexported(shipbell.Secret{})); diff != "" {
			t.Errorf("key (-want +got):\n%s", diff)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	for _, header := range []string{
		"", "Bearer", "Bearer :", "Bearer admin:of admin", "bearer  admin:of admin", basic("admin:of admin"), basic(":"), "Basic !", "Basic YWRtaW4=",
		"Digest admin:of admin", "Bearer admin:••••", "Bearer sealed:s1.a.b", "Bearer empty:", "Bearer \xff:\xfe",
	} {
		f.Add(header, "")
		f.Add(header, "key=ingest:of+ingest")
	}
	f.Add("", "key=%zz")
	f.Add("", "key=admin:of+admin;key=ingest:of+ingest")
	f.Fuzz(func(t *testing.T, header, query string) {
		r := httptest.NewRequest(http.MethodPost, "/v1/events/default", nil)
		r.Header.Set("Authorization", header)
		r.URL.RawQuery = query
		for _, fromQuery := range []bool{true, false} {
			got, err := access.Authenticate(r, known(), fromQuery)
			if err != nil {
				if got.ID != "" || shipbell.KindOf(err) != shipbell.Unauthorised {
					t.Errorf("%q is let in with the error %v", got.ID, err)
				}
				continue
			}
			secret, _ := got.Secret.Reveal()
			decoded, _ := base64.StdEncoding.DecodeString(header[min(len(header), len("Basic ")):])
			shown := strings.Contains(header, got.ID+":"+secret) || string(decoded) == got.ID+":"+secret ||
				fromQuery && got.Role == shipbell.RoleIngest && r.URL.Query().Get("key") == got.ID+":"+secret
			if secret == "" || !shown {
				t.Errorf("%q is let in by %q and %q", got.ID, header, query)
			}
		}
	})
}
