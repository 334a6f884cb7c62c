package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// said is what a function was asked.
type said struct {
	Key      string `json:"key"`
	Registry string `json:"registry"`
	IfMatch  string `json:"if_match"`
	Body     any    `json:"body"`
}

// echo answers with what it was asked, or with the error of the path.
func echo(log *logged) http.Handler {
	door := api.Door{Keys: keys{}, Logger: log.logger(), Now: time.Now}
	return door.Handler([]api.Route{
		{Pattern: "POST /v1/echo/{registry}", Role: shipbell.RoleAdmin, Handle: func(r *api.Request) (api.Answer, error) {
			answer := said{Key: r.Key.ID, Registry: r.Registry, IfMatch: r.Header.Get("If-Match")}
			err := json.NewDecoder(r.Body).Decode(&answer.Body)
			return api.Answer{Status: http.StatusCreated, Body: answer}, err
		}},
		{Pattern: "POST /v1/wrong", Role: shipbell.RoleViewer, Handle: func(*api.Request) (api.Answer, error) {
			return api.Answer{}, shipbell.InvalidField("rule.tag", "is wrong")
		}},
		{Pattern: "POST /v1/broken", Role: shipbell.RoleViewer, Handle: func(*api.Request) (api.Answer, error) {
			return api.Answer{}, errors.New("disk gone")
		}},
		{Pattern: "DELETE /v1/thing", Role: shipbell.RoleAdmin, Handle: func(*api.Request) (api.Answer, error) {
			return api.Answer{Status: http.StatusNoContent}, nil
		}},
	})
}

func TestClient(t *testing.T) {
	t.Parallel()
	admin := shipbell.AccessKey{ID: "vouched", Role: shipbell.RoleAdmin, Registries: []string{"team"}}
	viewer := shipbell.AccessKey{ID: "vouched", Role: shipbell.RoleViewer}
	for name, test := range map[string]struct {
		key          shipbell.AccessKey
		method, path string
		want         said
		err          *shipbell.Error
		logged       int
	}{
		"done":                  {key: admin, method: "POST", path: "/v1/echo/team", want: said{Key: "vouched", Registry: "team", IfMatch: "7", Body: "<é>"}},
		"nothing to read":       {key: admin, method: "DELETE", path: "/v1/thing"},
		"another's registry":    {key: admin, method: "POST", path: "/v1/echo/other", err: &shipbell.Error{Kind: shipbell.NotFound, Message: `there is no registry "other"`}},
		"a role that is short":  {key: viewer, method: "POST", path: "/v1/echo/team", err: &shipbell.Error{Kind: shipbell.Forbidden, Message: `access key "vouched" has the role viewer; this needs admin`}},
		"no key at all":         {method: "POST", path: "/v1/wrong", err: &shipbell.Error{Kind: shipbell.Forbidden, Message: `access key "" has the role ; this needs viewer`}},
		"a wrong field":         {key: viewer, method: "POST", path: "/v1/wrong", err: &shipbell.Error{Kind: shipbell.Invalid, Message: "the request is not valid", Fields: []shipbell.FieldError{{Field: "rule.tag", Message: "is wrong"}}}},
		"an error of our own":   {key: viewer, method: "POST", path: "/v1/broken", err: &shipbell.Error{Message: "an internal error; the log says more"}, logged: 1},
		"a path that is not":    {key: admin, method: "POST", path: "/v1/nothing", err: &shipbell.Error{Kind: shipbell.NotFound, Message: "there is nothing at /v1/nothing"}},
		"a method that is none": {key: admin, method: "PUT", path: "/v1/thing", err: &shipbell.Error{Message: "PUT is not allowed here, only DELETE"}},
	} {
		var log logged
		var got said
		var answer any = &got
		if test.method == "DELETE" {
			answer = nil
		}
		err := api.Client{Functions: echo(&log), Key: test.key}.Do(t.Context(), test.method, test.path, "7", "<é>", answer)
		var problem *shipbell.Error
		if errors.As(err, &problem); (err == nil) != (test.err == nil) || !cmp.Equal(problem, test.err) {
			t.Errorf("%s: error %+v, want %+v", name, err, test.err)
		}
		if !cmp.Equal(got, test.want) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
		if lines := log.lines(t); len(lines) != test.logged {
			t.Errorf("%s: logged %v, want %d lines", name, lines, test.logged)
		}
	}
}

// TestClientBadBody sends what is no JSON and reads into what it does not fit.
func TestClientBadBody(t *testing.T) {
	t.Parallel()
	var log logged
	client := api.Client{Functions: echo(&log), Key: shipbell.AccessKey{Role: shipbell.RoleAdmin}}
	if err := client.Do(t.Context(), "POST", "/v1/echo/team", "", func() {}, nil); err == nil {
		t.Error("a function was encoded")
	}
	if err := client.Do(t.Context(), "POST", "/v1/echo/team", "", "text", new(int)); err == nil {
		t.Error("an object was read as a number")
	}
}

// TestVouchedFromOutside tries to look like a request from within.
func TestVouchedFromOutside(t *testing.T) {
	t.Parallel()
	var log logged
	r := httptest.NewRequest("DELETE", "/v1/thing?key=admin:admin", nil)
	for _, name := range []string{"Key", "X-Key", "KeyInContext", "Cookie"} {
		r.Header.Set(name, "admin:admin")
	}
	w := httptest.NewRecorder()
	echo(&log).ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized || len(log.lines(t)) != 1 {
		t.Errorf("status %d, log %s", w.Code, log.String())
	}
}
