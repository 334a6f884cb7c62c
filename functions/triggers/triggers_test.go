package triggers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const at = "/v1/triggers/default"

// TestSample tries triggers of all sorts: the sample event fits each as far as it
// can.
func TestSample(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		action, namespace string
		public            bool
		repository, kind  string
	}{
		{"pushImage", "", false, "shipbell/test", "private"},
		{"pushImage", "public", true, "public/test", "public"},
		{"uploadChart", "team-a", false, "team-a/test", "private"},
		{"deleteChart", "pub*", false, "shipbell/test", "private"},
		{"pullImage", "{a,b}", false, "shipbell/test", "private"},
		{"deleteImage", "[ab]", false, "shipbell/test", "private"},
		{"downloadChart", "/public", false, "shipbell/test", "private"},
	} {
		s := newService(t)
		if w := s.do("PUT", "/v1/registries/default", object{"host": "reg.example.com:5000", "public": test.public}); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := s.do("POST", at, object{
			"name": "first", "actions": []string{test.action, "pushImage"}[:1], "rule": object{"namespace": test.namespace},
			"targets": []object{{"url": "https://a.example.com/"}, {"url": "https://b.example.com/", "format": "cloudevents"}},
		}); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		began := time.Now().Unix()
		w := s.do("POST", at+"/1/test", "")
		var answer apiv1.TestResult
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || len(answer.Attempts) != 2 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for i, url := range []string{"https://a.example.com/", "https://b.example.com/"} {
			if got := answer.Attempts[i]; got.TargetURL != url || got.StatusCode != http.StatusOK || got.DurationMS != 12 {
				t.Errorf("attempt %d is %+v, want one at %s", i, got, url)
			}
		}
		for _, d := range s.sender.sent {
			e := d.Event
			resource := shipbell.Resource{
				Digest: "sha256:" + strings.Repeat("0", 64), Tag: "test", URL: "reg.example.com:5000/" + test.repository + ":test",
			}
			if string(e.Action) != test.action || e.Repository.FullName != test.repository || e.Repository.Type != test.kind ||
				e.OccurAt < began || !cmp.Equal(e.Resources, []shipbell.Resource{resource}) || !strings.HasPrefix(e.ID, "test-") {
				t.Errorf("for %s in %q the sample is %+v", test.action, test.namespace, e)
			}
		}
		if s.sender.sent[0].ID == s.sender.sent[1].ID || s.sender.sent[0].Event.ID != s.sender.sent[1].Event.ID {
			t.Errorf("the two deliveries are %+v", s.sender.sent)
		}
	}
}

// TestDryRun asks what would come of changes: the same as of the changes themselves,
// and nothing is stored.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newService(t)
	target := func(url, value string) object {
		return object{"url": url, "headers": []object{{"key": "Authorization", "values": []string{value}}}}
	}
	for _, name := range []string{"first", "second"} {
		if w := s.do("POST", at, settings(name, target("https://ci.example.com/hook", "secret"))); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	before := s.do("GET", at, "").Body.String()
	for name, test := range map[string]struct {
		method, path string
		body         any
		status       int
		says         string
	}{
		"a new trigger":        {"POST", "?dry_run=true", settings("third", target("https://a.example.com/", "x")), http.StatusNoContent, ""},
		"a new one with masks": {"POST", "?dry_run=true", settings("third", target("https://a.example.com/", shipbell.Mask)), http.StatusUnprocessableEntity, "targets[0].headers[0].values[0]"},
		"a taken name":         {"POST", "?dry_run=true", settings("first", target("https://a.example.com/", "x")), http.StatusConflict, `"field":"name"`},
		"wrong fields":         {"POST", "?dry_run=true", settings("A", target("ftp://a", "x")), http.StatusUnprocessableEntity, "targets[0].url"},
		"all anew":             {"PUT", "/1?dry_run=true", settings("third", target("https://ci.example.com/", shipbell.Mask)), http.StatusNoContent, ""},
		"its own name":         {"PUT", "/1?dry_run=true", settings("first", target("https://ci.example.com/", "x")), http.StatusNoContent, ""},
		"another's name":       {"PUT", "/1?dry_run=true", settings("second", target("https://ci.example.com/", "x")), http.StatusConflict, `"field":"name"`},
		"a secret elsewhere":   {"PUT", "/1?dry_run=true", settings("first", target("https://evil.example/", shipbell.Mask)), http.StatusUnprocessableEntity, "targets[0].headers[0].values[0]"},
		"one field":            {"PATCH", "/1?dry_run=true", object{"enabled": false}, http.StatusNoContent, ""},
		"one that is not":      {"PUT", "/3?dry_run=true", settings("third", target("https://ci.example.com/", "x")), http.StatusNotFound, ""},
		"as a number":          {"PATCH", "/1?dry_run=1", object{"enabled": false}, http.StatusNoContent, ""},
		"nothing":              {"POST", "?dry_run=", settings("third", target("https://a.example.com/", "x")), http.StatusUnprocessableEntity, `"field":"dry_run"`},
		"no value":             {"PUT", "/1?dry_run", settings("third", target("https://ci.example.com/", "x")), http.StatusUnprocessableEntity, `"field":"dry_run"`},
		"a word misspelt":      {"POST", "?dryrun=true", settings("third", target("https://a.example.com/", "x")), http.StatusUnprocessableEntity, `"field":"dryrun"`},
		"a query that is none": {"POST", "?dry_run=true;a=b", settings("third", target("https://a.example.com/", "x")), http.StatusBadRequest, `query-unreadable`},
		"of a deletion":        {"DELETE", "/1?dry_run=true", nil, http.StatusUnprocessableEntity, `"field":"dry_run"`},
		"a name twice":         {"POST", "", json.RawMessage(`{"name":"a","Name":"b"}`), http.StatusUnprocessableEntity, `"field":"Name"`},
		"neither":              {"POST", "?dry_run=TRUE", settings("third", target("https://a.example.com/", "x")), http.StatusUnprocessableEntity, `"field":"dry_run"`},
		"neither of a change":  {"PATCH", "/1?dry_run=yes", object{"enabled": false}, http.StatusUnprocessableEntity, `"field":"dry_run"`},
	} {
		w := s.do(test.method, at+test.path, test.body)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, test.status, test.says)
		}
	}
	if after := s.do("GET", at, "").Body.String(); after != before {
		t.Errorf("the triggers were\n%s\nand are\n%s", before, after)
	}
	if w := s.do("PATCH", at+"/1?dry_run=0", object{"enabled": false}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"version":2`) {
		t.Errorf("a change that is no dry run: %d %s", w.Code, w.Body)
	}
}

// TestMasksAndOrigins sends masks back for URLs of the same origin, differently
// written, and of others.
func TestMasksAndOrigins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		old, new string
		same     bool
	}{
		{"https://ci.example.com/hook", "https://ci.example.com/other", true},
		{"https://ci.example.com/hook", "https://ci.example.com:443/hook", true},
		{"http://ci.example.com/hook", "http://ci.example.com:80", true},
		{"https://ci.example.com/hook", "HTTPS://CI.example.COM/hook?a=b", true},
		{"https://[2001:db8::1]/", "https://[2001:DB8::1]:443/", true},
		{"https://ci.example.com/hook", "http://ci.example.com/hook", false},
		{"https://ci.example.com/hook", "http://ci.example.com:443/hook", false},
		{"https://ci.example.com/hook", "https://ci.example.com:8443/hook", false},
		{"https://ci.example.com/hook", "https://ci.example.com./hook", false},
		{"https://ci.example.com/hook", "https://ci.example.com.evil.example/hook", false},
		{"https://ci.example.com/hook", "https://evil.example/ci.example.com/hook", false},
		{"https://ci.example.com/hook", "https://example.com/hook", false},
	} {
		s := newService(t)
		target := func(url, value string) object {
			return settings("first", object{"url": url, "headers": []object{{"key": "Authorization", "values": []string{value}}}})
		}
		if w := s.do("POST", at, target(test.old, "secret")); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		w := s.do("PUT", at+"/1", target(test.new, shipbell.Mask))
		want := map[bool]int{true: http.StatusOK, false: http.StatusUnprocessableEntity}[test.same]
		if w.Code != want {
			t.Errorf("from %s to %s: %d %s, want %d", test.old, test.new, w.Code, w.Body, want)
		}
		got, err := s.store.Trigger(t.Context(), "default", 1)
		if err != nil {
			t.Fatal(err)
		}
		if value, err := got.Targets[0].Headers[0].Values[0].Reveal(); err != nil || value != "secret" {
			t.Errorf("from %s to %s: the value is %q, %v", test.old, test.new, value, err)
		}
	}
}

// TestLostSealKey opens a store whose sealing key is lost: triggers can still be
// read, changed and deleted, nothing is lost by it, and with the key all is well.
func TestLostSealKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const url = "https://ci.example.com/hook"
	target := func(url, value string) object {
		return object{"url": url, "headers": []object{{"key": "Authorization", "values": []string{value}}}}
	}
	if w := s.do("POST", at, settings("first", target(url, "secret"))); w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	lost := openService(t, s.files, sealKey(2))
	read := lost.do("GET", at+"/1", "")
	if read.Code != http.StatusOK || !strings.Contains(read.Body.String(), shipbell.Mask) {
		t.Errorf("read without the key: %d %s", read.Code, read.Body)
	}
	for step, change := range map[string]struct {
		method string
		body   any
		status int
	}{
		"another description":      {"PATCH", object{"description": "changed"}, http.StatusOK},
		"another path with a mask": {"PATCH", object{"targets": []object{target(url+"/2", shipbell.Mask)}}, http.StatusOK},
		"another host with a mask": {"PATCH", object{"targets": []object{target("https://evil.example/", shipbell.Mask)}}, http.StatusUnprocessableEntity},
		"what was read":            {"PUT", read.Body.String(), http.StatusOK},
	} {
		if w := lost.do(change.method, at+"/1", change.body); w.Code != change.status {
			t.Errorf("%s without the key: %d %s, want %d", step, w.Code, w.Body, change.status)
		}
		got, err := openService(t, s.files, sealKey(1)).store.Trigger(t.Context(), "default", 1)
		if err != nil {
			t.Fatal(err)
		}
		if value, err := got.Targets[0].Headers[0].Values[0].Reveal(); err != nil || value != "secret" {
			t.Errorf("%s without the key: with it the value is %q, %v", step, value, err)
		}
	}
	if w := lost.do("PATCH", at+"/1", object{"targets": []object{target(url, "new")}}); w.Code != http.StatusOK {
		t.Errorf("a new value without the key: %d %s", w.Code, w.Body)
	}
}

// TestChangesAtOnce lets many change one trigger at once. Each change is made
// whole or refused as stale, and none is lost.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if w := s.do("POST", at, settings("first", object{"url": "https://ci.example.com/"})); w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	const changes = 40
	codes := make([]int, changes)
	var all sync.WaitGroup
	for i := range changes {
		all.Go(func() {
			codes[i] = s.do("PATCH", at+"/1", object{"description": fmt.Sprint("change ", i)}).Code
		})
	}
	all.Wait()
	done, last := 0, ""
	got, err := s.store.Trigger(t.Context(), "default", 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range codes {
		switch code {
		case http.StatusOK:
			done++
			if got.Description == fmt.Sprint("change ", i) {
				last = got.Description
			}
		case http.StatusPreconditionFailed:
		default:
			t.Errorf("change %d: %d", i, code)
		}
	}
	if got.Version != int64(1+done) || done == 0 || last == "" {
		t.Errorf("%d changes were made, but the version is %d and the description %q", done, got.Version, got.Description)
	}
}

// TestNamesAtOnce lets many create triggers of one name at once: one is made.
func TestNamesAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	codes := make([]int, 20)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() { codes[i] = s.do("POST", at, settings("same", object{"url": "https://ci.example.com/"})).Code })
	}
	all.Wait()
	made := 0
	for i, code := range codes {
		switch code {
		case http.StatusCreated:
			made++
		case http.StatusConflict, http.StatusServiceUnavailable: // too many at once
		default:
			t.Errorf("request %d: %d", i, code)
		}
	}
	list, _, err := s.store.Triggers(t.Context(), "default", 0, 100)
	if err != nil || made != 1 || len(list) != 1 {
		t.Errorf("%d requests made %d triggers, %v", made, len(list), err)
	}
}
