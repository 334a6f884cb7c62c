package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// TestLabels lists triggers by their labels, page by page, and sends labels that are
// none.
func TestLabels(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	const at = "/v1/triggers/default"
	create := func(name string, labels object) answer {
		return s.do("POST", at, object{"name": name, "actions": []string{"pushImage"}, "targets": []object{{"url": someURL}}, "labels": labels})
	}
	create("a", object{"team": "one", "env": "prod"}).want(http.StatusCreated)
	create("b", object{"team": "one"}).want(http.StatusCreated)
	create("c", object{"team": "One", "env": "prod", "a=b": "c=d"}).want(http.StatusCreated)
	create("d", nil).want(http.StatusCreated)
	for query, want := range map[string][]string{
		"label=team%3Done": {"a", "b"}, "label=team%3DOne": {"c"}, "label=team%3Done&label=env%3Dprod": {"a"}, "label=env%3Dprod": {"a", "c"},
		"label=env%3Dtest": {}, "": {"a", "b", "c", "d"},
	} {
		names := []string{}
		for cursor := ""; ; {
			page := decode[apiv1.Triggers](s.do("GET", at+"?limit=1&cursor="+url.QueryEscape(cursor)+"&"+query, nil).want(http.StatusOK))
			for _, one := range page.Triggers {
				names = append(names, one.Name)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
	s.do("GET", at+"?label=team", nil).wantFields("label")

	create("reserved", object{"project": "x"}).wantFields("labels")
	create("longest", object{strings.Repeat("键", 127): strings.Repeat("v", 255)}).want(http.StatusCreated)
}

func TestNamesOfTriggers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.registry("other")
	settings := func(name string) object {
		return object{"name": name, "actions": []string{"pushImage"}, "targets": []object{{"url": someURL}}}
	}
	taken := func(a answer) {
		t.Helper()
		if names := fields(decode[apiv1.Problem](a.want(http.StatusConflict))); !cmp.Equal(names, []string{"name"}) {
			t.Errorf("%v names %q, want the name", a, names)
		}
	}
	first := s.trigger("default", "first", someURL)
	second := s.trigger("default", "second", someURL)
	taken(s.do("POST", "/v1/triggers/default", settings("first")))
	taken(s.do("PUT", second, settings("first")))
	taken(s.do("PATCH", second, object{"name": "first"}))
	s.trigger("other", "first", someURL) // names are unique in each registry
	s.do("PATCH", first, object{"name": "first", "description": "its own name is not taken"}).want(http.StatusOK)

	s.do("PATCH", first, object{"name": "renamed"}).want(http.StatusOK)
	s.do("PATCH", second, object{"name": "first"}).want(http.StatusOK)
	taken(s.do("POST", "/v1/triggers/default", settings("renamed")))
	s.do("DELETE", first, nil).want(http.StatusNoContent)
	s.do("POST", "/v1/triggers/default", settings("renamed")).want(http.StatusCreated)
}

func TestNumbersOfTriggers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.registry("other")
	given := map[string]bool{}
	next := func(registry string) string {
		t.Helper()
		at := s.trigger(registry, "again", someURL)
		if given[at] {
			t.Errorf("the number of %s is given twice", at)
		}
		given[at] = true
		return at
	}
	for range 3 {
		s.do("DELETE", next("default"), nil).want(http.StatusNoContent)
	}
	if at := next("other"); at != "/v1/triggers/other/1" {
		t.Errorf("the first trigger of another registry is %s", at)
	} else {
		s.do("DELETE", at, nil).want(http.StatusNoContent)
	}
	s.do("DELETE", "/v1/registries/default", nil).want(http.StatusNoContent)
	s.do("GET", "/v1/triggers/default", nil).want(http.StatusNotFound)
	s.do("PUT", "/v1/registries/default", object{"host": "reg.example.com"}).want(http.StatusCreated)
	if list := decode[apiv1.Triggers](s.do("GET", "/v1/triggers/default", nil).want(http.StatusOK)); len(list.Triggers) != 0 {
		t.Errorf("a new registry has the triggers %v", list.Triggers)
	}
	next("default")
}

func TestPagesOfTriggers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.registry("other")
	var want []string
	for i := range 7 {
		name := fmt.Sprintf("trigger-%d", i)
		s.trigger("default", name, someURL)
		want = append(want, name)
	}
	s.do("DELETE", "/v1/triggers/default/3", nil).want(http.StatusNoContent)
	want = append(want[:2], want[3:]...)
	for _, limit := range []int{1, 2, 3, 6, 7, 100} {
		var got []string
		cursor := ""
		for range 20 {
			page := decode[apiv1.Triggers](s.do("GET", fmt.Sprintf("/v1/triggers/default?limit=%d&cursor=%s", limit, url.QueryEscape(cursor)), nil).want(http.StatusOK))
			if len(page.Triggers) > limit {
				t.Fatalf("a page of at most %d has %d", limit, len(page.Triggers))
			}
			for _, one := range page.Triggers {
				got = append(got, one.Name)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
			s.do("GET", "/v1/triggers/other?cursor="+url.QueryEscape(cursor), nil).want(http.StatusBadRequest)
			s.do("GET", "/v1/deliveries/default?cursor="+url.QueryEscape(cursor), nil).want(http.StatusBadRequest)
			s.do("GET", "/v1/triggers/default?cursor="+url.QueryEscape(cursor[:len(cursor)-1]), nil).want(http.StatusBadRequest)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
}
