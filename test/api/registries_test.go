package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func TestRegistryLife(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	const at = "/v1/registries/fresh"
	want := object{"id": "fresh", "host": "reg.example.com", "public": false, "accessories": false, "chart_repositories": "", "only_changed": false, "merge_window": 0.0, "keep_unmatched": false, "secret": "", "sns_topics": []any{}, "google": nil}
	check := func(step string, got answer, status int) apiv1.Registry {
		t.Helper()
		if diff := cmp.Diff(want, plain(got.want(status))); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", step, diff)
		}
		read := s.do("GET", at, nil).want(http.StatusOK)
		if diff := cmp.Diff(want, plain(read)); diff != "" {
			t.Fatalf("read after: %s (-want +got):\n%s", step, diff)
		}
		return decode[apiv1.Registry](read)
	}
	s.do("GET", at, nil).want(http.StatusNotFound)
	first := check("create", s.do("PUT", at, object{"host": "reg.example.com"}), http.StatusCreated)
	check("the same again", s.do("PUT", at, object{"host": "reg.example.com"}), http.StatusOK)
	want["host"], want["public"], want["accessories"] = "reg.example.com:5000/team", true, true
	check("change", s.do("PUT", at, object{"host": "reg.example.com:5000/team", "public": true, "accessories": true}), http.StatusOK)
	want["chart_repositories"], want["only_changed"], want["merge_window"], want["keep_unmatched"] = "charts/**", true, 60.0, true
	want["google"] = object{"audience": "shipbell", "email": "push@acme.iam.gserviceaccount.com"}
	check("change the rest", s.do("PUT", at, object{
		"host": "reg.example.com:5000/team", "public": true, "accessories": true, "chart_repositories": "charts/**", "only_changed": true, "merge_window": 60, "keep_unmatched": true,
		"google": want["google"],
	}), http.StatusOK)
	check("put back what was read", s.do("PUT", at, s.do("GET", at, nil).body), http.StatusOK)
	want["host"], want["public"], want["accessories"] = "reg.example.com", false, false
	want["chart_repositories"], want["only_changed"], want["merge_window"], want["keep_unmatched"], want["google"] = "", false, 0.0, false, nil
	last := check("put takes the defaults for what is left out", s.do("PUT", at, object{"host": "reg.example.com"}), http.StatusOK)
	if !first.CreatedAt.Equal(last.CreatedAt) || !last.UpdatedAt.After(first.UpdatedAt) {
		t.Errorf("times are %v and %v, at first %v and %v", last.CreatedAt, last.UpdatedAt, first.CreatedAt, first.UpdatedAt)
	}

	trigger := s.trigger("fresh", "first", someURL)
	s.do("DELETE", at, nil).want(http.StatusConflict)
	check("refused to delete", s.do("GET", at, nil), http.StatusOK)
	s.do("DELETE", trigger, nil).want(http.StatusNoContent)
	s.do("DELETE", at, nil).want(http.StatusNoContent)
	for _, method := range []string{"GET", "DELETE"} {
		s.do(method, at, nil).want(http.StatusNotFound)
	}
	s.do("POST", "/v1/events/fresh", pushed("a/b", "c")).want(http.StatusNotFound)
	again := decode[apiv1.Registries](s.do("GET", "/v1/registries", nil).want(http.StatusOK))
	if len(again.Registries) != 1 || again.Registries[0].ID != "default" {
		t.Errorf("the registries are %v after one was deleted", again.Registries)
	}
}

// TestSettingsOfRegistry proves that what events become follows the registry's
// settings at once.
func TestSettingsOfRegistry(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for _, test := range []struct {
		settings  object
		kind, url string
	}{
		{object{"host": "a.example.com"}, "private", "a.example.com/public/nginx:v1"},
		{object{"host": "b.example.com:5000/team", "public": true}, "public", "b.example.com:5000/team/public/nginx:v1"},
	} {
		s.do("PUT", "/v1/registries/default", test.settings).want(http.StatusOK)
		got := decode[apiv1.MatchAnswer](
			s.do("POST", "/v1/match/default", object{"action": "pushImage", "repository": "public/nginx", "tag": "v1"}).want(http.StatusOK),
		).Events[0].Event
		if got.Repository.Type != test.kind || got.Resources[0].URL != test.url {
			t.Errorf("with %v an event is %+v, want %s and %s", test.settings, got, test.kind, test.url)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	list := func(c client) map[string]apiv1.AccessKey {
		t.Helper()
		all := map[string]apiv1.AccessKey{}
		for _, k := range decode[apiv1.AccessKeys](c.do("GET", "/v1/keys", nil).want(http.StatusOK)).Keys {
			if k.Secret != "" {
				t.Errorf("the list shows the secret of %s", k.ID)
			}
			all[k.ID] = k
		}
		return all
	}
	create := func(c client, settings object) apiv1.AccessKey {
		t.Helper()
		made := decode[apiv1.AccessKey](c.do("POST", "/v1/keys", settings).want(http.StatusCreated))
		shown := made
		shown.Secret = ""
		if diff := cmp.Diff(shown, list(c)[made.ID]); diff != "" {
			t.Errorf("the list shows the new key (-made +shown):\n%s", diff)
		}
		return made
	}
	one := create(s.client, object{"role": "viewer"})
	two := create(s.client, object{"role": "viewer"})
	if one.ID == two.ID || one.Secret == two.Secret || len(one.Secret) < 43 || len(one.Registries) != 0 {
		t.Errorf("keys are %+v and %+v", one, two)
	}
	token := func(k apiv1.AccessKey) string { return k.ID + ":" + k.Secret }
	s.as(token(one)).do("GET", "/v1/triggers/default", nil).want(http.StatusOK)

	s.do("DELETE", "/v1/keys/"+one.ID, nil).want(http.StatusNoContent)
	s.do("DELETE", "/v1/keys/"+one.ID, nil).want(http.StatusNotFound)
	s.as(token(one)).do("GET", "/v1/triggers/default", nil).want(http.StatusUnauthorized)
	s.as(token(two)).do("GET", "/v1/triggers/default", nil).want(http.StatusOK)

	ofTwo := object{"role": "admin", "registries": []string{"default", "other"}, "description": "of two"}
	s.do("POST", "/v1/keys", ofTwo).want(http.StatusUnprocessableEntity)
	s.do("PUT", "/v1/registries/other", object{"host": "other.example.com"}).want(http.StatusCreated)
	admin := create(s.client, ofTwo)
	a := s.as(token(admin))
	a.do("DELETE", "/v1/keys/"+admin.ID, nil).want(http.StatusConflict)
	a.do("GET", "/v1/triggers/default", nil).want(http.StatusOK)
	a.do("DELETE", "/v1/keys/"+two.ID, nil).want(http.StatusNotFound) // one for all registries is not its own
	limited := create(a, object{"role": "ingest", "registries": []string{"other"}})
	if got := list(a); len(got) != 2 {
		t.Errorf("a limited admin sees the keys %v, want itself and the one it made", got)
	}
	s.as(token(limited)).do("POST", "/v1/events/default", "").want(http.StatusNotFound)
	s.as(token(limited)).do("POST", "/v1/events/default?key="+token(limited), "").want(http.StatusNotFound)
	a.do("DELETE", "/v1/keys/"+limited.ID, nil).want(http.StatusNoContent)
	s.do("DELETE", "/v1/keys/"+admin.ID, nil).want(http.StatusNoContent)
	a.do("GET", "/v1/triggers/default", nil).want(http.StatusUnauthorized)
}
