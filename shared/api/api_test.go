package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// keys has a key of each role; its secret is its id.
type keys struct{}

func (keys) AccessKey(_ context.Context, id string) (shipbell.AccessKey, error) {
	key := shipbell.AccessKey{ID: id, Secret: shipbell.NewSecret(id)}
	switch id {
	case "admin", "viewer", "ingest":
		key.Role = shipbell.Role(id)
	case "limited":
		key.Role, key.Registries = shipbell.RoleAdmin, []string{"other"}
	case "gone":
		return key, shipbell.Wrap(shipbell.Unavailable, errors.New("dial 10.0.0.1: disk gone"), text.StoreUnavailable)
	default:
		return shipbell.AccessKey{}, shipbell.NewError(shipbell.NotFound, text.KeyUnknown, id)
	}
	return key, nil
}

// line is a line of the log.
type line map[string]any

// logged collects the lines of a log.
type logged struct{ bytes.Buffer }

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

func (l *logged) lines(t *testing.T) []line {
	t.Helper()
	var lines []line
	for text := range strings.Lines(l.String()) {
		var one line
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, one)
	}
	return lines
}

// router makes a handler of routes whose clock goes on by 7 ms at every look.
func router(log *logged, routes ...api.Route) http.Handler {
	now := time.Unix(1589106605, 0)
	d := &api.Router{Keys: keys{}, Logger: log.logger(), Now: func() time.Time {
		now = now.Add(7 * time.Millisecond)
		return now
	}}
	return d.Handler(routes)
}

// ask makes a request as a key, "" being none.
func ask(h http.Handler, key, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key+":"+key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRouter(t *testing.T) {
	t.Parallel()
	answer := func(*api.Request) (api.Answer, error) {
		return api.Answer{Status: http.StatusAccepted, Body: map[string]string{"said": "<yes>"}}, nil
	}
	routes := []api.Route{
		{Pattern: "GET /any", Role: api.AnyRole, Handle: answer},
		{Pattern: "GET /view/{registry}", Role: shipbell.RoleViewer, Handle: answer},
		{Pattern: "POST /send/{registry}", Role: shipbell.RoleIngest, KeyInQuery: true, AnyQuery: true, Handle: answer},
		{Pattern: "DELETE /view/{registry}", Role: shipbell.RoleAdmin, Handle: func(*api.Request) (api.Answer, error) {
			return api.Answer{Status: http.StatusNoContent}, nil
		}},
	}
	for _, test := range []struct {
		key, method, target string
		status              int
		body                string
	}{
		{"viewer", "GET", "/any", 202, `{"said":"\u003cyes\u003e"}`},
		{"ingest", "GET", "/any", 202, `{"said":"\u003cyes\u003e"}`},
		{"", "GET", "/any", 401, `{"title":"Unauthorized","status":401,"code":"key-required","detail":"a valid access key is needed: Authorization: Bearer ID:SECRET, or Basic"}`},
		{"nobody", "GET", "/any", 401, `{"title":"Unauthorized","status":401,"code":"key-required","detail":"a valid access key is needed: Authorization: Bearer ID:SECRET, or Basic"}`},
		{"gone", "GET", "/any", 503, `{"title":"Service Unavailable","status":503,"code":"store-unavailable","detail":"the store cannot answer now: try again"}`},
		{"viewer", "GET", "/view/default", 202, `{"said":"\u003cyes\u003e"}`},
		{"ingest", "GET", "/view/default", 403, `{"title":"Forbidden","status":403,"code":"key-role-insufficient","detail":"access key \"ingest\" has the role ingest; this needs viewer"}`},
		{"limited", "GET", "/view/default", 404, `{"title":"Not Found","status":404,"code":"registry-unknown","detail":"there is no registry \"default\""}`},
		{"limited", "GET", "/view/other", 202, `{"said":"\u003cyes\u003e"}`},
		{"viewer", "DELETE", "/view/default", 403, `{"title":"Forbidden","status":403,"code":"key-role-insufficient","detail":"access key \"viewer\" has the role viewer; this needs admin"}`},
		{"admin", "DELETE", "/view/default", 204, ""},
		{"", "POST", "/send/default?key=ingest:ingest", 202, `{"said":"\u003cyes\u003e"}`},
		{"", "POST", "/send/default?key=admin:admin", 401, `{"title":"Unauthorized","status":401,"code":"key-required","detail":"a valid access key is needed: Authorization: Bearer ID:SECRET, or Basic"}`},
		{"", "GET", "/view/default?key=ingest:ingest", 401, `{"title":"Unauthorized","status":401,"code":"key-required","detail":"a valid access key is needed: Authorization: Bearer ID:SECRET, or Basic"}`},
		{"", "GET", "/nothing", 404, `{"title":"Not Found","status":404,"code":"path-unknown","detail":"there is nothing at /nothing"}`},
		{"admin", "GET", "/view/", 404, `{"title":"Not Found","status":404,"code":"path-unknown","detail":"there is nothing at /view/"}`},
		{"", "PUT", "/view/default", 405, `{"title":"Method Not Allowed","status":405,"code":"method-not-allowed","detail":"PUT is not allowed here, only GET, HEAD, DELETE"}`},
	} {
		var log logged
		w := ask(router(&log, routes...), test.key, test.method, test.target, "")
		name := fmt.Sprintf("%s %s as %q", test.method, test.target, test.key)
		if got := strings.TrimSpace(w.Body.String()); w.Code != test.status || got != test.body {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, got, test.status, test.body)
		}
		want := http.Header{"Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}
		switch {
		case test.status >= 400:
			want.Set("Content-Type", "application/problem+json")
		case test.body != "":
			want.Set("Content-Type", "application/json")
		}
		switch test.status {
		case http.StatusUnauthorized:
			want.Set("WWW-Authenticate", `Basic realm="shipbell", charset="UTF-8"`)
		case http.StatusMethodNotAllowed:
			want.Set("Allow", "GET, HEAD, DELETE")
		}
		if diff := cmp.Diff(want, w.Header()); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", name, diff)
		}
	}
}

// TestErrors holds every kind of error to its status, and to what it may tell.
func TestErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial 10.0.0.1: secret cause")
	const internal = "an internal error; the log says more"
	for _, test := range []struct {
		err    error
		status int
		detail string
		fields []string
	}{
		{shipbell.NewError(shipbell.Malformed, text.BodyTooLarge, 1), 400, "the request's body is larger than 1 KiB", nil},
		{shipbell.NewError(shipbell.Unauthorised, "m"), 401, "m", nil},
		{shipbell.NewError(shipbell.Forbidden, "m"), 403, "m", nil},
		{shipbell.NewError(shipbell.NotFound, "m"), 404, "m", nil},
		{shipbell.NewError(shipbell.Conflict, "m"), 409, "m", nil},
		{shipbell.NewError(shipbell.Stale, "m"), 412, "m", nil},
		{shipbell.NewError(shipbell.TooLarge, "m"), 413, "m", nil},
		{shipbell.NewError(shipbell.Invalid, "m"), 422, "m", nil},
		{shipbell.InvalidField("a[0].b", "wrong"), 422, "the request is not valid", []string{"a[0].b"}},
		{shipbell.NewError(shipbell.Unavailable, "m"), 503, "m", nil},
		{shipbell.Wrap(shipbell.Unavailable, cause, "m"), 503, "m", nil},
		{fmt.Errorf("get trigger 7: %w", shipbell.NewError(shipbell.Conflict, "m")), 409, "m", nil},
		{errors.Join(shipbell.NewError(shipbell.Conflict, "m"), cause), 409, "m", nil},
		{cause, 500, internal, nil},
		{fmt.Errorf("decode: %w", cause), 500, internal, nil},
		{context.Canceled, 500, internal, nil},
	} {
		var log logged
		h := router(&log, api.Route{Pattern: "GET /", Handle: func(*api.Request) (api.Answer, error) {
			return api.Answer{Status: http.StatusOK, Body: "not to be sent"}, test.err
		}})
		w := ask(h, "viewer", "GET", "/", "")
		var got struct {
			Title, Detail string
			Status        int
			Errors        []apiv1.FieldError
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, f := range got.Errors {
			fields = append(fields, f.Field)
		}
		if w.Code != test.status || got.Status != test.status || got.Title != http.StatusText(test.status) || got.Detail != test.detail || !cmp.Equal(fields, test.fields) {
			t.Errorf("%v: %d %s, want %d %s %q", test.err, w.Code, w.Body, test.status, test.detail, test.fields)
		}
		level := map[bool]string{true: "ERROR", false: "INFO"}[test.status >= 500]
		if lines := log.lines(t); len(lines) != 1 || lines[0]["level"] != level || lines[0]["error"] != test.err.Error() {
			t.Errorf("%v: the log is %v, want one line of level %s with the error", test.err, lines, level)
		}
	}
}

// TestLanguage has a client wish for a language and read the codes beside it.
func TestLanguage(t *testing.T) {
	t.Parallel()
	var log logged
	h := router(&log, api.Route{Pattern: "GET /wrong", Handle: func(*api.Request) (api.Answer, error) {
		return api.Answer{}, shipbell.InvalidField("targets[0].headers[1].key", text.HeaderListedTwice, "X-A")
	}})
	for wish, want := range map[string]string{
		"": `{"title":"Unprocessable Entity","status":422,"code":"request-invalid","detail":"the request is not valid","errors":[` +
			`{"field":"targets[0].headers[1].key","code":"header-listed-twice","args":["X-A"],"message":"X-A is listed twice: give one header several values instead"}]}`,
		"zh-CN,en;q=0.5": `{"title":"Unprocessable Entity","status":422,"code":"request-invalid","detail":"请求内容不正确","errors":[` +
			`{"field":"targets[0].headers[1].key","code":"header-listed-twice","args":["X-A"],"message":"X-A 重复出现，请为同一个 Header 填写多个值"}]}`,
	} {
		r := httptest.NewRequest(http.MethodGet, "/wrong", nil)
		r.Header.Set("Authorization", "Bearer viewer:viewer")
		r.Header.Set("Accept-Language", wish)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("%q: %s, want %s", wish, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/nothing", nil)
	r.Header.Set("Accept-Language", "zh")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); !strings.Contains(w.Body.String(), `"detail":"/nothing 不存在"`) {
		t.Errorf("a path that is not: %s", w.Body)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	var log logged
	h := router(&log,
		api.Route{Pattern: "GET /panics", Handle: func(*api.Request) (api.Answer, error) { panic("told to nobody") }},
		api.Route{Pattern: "GET /works", Handle: func(*api.Request) (api.Answer, error) { return api.Answer{Status: http.StatusOK}, nil }},
	)
	w := ask(h, "viewer", "GET", "/panics", "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "told to nobody") ||
		w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a panic is answered with %d %v %s", w.Code, w.Header(), w.Body)
	}
	lines := log.lines(t)
	if len(lines) != 1 || lines[0]["level"] != "ERROR" || lines[0]["key"] != "viewer" {
		t.Fatalf("the log is %v, want one line of an error", lines)
	}
	for _, part := range []string{"panic: told to nobody", "api_test.go"} {
		if !strings.Contains(lines[0]["error"].(string), part) {
			t.Errorf("the log's error has no %q: %s", part, lines[0]["error"])
		}
	}
	if w := ask(h, "viewer", "GET", "/works", ""); w.Code != http.StatusOK {
		t.Errorf("after a panic another request is answered with %d", w.Code)
	}
}

// TestLog holds the one line of a request to what it must say, and not say.
func TestLog(t *testing.T) {
	t.Parallel()
	var log logged
	h := router(&log, api.Route{Pattern: "POST /send/{registry}", Role: shipbell.RoleIngest, KeyInQuery: true, AnyQuery: true, Handle: func(r *api.Request) (api.Answer, error) {
		r.Log(slog.String("source", "tcr"), slog.Int("events", 2))
		r.Log(slog.String("registry", r.Registry))
		return api.Answer{Status: http.StatusAccepted}, nil
	}})
	ask(h, "", "POST", "/send/default?key=ingest:ingest&a=b", "a body")
	lines := log.lines(t)
	if len(lines) != 1 {
		t.Fatalf("the log is %v, want one line", lines)
	}
	delete(lines[0], "time")
	want := line{
		"level": "INFO", "msg": "request", "route": "POST /send/{registry}", "path": "/send/default", "status": 202.0,
		"duration": float64(7 * time.Millisecond), "key": "ingest", "source": "tcr", "events": 2.0, "registry": "default",
	}
	if diff := cmp.Diff(want, lines[0]); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	ask(h, "", "POST", "/send/default?key=ingest:not-the-secret", "a body")
	if text := log.String(); strings.Contains(text, "not-the-secret") || strings.Contains(text, "a body") {
		t.Errorf("the log shows a key or a body:\n%s", text)
	}
}

// TestSigned has a route find out for itself who asks, and answer errors in its own
// words. The log tells as much as of any other.
func TestSigned(t *testing.T) {
	t.Parallel()
	var log logged
	h := router(&log, api.Route{
		Pattern: "POST /", Signed: true,
		Handle: func(r *api.Request) (api.Answer, error) {
			r.Key = shipbell.AccessKey{ID: "own"}
			switch r.URL.Path {
			case "/panic":
				panic("oops")
			case "/no":
				return api.Answer{Status: http.StatusOK}, shipbell.NewError(shipbell.Forbidden, "not you")
			}
			return api.Answer{Status: http.StatusOK, Body: "yes"}, nil
		},
		Fail: func(r *api.Request, err error) api.Answer {
			r.Log(slog.String("code", "Own"))
			return api.Answer{Status: http.StatusOK, Body: fmt.Sprint("own: ", api.Status(shipbell.KindOf(err)))}
		},
	})
	for _, test := range []struct{ target, body, level string }{
		{"/", `"yes"`, "INFO"}, {"/no", `"own: 403"`, "INFO"}, {"/panic", `"own: 500"`, "ERROR"},
	} {
		w := ask(h, "", "POST", test.target, "")
		if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || got != test.body {
			t.Errorf("%s: %d %s, want 200 %s", test.target, w.Code, got, test.body)
		}
		lines := log.lines(t)
		last := lines[len(lines)-1]
		failed := test.level != "INFO" || test.target == "/no"
		if last["level"] != test.level || last["key"] != "own" || last["status"] != 200.0 || (last["error"] != nil) != failed || (last["code"] == "Own") != failed {
			t.Errorf("%s: the log says %v", test.target, last)
		}
	}
}
