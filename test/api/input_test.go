package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// TestBadInput asks for what cannot be done. Each answer says why, naming the
// field if there is one, and nothing changes.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	at := s.trigger("default", "first", "https://ci.example.com/hook")
	s.trigger("default", "second", "https://ci.example.com/hook")
	s.push("default", "public/nginx", "v1")

	const bad, missing, invalid, large, conflict = http.StatusBadRequest, http.StatusNotFound,
		http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusConflict
	// settings are right but for one field, which is given as JSON.
	settings := func(field, value string) string {
		fields := []string{`"name":"third"`, `"actions":["pushImage"]`, `"targets":[{"url":"https://ci.example.com/"}]`}
		for i := range fields {
			if strings.HasPrefix(fields[i], `"`+field+`":`) {
				fields[i] = `"description":""`
			}
		}
		return "{" + strings.Join(append(fields, `"`+field+`":`+value), ",") + "}"
	}
	target := func(field, value string) string {
		fields := `"url":"https://ci.example.com/",`
		if field == "url" {
			fields = ""
		}
		return settings("targets", "[{"+fields+`"`+field+`":`+value+"}]")
	}
	header := func(key, values string) string {
		return target("headers", `[{"key":`+key+`,"values":`+values+`}]`)
	}
	quote := func(text string) string { return strconv.Quote(text) }
	long := func(n int) string { return quote(strings.Repeat("a", n)) }
	many := func(n int, format string) string {
		var elements []string
		for i := range n {
			elements = append(elements, strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
		}
		return "[" + strings.Join(elements, ",") + "]"
	}
	registry := func(field, value string) string {
		return `{"host":"reg.example.com","` + field + `":` + value + `}`
	}
	padded := func(size int) string { return settings("description", `""`) + strings.Repeat(" ", size) }

	type request struct {
		name, method, target, body string
		status                     int
		fields                     []string
	}
	var requests []request
	add := func(method, target string, status int, name, body string, fields ...string) {
		requests = append(requests, request{name, method, target, body, status, fields})
	}

	// What holds for every operation that reads a JSON body.
	for _, to := range []struct{ method, target, field, wrongType, name string }{
		{"PUT", "/v1/registries/default", "host", `{"host":1}`, "host"},
		{"POST", "/v1/triggers/default", "name", `{"name":[]}`, "name"},
		{"PUT", at, "actions", `{"actions":"pushImage"}`, "actions"},
		{"PATCH", at, "rule", `{"rule":{"tag":{}}}`, "rule.tag"},
		{"POST", "/v1/patterns/test", "names", `{"names":{}}`, "names"},
		{"POST", "/v1/keys", "registries", `{"registries":"default"}`, "registries"},
		{"POST", "/v1/deliveries/default/redeliver", "trigger", `{"trigger":true}`, "trigger"},
		{"POST", "/v1/unmatched/default/replay", "since", `{"since":1}`, "since"},
		{"POST", "/v1/deliveries/default/clear", "tag", `{"tag":1}`, "tag"},
		{"POST", "/v1/deliveries/default/replay", "again", `{"again":1}`, "again"},
	} {
		add(to.method, to.target, bad, "empty", "")
		add(to.method, to.target, bad, "white space", " \n\t")
		add(to.method, to.target, bad, "not JSON", "name=a")
		add(to.method, to.target, bad, "cut short", `{"`+to.field+`":`)
		add(to.method, to.target, bad, "a list", "[]")
		add(to.method, to.target, bad, "a text", `"`+to.field+`"`)
		add(to.method, to.target, bad, "null", "null")
		add(to.method, to.target, bad, "two values", "{}{}")
		add(to.method, to.target, bad, "text after the value", "{} x")
		add(to.method, to.target, bad, "nested too deep", `{"`+to.field+`":`+strings.Repeat("[", 20_000))
		add(to.method, to.target, invalid, "unknown field", `{"surprise":1}`, "surprise")
		add(to.method, to.target, invalid, "wrong type", to.wrongType, to.name)
		add(to.method, to.target, large, "too large", padded(256<<10))
	}

	// Where the registry is not there.
	for _, o := range loaded(t).operations {
		if strings.Contains(o.Path, "{registry}") && o.OperationID != "putRegistry" {
			_, body := o.body(t)
			for _, id := range []string{"absent", "DEFAULT", "default%20", "%00", "%ff", "default%2F", strings.Repeat("a", 2000)} {
				if o.Path == eventsPath && (id == "DEFAULT" || id == "default%2F") {
					continue // a registry may spell its address so
				}
				path := strings.NewReplacer("{registry}", id, "{id}", "1", "{trigger}", "1", "{target}", "1", "{name}", "none").Replace(o.Path)
				add(o.Method, path, missing, "no such registry", string(encode(t, body)))
			}
		}
	}

	// Registries.
	for _, id := range []string{"Default", "-a", ".a", "a%20b", "a%00", "%ff", "ä", strings.Repeat("a", 65)} {
		add("PUT", "/v1/registries/"+id, invalid, "bad id", `{"host":"reg.example.com"}`, "id")
	}
	for _, host := range []string{"", "https://reg.example.com", "reg example.com", "user@reg.example.com", "reg.example.com:", "reg.example.com:0", "reg.example.com:65536", "reg.example.com/a//b", "reg.example.com?a", "réf.example.com", strings.Repeat("a", 256)} {
		add("PUT", "/v1/registries/fresh", invalid, "bad host", registry("host", quote(host)), "host")
	}
	add("PUT", "/v1/registries/fresh", invalid, "bad host and id, named at once", "{}", "host")
	add("PUT", "/v1/registries/Fresh", invalid, "bad host and id, named at once", "{}", "id", "host")
	add("PUT", "/v1/registries/fresh", invalid, "public is a text", registry("public", `"yes"`), "public")
	add("PUT", "/v1/registries/fresh", invalid, "accessories is a number", registry("accessories", "1"), "accessories")
	add("PUT", "/v1/registries/fresh", invalid, "a pattern that cannot be", registry("chart_repositories", `"a//b"`), "chart_repositories")
	add("PUT", "/v1/registries/fresh", invalid, "only_changed is a text", registry("only_changed", `"yes"`), "only_changed")
	for _, window := range []string{"-1", "61", "1.5", `"5s"`} {
		add("PUT", "/v1/registries/fresh", invalid, "bad merge window", registry("merge_window", window), "merge_window")
	}
	add("PUT", "/v1/registries/fresh", invalid, "a token without an account", registry("google", `{"audience":"shipbell"}`), "google.email")
	add("PUT", "/v1/registries/fresh", invalid, "a token without an audience", registry("google", `{"email":"push@acme.iam.gserviceaccount.com"}`), "google.audience")
	add("PUT", "/v1/registries/fresh", invalid, "keep_unmatched is a number", registry("keep_unmatched", "1"), "keep_unmatched")
	add("DELETE", "/v1/registries/default", conflict, "has triggers", "")

	// Triggers.
	for _, to := range []struct{ method, target string }{{"POST", "/v1/triggers/default"}, {"PUT", at}, {"PATCH", at}} {
		for _, c := range []struct {
			name, body string
			fields     []string
		}{
			{"empty name", settings("name", `""`), []string{"name"}},
			{"name in capitals", settings("name", `"Third"`), []string{"name"}},
			{"name with a slash", settings("name", `"a/b"`), []string{"name"}},
			{"long name", settings("name", long(65)), []string{"name"}},
			{"long description", settings("description", long(1025)), []string{"description"}},
			{"description with control characters", settings("description", `"a\u0000b"`), []string{"description"}},
			{"no action", settings("actions", "[]"), []string{"actions"}},
			{"unknown action", settings("actions", `["pushImage","push"]`), []string{"actions[1]"}},
			{"action twice", settings("actions", `["pushImage","pushImage"]`), []string{"actions[1]"}},
			{"unknown dialect", settings("rule", `{"dialect":"regex"}`), []string{"rule.dialect"}},
			{"unclosed brace", settings("rule", `{"repository":"{a"}`), []string{"rule.repository"}},
			{"long pattern", settings("rule", `{"tag":`+long(257)+`}`), []string{"rule.tag"}},
			{"three patterns", settings("rule", `{"namespace":"[","repository":"a//b","tag":"}"}`), []string{"rule.namespace", "rule.repository", "rule.tag"}},
			{"too many expansions", settings("rule", `{"tag":"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"}`), []string{"rule.tag"}},
			{"unknown field of the rule", settings("rule", `{"tags":"a"}`), []string{"tags"}},
			{"no target", settings("targets", "[]"), []string{"targets"}},
			{"eleven targets", settings("targets", many(11, `{"url":"https://ci.example.com/%d"}`)), []string{"targets"}},
			{"same target twice", settings("targets", many(2, `{"url":"https://ci.example.com/"}`)), []string{"targets[1].url"}},
			{"no URL", target("url", `""`), []string{"targets[0].url"}},
			{"path alone", target("url", `"/hook"`), []string{"targets[0].url"}},
			{"other scheme", target("url", `"ftp://ci.example.com/"`), []string{"targets[0].url"}},
			{"no host", target("url", `"https:///hook"`), []string{"targets[0].url"}},
			{"opaque", target("url", `"http:opaque"`), []string{"targets[0].url"}},
			{"backslashes", target("url", `"http:\\\\x"`), []string{"targets[0].url"}},
			{"user information", target("url", `"http://example.com:80@127.0.0.1/"`), []string{"targets[0].url"}},
			{"fragment", target("url", `"https://ci.example.com/#a"`), []string{"targets[0].url"}},
			{"zone", target("url", `"http://[fe80::1%25eth0]/"`), []string{"targets[0].url"}},
			{"port 0", target("url", `"https://ci.example.com:0/"`), []string{"targets[0].url"}},
			{"port too high", target("url", `"https://ci.example.com:99999/"`), []string{"targets[0].url"}},
			{"space", target("url", `"https://ci.example.com/a b"`), []string{"targets[0].url"}},
			{"line break", target("url", `"https://ci.example.com/\r\nX: y"`), []string{"targets[0].url"}},
			{"masked URL", target("url", `"https://ci.example.com/?a=••••"`), []string{"targets[0].url"}},
			{"long URL", target("url", quote("https://ci.example.com/"+strings.Repeat("a", 2048))), []string{"targets[0].url"}},
			{"unknown format", target("format", `"json"`), []string{"targets[0].format"}},
			{"template", target("template", `"{{.}}"`), []string{"targets[0].template"}},
			{"secret without its prefix", target("secret", `"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"`), []string{"targets[0].secret"}},
			{"short secret", target("secret", `"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ=="`), []string{"targets[0].secret"}},
			{"secret that is not base64", target("secret", `"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La!aSw"`), []string{"targets[0].secret"}},
			{"mask of nothing", target("secret", `"••••"`), []string{"targets[0].secret"}},
			{"empty header name", header(`""`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"header name with a space", header(`"a b"`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"header name with a line break", header(`"a\r\nb"`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"header name that is not ASCII", header(`"ä"`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"reserved header", header(`"hOsT"`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"header of ours", header(`"Webhook-Id"`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"header of the connection", header(`"Transfer-Encoding"`, `["a"]`), []string{"targets[0].headers[0].key"}},
			{"header without values", header(`"A"`, `[]`), []string{"targets[0].headers[0].values"}},
			{"value with a line break", header(`"A"`, `["a","b\r\nC: d"]`), []string{"targets[0].headers[0].values[1]"}},
			{"value with NUL", header(`"A"`, `["\u0000"]`), []string{"targets[0].headers[0].values[0]"}},
			{"mask of no value", header(`"A"`, `["••••"]`), []string{"targets[0].headers[0].values[0]"}},
			{"header twice", target("headers", `[{"key":"A","values":["a"]},{"key":"a","values":["b"]}]`), []string{"targets[0].headers[1].key"}},
			{"33 headers", target("headers", many(33, `{"key":"A%d","values":["a"]}`)), []string{"targets[0].headers"}},
			{"9 KiB of headers", header(`"A"`, `[`+long(9<<10)+`]`), []string{"targets[0].headers"}},
			{"unknown field of a target", target("uri", `"https://ci.example.com/"`), []string{"uri"}},
			{"URL is a number", target("url", "1"), []string{"targets.url"}},
			{"secret is a number", target("secret", "1"), []string{"targets.secret"}},
			{"values are a text", header(`"A"`, `"a"`), []string{"targets.headers.values"}},
			{"value is an object", header(`"A"`, `[{}]`), []string{"targets.headers.values"}},
			{"enabled is a text", settings("enabled", `"true"`), []string{"enabled"}},
			{"all fields at once", `{"name":"","description":` + long(1025) + `,"actions":["a"],"rule":{"tag":"["},"targets":[{"url":"a","format":"b"}]}`,
				[]string{"name", "description", "actions[0]", "rule.tag", "targets[0].url", "targets[0].format"}},
		} {
			add(to.method, to.target, invalid, c.name, c.body, c.fields...)
		}
		add(to.method, to.target, conflict, "taken name", settings("name", `"second"`), "name")
	}
	add("POST", "/v1/triggers/default", invalid, "nothing", "{}", "name", "actions", "targets")
	add("PUT", at, invalid, "nothing", "{}", "name", "actions", "targets")
	for _, id := range []string{"0", "-1", "3", "x", "1.0", "99999999999999999999", "4294967297", "%20"} {
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			add(method, "/v1/triggers/default/"+id, missing, "no such trigger", settings("description", `""`))
		}
		add("POST", "/v1/triggers/default/"+id+"/test", missing, "no such trigger", "")
	}
	for _, query := range []string{"limit=0", "limit=-1", "limit=101", "limit=x", "limit=1.5"} {
		add("GET", "/v1/triggers/default?"+query, invalid, "bad limit", "", "limit")
		add("GET", "/v1/deliveries/default?"+query, invalid, "bad limit", "", "limit")
		add("GET", "/v1/unmatched/default?"+query, invalid, "bad limit", "", "limit")
	}
	for _, cursor := range []string{"x", "s1.x", "s1.00000000.AAAA", "%00", strings.Repeat("a", 4000)} {
		add("GET", "/v1/triggers/default?cursor="+cursor, bad, "bad cursor", "")
		add("GET", "/v1/deliveries/default?cursor="+cursor, bad, "bad cursor", "")
		add("GET", "/v1/unmatched/default?cursor="+cursor, bad, "bad cursor", "")
		add("GET", "/v1/deliveries/default/export?cursor="+cursor, bad, "bad cursor", "")
	}

	// Deliveries.
	for field, values := range map[string][]string{
		"trigger": {"0", "-1", "x", "1.5", "99999999999999999999"},
		"status":  {"done", "Failed", "pending,failed"},
		"action":  {"push", "PushImage"},
		"since":   {"yesterday", "1589106605", "2026-11-22", "1969-12-31T00:00:00Z", "2026-13-01T00:00:00Z"},
		"until":   {"x", "2026-11-22T12:00:00"},

		"target": {"0", "-1", "x", "1.5"}, "answer": {"200", "6xx", "2XX"}, "error_kind": {"DNS", "no"}, "cleared": {"yes", "1"},
		"repository_pattern": {"%7Ba", "a//b"}, "tag": {strings.Repeat("a", 513), "%ff"},
	} {
		for _, value := range values {
			add("GET", "/v1/deliveries/default?"+field+"="+value, invalid, "bad query", "", field)
			if field == "since" || field == "until" {
				add("GET", "/v1/unmatched/default?"+field+"="+value, invalid, "bad query", "", field)
				add("POST", "/v1/unmatched/default/replay", invalid, "bad "+field, `{"`+field+`":`+quote(value)+`}`, field)
			}
			if field != "trigger" && !strings.Contains(value, "%") {
				for _, change := range []string{"redeliver", "clear", "replay"} {
					add("POST", "/v1/deliveries/default/"+change, invalid, "bad "+field, `{"`+field+`":`+quote(value)+`}`, field)
				}
			}
			add("GET", "/v1/deliveries/default/export?"+field+"="+value, invalid, "bad query", "", field)
		}
	}
	add("POST", "/v1/deliveries/default/redeliver?dry_run=yes", invalid, "bad dry_run", "{}", "dry_run")
	add("POST", "/v1/deliveries/default/redeliver", invalid, "pending ones", `{"status":"pending"}`, "status")
	add("POST", "/v1/deliveries/default/clear", invalid, "pending ones", `{"status":"pending"}`, "status")
	add("POST", "/v1/deliveries/default/clear", invalid, "successes", `{"status":"succeeded"}`, "status")
	add("POST", "/v1/deliveries/default/clear", invalid, "no such trigger", `{"trigger":"nobody"}`, "trigger")
	add("POST", "/v1/deliveries/default/clear", invalid, "two wrong fields", `{"trigger":"nobody","tag":`+quote(strings.Repeat("a", 513))+`}`, "tag", "trigger")
	add("POST", "/v1/deliveries/default/replay", invalid, "all of the past", "{}", "since")
	add("POST", "/v1/deliveries/default/replay", invalid, "long name", `{"event":"e","again":`+quote(strings.Repeat("a", 65))+`}`, "again")
	add("POST", "/v1/deliveries/default/replay", missing, "no such event", `{"event":"none"}`)
	add("GET", "/v1/deliveries/default/export?format=xml", invalid, "bad format", "", "format")
	add("POST", "/v1/deliveries/default/redeliver", invalid, "negative trigger", `{"trigger":-1}`, "trigger")
	add("POST", "/v1/deliveries/default/redeliver", invalid, "half a trigger", `{"trigger":1.5}`, "trigger")
	for _, id := range []string{"x", "1", "00000000000000000000000000", "0000000000000000000000000", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "%00", strings.Repeat("0", 3000)} {
		add("GET", "/v1/deliveries/default/"+id, missing, "no such delivery", "")
		add("POST", "/v1/deliveries/default/"+id+"/redeliver", missing, "no such delivery", "")
		add("POST", "/v1/unmatched/default/replay", missing, "no such event", `{"id":`+quote(id)+`}`)
	}

	// Dry runs and patterns.
	add("POST", "/v1/match/default", bad, "not JSON", "x")
	add("POST", "/v1/match/default", bad, "a list", "[]")
	add("POST", "/v1/match/default", bad, "of no known source", `{"a":1}`)
	add("POST", "/v1/match/default", bad, "trailing text", `{"action":"pushImage","repository":"a"}x`)
	add("POST", "/v1/match/default", invalid, "nothing", "{}", "action")
	add("POST", "/v1/match/default", invalid, "unknown action", `{"action":"push","repository":"a"}`, "action")
	add("POST", "/v1/match/default", invalid, "no repository", `{"action":"pushImage","tag":"a"}`, "repository")
	add("POST", "/v1/match/default", invalid, "long repository", `{"action":"pushImage","repository":`+long(256)+`}`, "repository")
	add("POST", "/v1/match/default", invalid, "long tag", `{"action":"pushImage","repository":"a","tag":`+long(129)+`}`, "tag")
	add("POST", "/v1/match/default", invalid, "tag is a number", `{"action":"pushImage","repository":"a","tag":1}`, "tag")
	add("POST", "/v1/match/default?source=nothing", invalid, "unknown source", string(encode(t, pushed("a/b", "c"))), "source")
	add("POST", "/v1/match/default", large, "too large", strings.Repeat(" ", 1<<20+1))
	add("POST", "/v1/patterns/test", invalid, "no field", `{"pattern":"a"}`, "field")
	add("POST", "/v1/patterns/test", invalid, "unknown field", `{"field":"name","pattern":"a"}`, "field")
	add("POST", "/v1/patterns/test", invalid, "unknown dialect", `{"field":"tag","dialect":"regex"}`, "dialect")
	add("POST", "/v1/patterns/test", invalid, "bad pattern", `{"field":"tag","pattern":"{a"}`, "pattern")
	add("POST", "/v1/patterns/test", invalid, "1001 names", `{"field":"tag","names":`+many(1001, `"a"`)+`}`, "names")
	add("POST", "/v1/patterns/test", invalid, "long name", `{"field":"tag","names":["a",`+long(256)+`]}`, "names[1]")

	// Access keys.
	add("POST", "/v1/keys", invalid, "nothing", "{}", "role")
	add("POST", "/v1/keys", invalid, "unknown role", `{"role":"root"}`, "role")
	add("POST", "/v1/keys", invalid, "bad registry", `{"role":"viewer","registries":["default","A"]}`, "registries[1]")
	add("POST", "/v1/keys", invalid, "101 registries", `{"role":"viewer","registries":`+many(101, `"r%d"`)+`}`, "registries")
	add("POST", "/v1/keys", invalid, "long description", `{"role":"viewer","description":`+long(1025)+`}`, "description")
	add("POST", "/v1/keys", invalid, "a secret of one's own", `{"role":"viewer","secret":"a"}`, "secret")
	add("DELETE", "/v1/keys/absent", missing, "no such key", "")
	add("DELETE", "/v1/keys/"+strings.Repeat("a", 3000), missing, "no such key", "")
	add("DELETE", "/v1/keys/%00", missing, "no such key", "")

	// Events.
	add("POST", "/v1/events/default", bad, "empty", "")
	add("POST", "/v1/events/default", bad, "not JSON", "x")
	add("POST", "/v1/events/default", bad, "of no known source", "{}")
	add("POST", "/v1/events/default", large, "too large", strings.Repeat(" ", 1<<20+1))
	add("POST", "/v1/events/default?source=nothing", invalid, "unknown source", "{}", "source")

	// Query parameters that an operation has not.
	for _, operation := range []string{
		"GET /v1/registries", "GET /v1/registries/default", "DELETE /v1/registries/default", "GET /v1/triggers/default/1",
		"DELETE /v1/triggers/default/1", "POST /v1/triggers/default/1/test", "GET /v1/keys", "DELETE /v1/keys/ak1",
		"GET /v1/deliveries/default/1", "POST /v1/deliveries/default/1/redeliver", "GET /v1/ignored/default", "GET /v1/targets/default",
		"POST /v1/targets/default/1/1/resume", "GET /v1/records", "POST /v1/records/check", "DELETE /v1/records/rules",
	} {
		method, path, _ := strings.Cut(operation, " ")
		add(method, path+"?dryrun=true", invalid, "unknown parameter", "", "dryrun")
	}

	before := s.state()
	for i, r := range requests {
		name := fmt.Sprintf("%s %.60s: %s", r.method, r.target, r.name)
		got := s.do(r.method, r.target, r.body)
		if got.status != r.status {
			t.Errorf("%s: %v, want %d", name, got, r.status)
			continue
		}
		if diff := cmp.Diff(r.fields, fields(decode[apiv1.Problem](got))); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", name, diff)
		}
		// Looking after each would take long.
		if i%20 != 0 && i != len(requests)-1 {
			continue
		}
		if after := s.state(); !cmp.Equal(before, after) {
			t.Errorf("%s: it or one of the 20 before changed something (-before +after):\n%s", name, cmp.Diff(before, after))
			before = after
		}
	}
}

// TestUnwantedEvents sends what is no event for Shipbell from a sender that would
// repeat it for ever: the answer is 202 with the reason.
func TestUnwantedEvents(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.trigger("default", "all", "https://ci.example.com/hook")
	event := func(action, media string) string {
		return string(encode(t, object{"events": []object{{
			"id": "e1", "action": action, "timestamp": "2026-11-22T12:00:00Z",
			"target": object{"mediaType": media, "repository": "public/nginx", "tag": "v1", "digest": "sha256:9d4f"},
		}}}))
	}
	before := s.state()
	for name, body := range map[string]string{
		"empty":             "",
		"not JSON":          "x",
		"not UTF-8":         "{\"events\":[\"\xff\"]}",
		"cut short":         `{"events":[`,
		"no events":         "{}",
		"events are a text": `{"events":"x"}`,
		"too large":         strings.Repeat("x", 1<<20+1),
		"much too large":    strings.Repeat(" ", 8<<20),
		"an event of texts": `{"events":["x"]}`,
		"a blob":            event("push", "application/octet-stream"),
		"a mount":           event("mount", "application/vnd.oci.image.manifest.v1+json"),
		"an unknown action": event("rename", "application/vnd.oci.image.manifest.v1+json"),
	} {
		got := s.with("Content-Type", "application/vnd.docker.distribution.events.v2+json").do("POST", "/v1/events/default", body)
		received := decode[apiv1.Received](got.want(http.StatusAccepted))
		if len(received.Events) != 0 || len(received.Ignored) != 1 || received.Ignored[0].Reason == "" {
			t.Errorf("%s: %v, want one thing ignored with a reason", name, got)
		}
	}
	if diff := cmp.Diff(before, s.state()); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}
