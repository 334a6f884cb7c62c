package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// filled is a form as a browser without script sends it, with fields after those of a
// trigger that can be made.
func filled(fields ...string) []string {
	return append([]string{
		"do", "save", "trigger", "0", "version", "", "submitted", "false", "name", "first", "description", "two\r\nlines", "enabled", "true",
		"actions", "pushImage", "actions", "uploadChart", "rule.namespace", "public", "rule.repository", "nginx*", "rule.tag", "v*", "rule.dialect", "tcr",
		"targets[0].url", " https://ci.example.com/hook ", "targets[0].format", "tcr", "targets[0].secret", "",
	}, fields...)
}

// instead is a form in which one field is another.
func instead(form []string, name, value string) []string {
	form = append([]string{}, form...)
	for i := 0; i < len(form); i += 2 {
		if form[i] == name {
			form[i+1] = value
		}
	}
	return form
}

// stored reads a trigger, and its header values in clear.
func (s *site) stored(id shipbell.ID) (t shipbell.Trigger, headers map[string][]string) {
	s.t.Helper()
	t, err := s.store.Trigger(s.t.Context(), "default", id)
	if err != nil {
		s.t.Fatal(err)
	}
	headers = map[string][]string{}
	for i, target := range t.Targets {
		for _, header := range target.Headers {
			for _, value := range header.Values {
				text, err := value.Reveal()
				if err != nil {
					s.t.Fatal(err)
				}
				at := fmt.Sprintf("%d %s", i, header.Key)
				headers[at] = append(headers[at], text)
			}
		}
	}
	return t, headers
}

// TestTargetIDsInForm changes both URLs of a trigger in its form: the targets stay the
// same ones. One that the form adds is new, and one that is not there any more is said.
func TestTargetIDsInForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	s.post(list, filled("targets[1].url", "https://b.example.com/", "targets[1].format", "tcr")...).leads(http.StatusSeeOther, list+"/1?done=created")
	s.get(list+"/1").shows(http.StatusOK, `name="targets[0].id" value="1"`, `name="targets[1].id" value="2"`)
	targets := func(ids ...string) []string {
		form := filled("version", "")
		for i, id := range ids {
			at := fmt.Sprintf("targets[%d].", i)
			form = append(instead(form, at+"url", fmt.Sprintf("https://%d.example.com/", i)), at+"id", id, at+"path_secret", "true")
			if i > 0 {
				form = append(form, at+"url", fmt.Sprintf("https://%d.example.com/", i), at+"format", "tcr")
			}
		}
		return form
	}
	s.post(list+"/1", targets("1", "2", "")...).leads(http.StatusSeeOther, list+"/1?done=saved")
	got, _ := s.stored(1)
	if len(got.Targets) != 3 || got.Targets[1].ID != 2 || got.Targets[1].URL != "https://1.example.com/" || got.Targets[2].ID != 3 || !got.Targets[0].PathSecret {
		t.Errorf("stored are %+v", got.Targets)
	}
	s.get(list+"/1").shows(http.StatusOK, `name="targets[0].path_secret" aria-describedby="target-0-path" value="true" checked`)
	s.get(list+"/new?copy=1").shows(http.StatusOK, `name="targets[0].id" value=""`)
	s.post(list+"/1", targets("1", "9")...).shows(http.StatusUnprocessableEntity, "no target with the id 9")
}

// TestTriggerLife makes, configures, copies, switches, tests and deletes a trigger
// without script.
func TestTriggerLife(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	s.get(list).shows(http.StatusOK, "No triggers yet", list+"/new")
	s.get(list+"/new").shows(http.StatusOK, `value="pushImage" checked`, `name="targets[0].url"`, `id="problem-targets-0-url"`)

	s.post(list, filled(
		"targets[0].headers[0].key", "Authentication", "targets[0].headers[0].value", "secret-one",
		"targets[0].headers[1].key", "", "targets[0].headers[1].value", "",
		"targets[0].headers[2].key", "authentication", "targets[0].headers[2].value", "secret-two",
		"targets[3].url", "https://b.example.com/", "targets[3].format", "cloudevents", "targets[3].secret", "",
		"targets[3].headers[0].key", "X-Two", "targets[3].headers[0].value", "secret-three",
	)...).leads(http.StatusSeeOther, list+"/1?done=created")
	got, headers := s.stored(1)
	if diff := cmp.Diff(map[string][]string{"0 Authentication": {"secret-one", "secret-two"}, "1 X-Two": {"secret-three"}}, headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if got.Name != "first" || got.Description != "two\nlines" || !got.Enabled || len(got.Actions) != 2 || got.Targets[0].URL != "https://ci.example.com/hook" ||
		got.Rule != (shipbell.Rule{Namespace: "public", Repository: "nginx*", Tag: "v*", Dialect: "tcr"}) || got.Targets[1].Format != "cloudevents" {
		t.Errorf("stored is %+v", got)
	}
	shown := s.get(list+"/1?done=created").shows(http.StatusOK, "The trigger was made", shipbell.Mask, `name="version" value="1"`, "two\nlines").hides("secret-one", "secret-two", "secret-three")
	shown.shows(http.StatusOK, `name="targets[1].headers[0].value" aria-describedby="problem-targets-1-headers-0-value" value="`+shipbell.Mask)

	changed := instead(filled("targets[0].headers[0].key", "Authentication", "targets[0].headers[0].value", shipbell.Mask), "version", "1")
	s.post(list+"/1", instead(changed, "name", "second")...).leads(http.StatusSeeOther, list+"/1?done=saved")
	if got, headers = s.stored(1); got.Name != "second" || len(got.Targets) != 1 || headers["0 Authentication"][0] != "secret-one" {
		t.Errorf("stored is %+v, headers %v", got, headers)
	}
	s.post(list+"/1", instead(changed, "name", "third")...).shows(http.StatusUnprocessableEntity, "Somebody else has changed", `name="version" value="2"`, `value="third"`)
	s.post(list+"/9", changed...).shows(http.StatusNotFound)

	s.get(list+"/new?copy=1").shows(http.StatusOK, "are not copied", `value="Authentication"`, "nginx*").hides(shipbell.Mask+`"`, `value="second"`)
	s.get(list + "/new?copy=7").shows(http.StatusNotFound)

	s.post(list+"/1/enabled", "enabled", "false", "next", list+"?page=1").leads(http.StatusSeeOther, list+"?page=1")
	if got, _ = s.stored(1); got.Enabled {
		t.Error("the trigger is enabled still")
	}
	s.post(list+"/1/test").shows(http.StatusOK, "12 ms", "&lt;b&gt;got&lt;/b&gt; public/test", "https://ci.example.com/hook")
	s.get(list+"/1/delete").shows(http.StatusOK, "Delete second?", `name="version" value="3"`)
	s.post(list+"/1/delete", "version", "2").shows(http.StatusPreconditionFailed)
	s.post(list+"/1/delete", "version", "3").leads(http.StatusSeeOther, list+"?done=deleted")
	s.get(list+"?done=deleted").shows(http.StatusOK, "The trigger was deleted", "No triggers yet")
	for _, path := range []string{list + "/1", list + "/1/delete", list + "/x", list + "/1%2F..%2F..", list + "/1%3Fa"} {
		s.get(path).shows(http.StatusNotFound)
	}
}

// TestProblems sends forms with something wrong in them: what is wrong stands at its
// field, what was written stays, and nothing is stored.
func TestProblems(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("taken", nil)
	s.signIn(shipbell.RoleAdmin)
	for name, test := range map[string]struct {
		form []string
		id   string
		says string
	}{
		"a name":       {instead(filled(), "name", "Bad Name"), "name", "lower-case letters"},
		"no name":      {instead(filled(), "name", ""), "name", "lower-case letters"},
		"a taken name": {instead(filled(), "name", "taken"), "name", "taken by another trigger"},
		"an action":    {instead(filled(), "actions", "jump"), "actions", "is not an action"},
		"a pattern":    {instead(filled(), "rule.repository", "a//b"), "rule-repository", "two slashes"},
		"a dialect":    {instead(filled(), "rule.dialect", "perl"), "rule-dialect", "is not a dialect"},
		"a URL":        {instead(filled(), "targets[0].url", "ftp://x"), "targets-0-url", "begins with http"},
		"a secret":     {instead(filled(), "targets[0].secret", "whsec_x"), "targets-0-secret", "base64"},
		"a format":     {instead(filled(), "targets[0].format", "xml"), "targets-0-format", "is not a format"},
		"a mask":       {filled("targets[0].headers[4].key", "A", "targets[0].headers[4].value", shipbell.Mask), "targets-0-headers-4-value", "mask of a stored value"},
		"a header":     {filled("targets[0].headers[4].key", "Ho st", "targets[0].headers[4].value", "x"), "targets-0-headers-4-key", "is not a header name"},
		"a second URL": {filled("targets[7].url", "https://ci.example.com/hook", "targets[7].format", "tcr"), "targets-7-url", "has the same URL"},
		"no target":    {filled()[:26], "targets", "name between 1 and 10"},
		"many a target": {filled(func() (more []string) {
			for i := range 10 {
				more = append(more, fmt.Sprintf("targets[%d].url", i+1), fmt.Sprintf("https://%d.example.com/", i))
			}
			return more
		}()...), "targets", "name between 1 and 10"},
	} {
		p := s.post(list, test.form...).shows(http.StatusUnprocessableEntity, "Nothing was saved yet")
		_, sentence, found := strings.Cut(p.Body.String(), fmt.Sprintf(`id="problem-%s" data-problem-of="%s" aria-live="polite">`, test.id, test.id))
		sentence, _, _ = strings.Cut(sentence, "</p>")
		if !found || !strings.Contains(sentence, test.says) {
			t.Errorf("%s: the field says %q, not %q: %s", name, sentence, test.says, p.Body)
		}
		// The page's script learns the same, once the field is filled in.
		live := s.post(list+"/check", instead(test.form, "submitted", "true")...).shows(http.StatusOK, fmt.Sprintf(`<p id="problem-%s" hx-swap-oob="innerHTML">%s</p>`, test.id, sentence))
		if name == "no name" {
			s.post(list+"/check", test.form...).shows(http.StatusOK, `<p id="problem-name" hx-swap-oob="innerHTML"></p>`)
		}
		live.hides("<html")
	}
	if all, _, err := s.store.Triggers(t.Context(), "default", 0, 10); err != nil || len(all) != 1 {
		t.Errorf("stored are %+v, %v", all, err)
	}
}

// TestButtons presses the buttons that change the form, and send nothing.
func TestButtons(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	rows := filled("targets[0].headers[2].key", "X-One", "targets[0].headers[2].value", "1", "targets[0].headers[5].key", "X-Two", "targets[0].headers[5].value", "2",
		"targets[4].url", "https://b.example.com/", "targets[4].format", "tcr")
	for button, test := range map[string]struct{ shows, hides []string }{
		"add-target":        {[]string{`name="targets[5].url"`, "X-Two"}, nil},
		"remove-target:4":   {[]string{`name="targets[0].url"`}, []string{`name="targets[4].url"`}},
		"add-header:0":      {[]string{`name="targets[0].headers[6].key"`}, nil},
		"add-header:4":      {[]string{`name="targets[4].headers[0].key"`}, nil},
		"remove-header:0:2": {[]string{`name="targets[0].headers[5].key"`}, []string{"X-One"}},
		"new-secret:4":      {[]string{`aria-describedby="target-4-secret problem-targets-4-secret" value="whsec_`}, nil},
		"try":               {[]string{"v*"}, nil},
	} {
		p := s.post(list, instead(rows, "do", button)...).shows(http.StatusOK, append(test.shows, `value="first"`)...)
		p.hides(append(test.hides, "Nothing was saved")...)
	}
	if all, _, err := s.store.Triggers(t.Context(), "default", 0, 10); err != nil || len(all) != 0 {
		t.Errorf("stored are %+v, %v", all, err)
	}
	s.post(list, instead(rows, "do", "remove-target:77")...).leads(http.StatusSeeOther, list+"/1?done=created")
}

// TestLive asks as the page's script does.
func TestLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleAdmin)
	s.headers["HX-Request"] = "true"
	s.post(list, filled()...).shows(http.StatusOK, "taken by another trigger", `id="trigger"`)
	s.post(list, instead(filled(), "name", "second")...).leads(http.StatusNoContent, list+"/3?done=created")
	s.post(list+"/1/enabled", "enabled", "false").shows(http.StatusOK, `<tr id="trigger-1">`, `aria-checked="false"`, `name="enabled" value="true"`).hides("<html")
	s.post(list+"/1/enabled", "enabled", "true").shows(http.StatusOK, `aria-checked="true"`)
	s.get(list+"?page=1&live=1").shows(http.StatusOK, `<div id="last-1" hx-swap-oob="innerHTML">`, `<div id="day-3" hx-swap-oob="innerHTML">`).hides("<html")
	s.get(list+"/9").shows(http.StatusNotFound, `<div id="error"`)
	s.create("broken", func(one *shipbell.Trigger) { one.Rule.Tag = "a//b" })
	s.post(list+"/4/enabled", "enabled", "false").shows(http.StatusUnprocessableEntity, `<div id="error"`, "two slashes")
}

// TestHostile puts markup into everything that a person or a registry names.
func TestHostile(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.Key}}'`
	s := newSite(t)
	one := s.create("first", func(one *shipbell.Trigger) {
		one.Description = evil
		one.Rule.Tag = evil
		one.Targets[0].URL = "https://ci.example.com/?" + evil
		one.Targets[0].Headers = []shipbell.Header{{Key: evil, Values: []shipbell.Secret{shipbell.NewSecret("x")}}}
	})
	s.create("all", nil)
	s.deliver("e", "public/"+evil, evil)
	s.signIn(shipbell.RoleAdmin)
	form := []string{"name", evil, "description", evil, "actions", evil, "rule.namespace", evil, "rule.repository", evil, "rule.tag", evil, "rule.dialect", evil,
		"targets[0].url", evil, "targets[0].format", evil, "targets[0].secret", evil, "targets[0].headers[0].key", evil, "targets[0].headers[0].value", evil,
		"repositories", evil, "tags", evil, "version", evil, "submitted", "true"}
	for _, p := range []page{
		s.get(list), s.get(list + "/new"), s.get(fmt.Sprintf("%s/%d", list, one.ID)), s.get(list + "/1/delete"), s.get(list + "/new?copy=1"),
		s.get(list + "?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&done=%3Cscript%3E"), s.get(list + "/%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
		s.get("/console/login?next=%22%3E%3Cscript%3Ealert(1)"), s.get("/console/%22%3E%3Cscript%3Ealert(1)"),
		s.post(list, form...), s.post(list+"/check", form...), s.post(list+"/1", form...), s.post(list + "/1/test"), s.post("/console/login", "key", evil),
	} {
		p.hides("<script>alert", "<img src=x")
	}
}
