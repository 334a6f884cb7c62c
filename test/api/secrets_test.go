package api_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

// The marks that stand where secrets are, so that they can be searched for.
const (
	headerMark = "mark-of-a-header-value"
	queryMark  = "mark-of-a-query-value"
	rawSigning = "mark-of-a-signing-secret-of-40-bytes-000"
	numberMark = "7305820917364455"
	tokenMark  = "mark-of-a-token"
	formerMark = "mark-of-a-former-secret-of-40-bytes-0000"
)

// secretsUser drives a service with marks in all places where secrets are.
type secretsUser struct {
	*process
	t                     *testing.T
	viewer, ingest, other string
	keySecrets            map[string]string // by the id of the key
	echo                  *sink.Sink
	signing               string
}

// TestSecrets drives every operation, and every way to fail, with marks in the
// place of secrets. Then it searches all that the service said, logged and stored.
func TestSecrets(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "--allow-targets=127.0.0.0/8", "--retry-waits=50ms", "--attempt-timeout=5s")
	u := &secretsUser{
		process: p, t: t, keySecrets: map[string]string{}, echo: sink.Start(t),
		signing: "whsec_" + base64.StdEncoding.EncodeToString([]byte(rawSigning)),
	}
	// Targets that send back all that they got are common.
	u.echo.Respond(func(n int, r *sink.Received) (int, http.Header, string) {
		status := http.StatusOK
		if strings.HasPrefix(r.URI, "/fail") {
			status = http.StatusInternalServerError
		}
		return status, http.Header{"Location": {r.URI}}, fmt.Sprintf("%s %v %s", r.URI, r.Header, r.Body)
	})
	id, secret, _ := strings.Cut(strings.TrimPrefix(p.auth, "Bearer "), ":")
	u.keySecrets[id] = secret
	u.viewer, u.ingest = u.newKey("viewer"), u.newKey("ingest")
	if _, _, err := p.API.PutRegistry(t.Context(), "elsewhere", apiv1.RegistrySettings{Host: "elsewhere.example.com"}); err != nil {
		t.Fatal(err)
	}
	u.other = u.newKey("viewer", "elsewhere")
	u.writeTriggers()
	u.deliver()
	u.misuseKeys()
	u.everyOperation()
	if code := p.Terminate(); code != 0 {
		t.Errorf("shipbell serve ended with exit code %d", code)
	}
	u.search()
}

func (u *secretsUser) newKey(role string, registries ...string) string {
	key := decode[apiv1.AccessKey](u.do("POST", "/v1/keys", object{"role": role, "registries": registries}).want(http.StatusCreated))
	u.keySecrets[key.ID] = key.Secret
	return key.ID + ":" + key.Secret
}

// target is one with a mark in every place.
func (u *secretsUser) target(url string) object {
	return object{
		"url": url + "?access_token=" + queryMark, "secret": u.signing,
		"headers": []object{{"key": "Authentication", "values": []string{headerMark, headerMark + "-2"}}},
	}
}

func (u *secretsUser) settings(name string, targets ...object) object {
	return object{"name": name, "actions": []string{"pushImage"}, "targets": targets}
}

// writeTriggers makes triggers, rightly and in every wrong way.
func (u *secretsUser) writeTriggers() {
	const at = "/v1/triggers/default"
	u.do("POST", at, u.settings("works", u.target(u.echo.URL()+"/works"))).want(http.StatusCreated)
	u.do("POST", at, u.settings("fails", u.target(u.echo.URL()+"/fail"), u.target("http://127.0.0.1:1/closed"),
		u.target("http://no-such-host.invalid/"), u.target("https://"+strings.TrimPrefix(u.echo.URL(), "http://")+"/no-tls"),
		u.target("http://169.254.169.254/blocked"))).want(http.StatusCreated)
	u.writeSchemes()
	changed := func(change func(object)) object {
		target := u.target(u.echo.URL() + "/other")
		change(target)
		return u.settings("wrong", target)
	}
	for name, body := range map[string]any{
		"taken name":         u.settings("works", u.target(u.echo.URL())),
		"same URL twice":     u.settings("wrong", u.target("https://x/"), u.target("https://x/")),
		"secret is a number": `{"name":"wrong","targets":[{"url":"https://x/","secret":` + numberMark + `}]}`,
		"value is a number":  `{"name":"wrong","targets":[{"headers":[{"key":"a","values":[` + numberMark + `]}]}]}`,
		"cut short":          `{"name":"wrong","targets":[{"secret":"` + u.signing,
		"not JSON":           `{"secret":` + headerMark + `}`,
		"goes on":            `{"name":"wrong"} ` + headerMark,
		"short secret":       changed(func(o object) { o["secret"] = "whsec_" + base64.StdEncoding.EncodeToString([]byte(rawSigning[:20])) }),
		"no secret's form":   changed(func(o object) { o["secret"] = rawSigning }),
		"line break":         changed(func(o object) { o["headers"] = []object{{"key": "A", "values": []string{headerMark + "\r\n"}}} }),
		"reserved header":    changed(func(o object) { o["headers"] = []object{{"key": "Host", "values": []string{headerMark}}} }),
		"long value": changed(func(o object) {
			o["headers"] = []object{{"key": "A", "values": []string{strings.Repeat(headerMark, 1000)}}}
		}),
		"user information": changed(func(o object) { o["url"] = "https://user:" + headerMark + "@x/" }),
		"fragment":         changed(func(o object) { o["url"] = "https://x/?token=" + queryMark + "#a" }),
		"not a URL":        changed(func(o object) { o["url"] = "https://[x/?token=" + queryMark }),
		"space in the URL": changed(func(o object) { o["url"] = "https://x/?token=" + queryMark + " " }),
		"template":         changed(func(o object) { o["template"] = headerMark }),
	} {
		for _, path := range []string{at, at + "/1"} {
			method := map[bool]string{true: "POST", false: "PUT"}[path == at]
			if a := u.do(method, path, body); a.status < 400 && name != "taken name" {
				u.t.Errorf("%s is taken: %v", name, a)
			}
		}
	}
	read := decode[object](u.do("GET", at+"/1", nil).want(http.StatusOK))
	targets := read["targets"].([]any)
	target := targets[0].(object)
	if target["secret"] != shipbell.Mask {
		u.t.Fatalf("the secret of %v is not masked", target)
	}
	u.do("PUT", at+"/1", read).want(http.StatusOK)
	target["url"] = "https://elsewhere.example.com/?access_token=" + queryMark
	u.do("PUT", at+"/1", read).wantFields("targets[0].secret", "targets[0].headers[0].values[0]", "targets[0].headers[0].values[1]")
	u.with("If-Match", "99").do("PATCH", at+"/1", object{"targets": []object{u.target("https://x/")}}).want(http.StatusPreconditionFailed)
}

// writeSchemes makes a trigger whose targets use their secrets in other ways, and replaces a
// secret.
func (u *secretsUser) writeSchemes() {
	with := func(path, secret string, auth object) object {
		return object{"url": u.echo.URL() + path, "secret": secret, "auth": auth}
	}
	former := "whsec_" + base64.StdEncoding.EncodeToString([]byte(formerMark))
	targets := []object{
		with("/former", former, object{}),
		with("/token", tokenMark, object{"scheme": "token", "header": "X-Token", "prefix": "Bearer "}),
		with("/dingtalk", tokenMark, object{"scheme": "dingtalk"}), with("/feishu", tokenMark, object{"scheme": "feishu"}),
		with("/hmac", tokenMark, object{"scheme": "hmac", "header": "X-Signature"}),
	}
	u.do("POST", "/v1/triggers/default", u.settings("schemes", targets...)).want(http.StatusCreated)
	targets[0]["secret"] = u.signing
	u.do("PATCH", "/v1/triggers/default/3", object{"targets": targets}).want(http.StatusOK)
	u.do("POST", "/v1/triggers/default/3/test", nil).want(http.StatusOK)
	wrong := with("/wrong", tokenMark, object{"scheme": "token", "header": "X-Token"})
	wrong["headers"] = []object{{"key": "x-token", "values": []string{headerMark}}}
	u.do("POST", "/v1/triggers/default", u.settings("wrong", wrong)).wantFields("targets[0].headers[0].key")
	u.do("DELETE", "/v1/triggers/default/3", nil).want(http.StatusNoContent)
}

// deliver lets deliveries succeed, fail and be sent again, and looks at all of
// them as everybody may.
func (u *secretsUser) deliver() {
	u.do("POST", "/v1/events/default", pushed("public/nginx", "v1")).want(http.StatusAccepted)
	u.do("POST", "/v1/triggers/default/1/test", nil).want(http.StatusOK)
	u.do("POST", "/v1/triggers/default/2/test", nil).want(http.StatusOK)
	ended := func() {
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			list := decode[apiv1.Deliveries](u.do("GET", "/v1/deliveries/default?status=pending", nil).want(http.StatusOK))
			if len(list.Deliveries) == 0 {
				return
			}
			if time.Now().After(end) {
				u.t.Fatalf("deliveries still wait: %+v", list.Deliveries)
			}
		}
	}
	ended()
	u.do("POST", "/v1/deliveries/default/redeliver", object{"status": "failed"}).want(http.StatusAccepted)
	list := decode[apiv1.Deliveries](u.do("GET", "/v1/deliveries/default", nil).want(http.StatusOK))
	if len(list.Deliveries) != 6 {
		u.t.Fatalf("there are %d deliveries, want 6", len(list.Deliveries))
	}
	for _, d := range list.Deliveries {
		u.do("POST", deliveriesAt+"/"+string(d.ID)+"/redeliver", nil)
	}
	ended()
	for _, key := range []string{strings.TrimPrefix(u.auth, "Bearer "), u.viewer} {
		as := u.as(key)
		as.do("GET", "/v1/deliveries/default", nil).want(http.StatusOK)
		for _, d := range list.Deliveries {
			as.do("GET", deliveriesAt+"/"+string(d.ID), nil).want(http.StatusOK)
			as.do("POST", deliveriesAt+"/"+string(d.ID)+"/redeliver", nil)
		}
	}
	ended()
	got := slices.DeleteFunc(u.echo.Requests(), func(r *sink.Received) bool { return !strings.Contains(r.URI, queryMark) })
	if len(got) == 0 || got[0].Header.Get("Authentication") != headerMark || got[0].Header.Get("webhook-signature") == "" {
		u.t.Fatalf("the target did not get what is secret: %v", got)
	}
}

// misuseKeys shows access keys in every wrong way and place.
func (u *secretsUser) misuseKeys() {
	event := pushed("public/nginx", "v2")
	none := u.as("")
	for _, key := range []string{u.viewer, u.ingest, u.other, strings.TrimPrefix(u.auth, "Bearer ")} {
		query := "?key=" + url.QueryEscape(key)
		for _, target := range []string{
			"/v1/events/default" + query, "/v1/events/absent" + query, "/v1/events/default" + query + "&source=nothing",
			"/v1/events/default" + query + "x", "/v1/triggers/default" + query, "/v1/nothing" + query, "/healthz" + query, "/readyz" + query,
		} {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				none.do(method, target, event)
				none.do(method, target, "{")
			}
		}
		for _, header := range []string{"Bearer " + key + "x", "Basic " + key, "Digest " + key, key} {
			wrong := none
			wrong.auth = header
			wrong.do("GET", "/v1/triggers/default", nil).want(http.StatusUnauthorized)
		}
		// What net/http refuses by itself.
		for _, request := range []string{
			"GET /v1/triggers/default" + query + " HTTP/9.9\r\nHost: a\r\n\r\n",
			"GET /v1/triggers/default" + query + " HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer " + key + "\r\n\r\n",
			"POST /v1/events/default" + query + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + key + "\r\nContent-Length: -1\r\n\r\n",
			"GET /%zz" + query + " HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /v1/triggers/default" + query + " HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n",
		} {
			u.raw(request)
		}
	}
}

// raw sends bytes and keeps what comes back.
func (u *secretsUser) raw(request string) {
	connection, err := net.Dial("tcp", strings.TrimPrefix(u.base, "http://"))
	if err != nil {
		u.t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		u.t.Fatal(err)
	}
	// The service may have refused before it has read everything.
	_, _ = io.WriteString(connection, request)
	body, _ := io.ReadAll(connection)
	method, _, _ := strings.Cut(request, " ")
	u.seen.answers = append(u.seen.answers, answer{t: u.t, method: method, target: "(raw)", body: body})
}

// everyOperation asks for each operation of the file as everybody, with its
// example and with a body that cannot be read.
func (u *secretsUser) everyOperation() {
	list := decode[apiv1.Deliveries](u.do("GET", "/v1/deliveries/default?limit=1", nil).want(http.StatusOK))
	at := subjects{registry: "default", trigger: "2", delivery: string(list.Deliveries[0].ID)}
	operations := slices.Clone(loaded(u.t).operations)
	// Reading comes before deleting.
	slices.SortStableFunc(operations, func(a, b operation) int {
		return strings.Compare(strings.Replace(a.Method, "DELETE", "Z", 1), strings.Replace(b.Method, "DELETE", "Z", 1))
	})
	for _, o := range operations {
		media, body := o.body(u.t)
		ingestID, _, _ := strings.Cut(u.ingest, ":")
		for _, key := range []string{"", u.other, u.viewer, u.ingest, strings.TrimPrefix(u.auth, "Bearer ")} {
			as := u.as(key).with("Content-Type", media)
			as.do(o.Method, at.target(o, ingestID), "{"+headerMark)
			if o.OperationID != "createKey" {
				as.do(o.Method, at.target(o, ingestID), body)
			}
		}
	}
}

// search looks for the marks in everything that the service said, logged and
// stored.
func (u *secretsUser) search() {
	admin := u.auth
	searched := map[string]bool{}
	for _, a := range u.seen.answers {
		said := fmt.Sprint(a.header, string(a.body))
		for _, mark := range u.found(said) {
			isKey := strings.HasPrefix(mark, "key ")
			switch {
			case isKey && a.method == "POST" && a.target == "/v1/keys" && a.status == http.StatusCreated:
				searched["key"] = true
			case mark == "query" && a.auth == admin && a.status < 300:
				searched["query"] = true
			default:
				u.t.Errorf("the %s is in the answer %v", mark, a)
			}
		}
	}
	if !searched["key"] || !searched["query"] {
		u.t.Errorf("the search does not find what is there: %v", searched)
	}
	log := u.Log()
	for _, mark := range u.found(log) {
		u.t.Errorf("the %s is in the log", mark)
	}
	for _, line := range []string{"msg=request", "msg=attempt"} {
		if !strings.Contains(log, line) {
			u.t.Errorf("the log has no %q:\n%.2000s", line, log)
		}
	}
	var stored []byte
	for _, name := range []string{"shipbell.db", "shipbell.db-wal"} {
		data, err := os.ReadFile(filepath.Join(u.Data(), name))
		if err != nil && !os.IsNotExist(err) {
			u.t.Fatal(err)
		}
		stored = append(stored, data...)
	}
	// The address of a target is kept as it is: its headers and secrets are sealed.
	if marks := u.found(string(stored)); !slices.Equal(marks, []string{"query"}) {
		u.t.Errorf("in clear in the store are %q, want the query alone", marks)
	}
}

// found names the marks in a text.
func (u *secretsUser) found(text string) []string {
	marks := map[string]string{
		"header": headerMark, "query": queryMark, "signing secret": strings.TrimPrefix(u.signing, "whsec_"),
		"signing secret in clear": rawSigning[:20], "number": numberMark,
		"token": tokenMark, "former secret": formerMark[:20], "former secret in base64": base64.StdEncoding.EncodeToString([]byte(formerMark)),
	}
	for id, secret := range u.keySecrets {
		marks["key "+id] = secret
		marks["key "+id+" in base64"] = base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
	}
	var found []string
	for name, mark := range marks {
		for _, form := range []string{mark, url.QueryEscape(mark), base64.StdEncoding.EncodeToString([]byte(mark))} {
			if strings.Contains(text, form) {
				found = append(found, name)
				break
			}
		}
	}
	return found
}
