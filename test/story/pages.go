package story

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// visitor is somebody at the console, with a browser that runs no script.
type visitor struct {
	t       testing.TB
	base    string
	client  *http.Client
	cookies map[string]*http.Cookie
}

// Pages uses the console: it signs in, makes a trigger, tests it, sees a delivery of
// event come to its end, and deletes the trigger. Deliveries must be under way. event
// is a push in the namespace "public".
func Pages(t testing.TB, srv *server.Server, event any) {
	t.Helper()
	v := &visitor{t: t, base: srv.URL(), cookies: map[string]*http.Cookie{}, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(v.client.CloseIdleConnections)
	to := sink.Start(t)
	const list = "/console/r/default/triggers"

	v.leads("/console", nil, "/console/home")
	v.leads(list, nil, "/console/login?next="+url.QueryEscape(list))
	v.shows("/console/login", url.Values{"key": {srv.Key() + "x"}}, http.StatusUnauthorized, "This is no access key")
	v.leads("/console/login", url.Values{"key": {srv.Key()}, "next": {list}}, list)
	page := v.shows(list, nil, http.StatusOK, "No triggers yet")
	for _, found := range regexp.MustCompile(`"(/console/assets/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		v.shows(found[1], nil, http.StatusOK, "")
	}

	at := v.leads(list, url.Values{
		"do": {"save"}, "name": {"by-form"}, "enabled": {"true"}, "actions": {"pushImage"}, "rule.namespace": {"public"}, "rule.dialect": {"tcr"},
		"targets[0].url": {to.URL() + "/pages"}, "targets[0].format": {"tcr"}, "targets[0].headers[0].key": {"X-Own"}, "targets[0].headers[0].value": {"über"},
	}, "")
	at, made, _ := strings.Cut(at, "?")
	if made != "done=created" {
		t.Fatalf("the form leads to %s?%s", at, made)
	}
	v.shows(at, nil, http.StatusOK, `value="by-form"`)
	v.shows(at+"/test", url.Values{}, http.StatusOK, "Succeeded")
	srv.Accept(event)
	received := to.Wait(t, 2, time.Minute)
	if header := received[1].Header.Get("X-Own"); header != "über" {
		t.Errorf("the header is %q", header)
	}
	srv.WaitFor(client.DeliveryQuery{}, server.AllEnded, time.Minute)
	v.shows(list, nil, http.StatusOK, "Succeeded")
	v.leads(at+"/enabled", url.Values{"enabled": {"false"}, "next": {list}}, list)
	v.shows(list, nil, http.StatusOK, `aria-checked="false"`)
	v.leads(at+"/delete", url.Values{"version": {"2"}}, list+"?done=deleted")
	v.leads("/console/logout", url.Values{}, "/console/login")
	v.leads(list, nil, "/console/login?next="+url.QueryEscape(list))
}

// do asks for a page, or sends a form if there is one.
func (v *visitor) do(path string, form url.Values) (*http.Response, string) {
	v.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.base)
	}
	for _, cookie := range v.cookies {
		r.AddCookie(cookie)
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if answer.Header.Get("Content-Security-Policy") == "" {
		v.t.Errorf("%s %s has no policy", method, path)
	}
	// Cookies of a cloud are for TLS alone, which is not spoken here.
	for _, cookie := range answer.Cookies() {
		v.cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(v.cookies, cookie.Name)
		}
	}
	return answer, string(text)
}

func (v *visitor) shows(path string, form url.Values, status int, text string) string {
	v.t.Helper()
	answer, page := v.do(path, form)
	if answer.StatusCode != status || !strings.Contains(page, text) {
		v.t.Fatalf("%s: status %d, want %d and %q in the page: %s", path, answer.StatusCode, status, text, page)
	}
	return page
}

// leads checks where the answer leads to, anywhere if that is "".
func (v *visitor) leads(path string, form url.Values, to string) string {
	v.t.Helper()
	answer, page := v.do(path, form)
	at := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || to != "" && at != to {
		v.t.Fatalf("%s: status %d to %q, want %d to %q: %s", path, answer.StatusCode, at, http.StatusSeeOther, to, page)
	}
	return at
}
