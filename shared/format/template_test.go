package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestCheckTemplates has each template that breaks a rule, or that does not work for what a
// target may get, refused with its field.
func TestCheckTemplates(t *testing.T) {
	t.Parallel()
	body := func(template string) shipbell.Target {
		return shipbell.Target{Format: shipbell.FormatTemplate, Template: template}
	}
	for _, test := range []struct {
		name    string
		actions []shipbell.Action
		target  shipbell.Target
		want    []string // fields, and the beginning of what is wrong
	}{
		{"no template", nil, shipbell.Target{Format: shipbell.FormatTCR}, nil},
		{"missing", nil, body(""), nil}, // shipbell.Trigger.Validate says it
		{"all that is there", shipbell.Actions(), body(chat), nil},
		{"a rule", nil, body("{}\n{{print 1}}"), []string{`targets[0].template: line 2: there is no function "print"`}},
		{"no JSON", nil, body(`{"a":}`), []string{`targets[0].template: it does not work for a sample of pushImage, one tag: the result is no JSON: invalid character '}'`}},
		{"two values", nil, body(`1 2`), []string{`targets[0].template: it does not work for a sample of pushImage, one tag: the result is no JSON`}},
		{"nothing", nil, body(" "), []string{`targets[0].template: it does not work for a sample of pushImage, one tag: the result is no JSON`}},
		{"two tags", nil, body(`[{{range .Resources}}{{.Tag}}{{end}}]`), []string{`targets[0].template: it does not work for a sample of pushImage, two tags: the result is no JSON`}},
		{"no two tags", nil, shipbell.Target{
			Format: shipbell.FormatTemplate, Template: `[{{range .Resources}}{{.Tag}}{{end}}]`, Options: shipbell.Options{Split: true},
		}, nil},
		{"a digest alone", nil, body(`{{index .Tags 0}}`), []string{`targets[0].template: it does not work for a sample of pushImage, a digest without a tag: line 1: there is no element 0`}},
		{"hostile names", nil, body(`{{if eq .Tag "v1.2.3" "latest" ""}}1{{else}}{{end}}`), []string{`targets[0].template: it does not work for a sample of pushImage, names with quotes`}},
		{"another action", []shipbell.Action{shipbell.PushImage, shipbell.DeleteChart}, body(`{{if eq .Action "pushImage"}}1{{else}}{{index .Tags 7}}{{end}}`), []string{
			`targets[0].template: it does not work for a sample of deleteChart, one tag: line 1: there is no element 7`,
		}},
		{"plain text", nil, shipbell.Target{Format: shipbell.FormatTemplate, Template: "no JSON", Options: shipbell.Options{ContentType: "text/plain; charset=utf-8"}}, nil},
		{"fields", nil, shipbell.Target{Format: shipbell.FormatTCR, Options: shipbell.Options{
			Query:        []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}, {Name: "x", Value: "{{.Taag}}"}},
			EventHeaders: []shipbell.Field{{Name: "X-By", Value: "{{.Operator}}"}, {Name: "X-A", Value: "{{index .Tags 0}}"}},
		}}, []string{
			"targets[0].query[1].value: line 1: an event has no field .Taag",
			"targets[0].event_headers[1].value: it does not work for a sample of pushImage, a digest without a tag",
		}},
		// A format that names an image by its tag never gets what has none.
		{"a format with tags", nil, shipbell.Target{Format: shipbell.FormatDockerHub, Options: shipbell.Options{Query: []shipbell.Field{{Name: "tag", Value: "{{index .Tags 0}}"}}}}, nil},
		{"work", nil, body(`{{` + strings.Repeat(`replace "a" "aaaa" (`, 8) + `"aa"` + strings.Repeat(`)`, 8) + `}}`), []string{"targets[0].template: it does not work for a sample of pushImage, one tag: line 1: a function gives a text of more than"}},
	} {
		if test.actions == nil {
			test.actions = []shipbell.Action{shipbell.PushImage}
		}
		trigger := shipbell.Trigger{Actions: test.actions, Targets: []shipbell.Target{test.target}}
		err := format.CheckTemplates(&trigger)
		var invalid *shipbell.Error
		if err != nil && (!errors.As(err, &invalid) || invalid.Kind != shipbell.Invalid) {
			t.Fatalf("%s: %v", test.name, err)
		}
		var got []string
		if invalid != nil {
			for _, f := range invalid.Fields {
				got = append(got, f.Field+": "+f.Message.String())
			}
		}
		if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
			t.Errorf("%s: %s", test.name, cmp.Diff(test.want, got))
		}
	}
}

// TestCheckIsBounded has many templates that all work hard refused, and not tried for long.
func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	hard := shipbell.Field{Name: "x", Value: "{{if " + strings.Repeat(`replace "a" "aaaa" (`, 7) + `"aaa"` + strings.Repeat(`)`, 7) + "}}{{end}}"}
	target := shipbell.Target{Format: shipbell.FormatTCR, Options: shipbell.Options{Query: slices.Repeat([]shipbell.Field{hard}, 32), EventHeaders: slices.Repeat([]shipbell.Field{hard}, 32)}}
	trigger := shipbell.Trigger{Actions: shipbell.Actions(), Targets: slices.Repeat([]shipbell.Target{target}, 10)}
	err := format.CheckTemplates(&trigger)
	if err == nil || !strings.Contains(err.Error(), text.New(text.TemplateWork).String()) {
		t.Errorf("%.300v", err)
	}
}

// TestTemplateContent renders what is no body of JSON, and what belongs to the request.
func TestTemplateContent(t *testing.T) {
	t.Parallel()
	d := sample(shipbell.FormatTemplate)
	d.Event.Operator = "a&b=c \u2028"
	for _, test := range []struct{ contentType, template, want string }{
		{"", "{{.Operator}}", `"a&b=c \u2028"`},
		{"application/vnd.kafka.json.v2+json", "{{.Operator}}", `"a&b=c \u2028"`},
		{"text/plain; charset=utf-8", "{{.Operator}}", "a&b=c \u2028"},
		{"application/x-www-form-urlencoded", "o={{.Operator}}", "o=a%26b%3Dc+%E2%80%A8"},
	} {
		target := shipbell.Target{Format: shipbell.FormatTemplate, Template: test.template, Options: shipbell.Options{
			ContentType: test.contentType, Query: []shipbell.Field{{Name: "tag", Value: "{{.Tag}}&"}},
			EventHeaders: []shipbell.Field{{Name: "x-tag", Value: " {{.Tag}} "}},
		}}
		content, err := format.Render(d, target)
		if err != nil || string(content.Body) != test.want {
			t.Errorf("%s: %q (%v), want %q", test.contentType, content.Body, err, test.want)
			continue
		}
		wantType := test.contentType
		if wantType == "" {
			wantType = "application/json"
		}
		if content.Header.Get("Content-Type") != wantType || content.Header.Get("X-Tag") != "v1.10.0" {
			t.Errorf("%s: header %v", test.contentType, content.Header)
		}
		if diff := cmp.Diff([]shipbell.Field{{Name: "tag", Value: "v1.10.0&"}}, content.Query); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTemplateCannotExpress has what cannot be made of an event be inexpressible, with a
// reason: the delivery is cancelled, and nothing is tried again.
func TestTemplateCannotExpress(t *testing.T) {
	t.Parallel()
	for want, target := range map[string]shipbell.Target{
		"the target has no template any more":                                   {},
		"the template cannot express this event: line 1: there is no element 5": {Template: "{{index .Tags 5}}"},
		"the template cannot express this event: the result has more than":      {Template: strings.Repeat(`"`+strings.Repeat("a", 1000)+`"`, 70)},
		"the template cannot express this event: the result is no JSON":         {Template: "{{.Tag}}{{.Tag}}"},
		"the template cannot express this event: line 1: there is no function":  {Template: "{{print 1}}"},
		`query parameter "q": the result has more than`:                         {Template: "1", Options: shipbell.Options{Query: []shipbell.Field{{Name: "q", Value: "{{.Operator}}"}}}},
		`event header "X-A": it cannot be sent`:                                 {Template: "1", Options: shipbell.Options{EventHeaders: []shipbell.Field{{Name: "X-A", Value: "{{.Repository}}"}}}},
		`event header "X-B": line 1: there is no field .Tag here`:               {Template: "1", Options: shipbell.Options{EventHeaders: []shipbell.Field{{Name: "X-B", Value: "{{with .Tag}}{{.Tag}}{{end}}"}}}},
	} {
		d := sample(shipbell.FormatTemplate)
		d.Event.Operator, d.Event.Repository.FullName = strings.Repeat("o", 3000), "a/b\nX-Evil: 1"
		content, err := format.Render(d, target)
		if err == nil || !format.Inexpressible(err) || content.Body != nil {
			t.Errorf("%.60s: %v", target.Template, err)
			continue
		}
		if got := strings.Replace(err.Error(), "line 1: the result has", "the result has", 1); !strings.HasPrefix(got, want) {
			t.Errorf("%.60s: %v, want %s", target.Template, err, want)
		}
		if len(err.Error()) > 500 {
			t.Errorf("%.60s: a reason of %d bytes", target.Template, len(err.Error()))
		}
	}
}

// TestTemplatesSeeTheEventAlone has a template print all that there is: the event and the
// delivery, as docs/templates.md lists them, and nothing that the process or the target has.
func TestTemplatesSeeTheEventAlone(t *testing.T) {
	t.Parallel()
	d := sample(shipbell.FormatTemplate)
	d.TriggerName = "demo"
	content, err := format.Render(d, shipbell.Target{
		Template: "{{.}}", URL: "https://example.com/?key=SECRET", Secret: shipbell.NewSecret("SECRET"),
		Headers: []shipbell.Header{{Key: "X", Values: []shipbell.Secret{shipbell.NewSecret("SECRET")}}},
	})
	if err != nil || strings.Contains(string(content.Body), "SECRET") {
		t.Fatalf("%s (%v)", content.Body, err)
	}
	var all map[string]any
	if err := json.Unmarshal(content.Body, &all); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Action", "Chart", "Count", "Delivery", "Digest", "Host", "ID", "Name", "Namespace", "OccurredAt", "Operator", "PreviousDigest",
		"Reference", "References", "Registry", "Repository", "Resources", "Tag", "Tags", "Time", "Trigger", "Type", "URL", "URLs",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(all))); diff != "" {
		t.Error(diff)
	}
	// Each of them can be named, and no other.
	for _, name := range append(want, "Secret", "TargetURL", "Attempts", "Trace", "Source") {
		_, err := format.Render(d, shipbell.Target{Template: fmt.Sprintf("{{.%s}}", name)})
		if known := all[name] != nil; known != (err == nil) {
			t.Errorf(".%s: %v", name, err)
		}
	}
}

// TestPageOfTemplates has docs/templates.md name every field and function, and its first
// example make what it says.
func TestPageOfTemplates(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	d := sample(shipbell.FormatTemplate)
	_, unknown := format.Render(d, shipbell.Target{Template: "{{x .x}}"})
	_, functions, _ := strings.Cut(unknown.Error(), "use one of ")
	_, unknown = format.Render(d, shipbell.Target{Template: "{{.x}}"})
	_, fields, _ := strings.Cut(unknown.Error(), "it has ")
	if !strings.Contains(functions, ", ") || !strings.Contains(fields, ", ") {
		t.Fatalf("%s; %s", functions, fields)
	}
	for name := range strings.SplitSeq(functions, ", ") {
		if !regexp.MustCompile("`" + name + "[` ]").Match(page) {
			t.Errorf("no word of %s", name)
		}
	}
	for name := range strings.SplitSeq(fields, ", ") {
		if !bytes.Contains(page, []byte("`."+name+"`")) {
			t.Errorf("no word of .%s", name)
		}
	}
	examples := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllSubmatch(page, 2)
	var target shipbell.Target
	if err := json.Unmarshal(examples[0][1], &target); err != nil {
		t.Fatal(err)
	}
	d.Event.Operator, d.Event.Repository.FullName = "alice", "team/app"
	d.Event.Resources = []shipbell.Resource{{Tag: "v1", URL: "reg.example.com/team/app:v1"}}
	if content, err := format.Render(d, target); err != nil || string(content.Body) != string(examples[1][1]) {
		t.Errorf("%s (%v), want %s", content.Body, err, examples[1][1])
	}
}

// TestHostileEventsKeepTheShape renders a template with hostile texts in every field of an
// event: the body has the fields and elements that it has with harmless ones, and a form has
// its one parameter.
func TestHostileEventsKeepTheShape(t *testing.T) {
	t.Parallel()
	with := func(s string) *shipbell.Delivery {
		d := sample(shipbell.FormatTemplate)
		r := shipbell.Resource{Tag: s, Digest: s, URL: s, PreviousDigest: s}
		d.Event.ID, d.Event.Operator, d.Event.Resources = s, s, []shipbell.Resource{r, r}
		d.Event.Repository = shipbell.Repository{FullName: "a" + s + "/b" + s, Type: s}
		d.TriggerName, d.Registry = s, s
		return d
	}
	target := shipbell.Target{Template: chat}
	want := ""
	for _, s := range []string{"harmless", `"`, `\`, `\\"`, `"},{"`, `","count":{"`, "\n\r\t\x00\x1b", "\u2028", "\xff", "\xed\xa0\x80", "{{.}}", `\u0022`, "<!channel>"} {
		content, err := format.Render(with(s), target)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		var body any
		if err := json.Unmarshal(content.Body, &body); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if got := shape(body); want == "" {
			want = got
		} else if got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
		form := shipbell.Target{Template: "text={{.Operator}}", Options: shipbell.Options{ContentType: "application/x-www-form-urlencoded"}}
		content, err = format.Render(with(s), form)
		values, wrong := url.ParseQuery(string(content.Body))
		if got := strings.ReplaceAll(values.Get("text"), "\u200b", ""); err != nil || wrong != nil || len(values) != 1 || got != strings.ToValidUTF8(s, "\ufffd") {
			t.Errorf("%q as a form: %s (%v, %v)", s, content.Body, err, wrong)
		}
	}
}

// shape is a JSON value without its texts.
func shape(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var s strings.Builder
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(&s, "%q:%s ", name, shape(v[name]))
		}
		return "{" + s.String() + "}"
	case []any:
		var s strings.Builder
		for _, element := range v {
			s.WriteString(shape(element) + " ")
		}
		return "[" + s.String() + "]"
	}
	return fmt.Sprintf("%T", value)
}

// TestManyResources has a template of an event with a thousand images: it is rendered if the
// result is small enough, and else has a reason.
func TestManyResources(t *testing.T) {
	t.Parallel()
	d := sample(shipbell.FormatTemplate)
	d.Event.Resources = slices.Repeat(d.Event.Resources, 1000)
	first := `[{{range $i, $r := .Resources}}{{if lt $i 10}}{{if $i}},{{end}}{{.Tag}}{{end}}{{end}}]`
	content, err := format.Render(d, shipbell.Target{Template: first})
	if err != nil || strings.Count(string(content.Body), "v1.10.0") != 10 {
		t.Errorf("%s (%v)", content.Body, err)
	}
	if _, err := format.Render(d, shipbell.Target{Template: "{{.Resources}}"}); !format.Inexpressible(err) {
		t.Errorf("%v", err)
	}
}
