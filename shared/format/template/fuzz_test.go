package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/format/template"
)

// hostile are texts that try to be more than a text.
func hostile() []string {
	return []string{
		`"`, `\`, `\"`, `"},{"a":"`, `"}]}`, `","b":{"c":"`, "\n", "\x00\x1f\x7f", "\u2028\u2029", "\xff\xfe", "\xed\xa0\x80", `\u0022`, `\u00`,
		"{{.}}", "{{define \"x\"}}", "]", "}", "null", "1", "true", "@everyone", "<!channel>", `'+"`, "</script>", "🚢", "\\", "*/", "%22", "\r\n\r\n",
	}
}

// templates are of many forms in which a value may stand in JSON, none of which asks what
// the value is.
func templates() []string {
	return []string{
		`{"a":"{{.Name}}"}`, `{"a":{{.Name}},"b":{{json .Name}}}`, `["{{.Name}}{{.Name}}","\\{{.Name}}","\"{{.Name}}\"","\u0041{{.Name}}"]`,
		`[{{range $i, $r := .Resources}}{{if $i}},{{end}}{"t":"{{.Tag}}","n":{{$.Name}},"r":{{json $r}}}{{end}}]`,
		`{"all":{{.}},"text":"{{json .}}","again":"{{json (json .)}}"}`,
		`["{{trunc 1 .Name}}","{{truncBytes 1 .Name}}",{{trunc 2 (json .Name)}},"{{trunc 3 (json .Name)}}"]`,
		`["{{lower .Name}}","{{replace "\"" "\\" .Name}}",{{.Name | replace "a" "\"" | json}},"{{short .Name}}","{{query .Name}}"]`,
		`["{{join "\",\"" .Tags}}",{{join "," .Tags}},{{.Tags}},"{{.Tags}}",{{index .Tags 0}}]`,
		`["{{default .Name .Name}}",{{and .Name .Name}},{{or .Name .Name}},{{default 1 .Count}}]`,
		`["{{markdown "slack" .Name}}","{{markdown "telegram" .Name}}","{{markdown "wecom" .Name}}",{{markdown "plain" .Name}}]`,
		`{{with .Name}}{"a":"{{.}}"}{{end}}`,
	}
}

// with is a value in which every text is s. It is not empty, for templates may ask that.
func with(s string) map[string]any {
	v := value()
	v["Name"], v["Tags"] = s, []any{s, "x", s}
	v["Resources"] = []any{map[string]any{"Tag": s, "Name": s}, map[string]any{"Tag": s, "Name": s}}
	return v
}

// shape is a JSON text without its texts: types, names of fields, and how many elements. A
// field that is there twice counts twice.
func shape(b []byte) (string, error) {
	if !json.Valid(b) {
		return "", fmt.Errorf("no JSON: %s", b)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	return shapeOf(d), nil
}

func shapeOf(d *json.Decoder) string {
	token, _ := d.Token()
	switch token {
	case json.Delim('{'):
		s := "{"
		for d.More() {
			name, _ := d.Token()
			s += fmt.Sprintf("%q:%s ", name, shapeOf(d))
		}
		d.Token()
		return s + "}"
	case json.Delim('['):
		s := "["
		for d.More() {
			s += shapeOf(d) + " "
		}
		d.Token()
		return s + "]"
	}
	if _, isText := token.(string); isText {
		return "text"
	}
	return fmt.Sprint(token)
}

// checkShape fails if a text makes another shape of JSON than a harmless one does.
func checkShape(t *testing.T, source, s string) {
	t.Helper()
	harmless, err := run(source, template.JSON, with("harmless"), 1<<20)
	if err != nil {
		return
	}
	want, err := shape([]byte(harmless))
	if err != nil {
		return
	}
	made, err := run(source, template.JSON, with(s), 1<<20)
	if err != nil {
		return // it is too long for a function
	}
	if got, err := shape([]byte(made)); err != nil || got != want {
		t.Errorf("%s with %q:\n got %s (%v)\nwant %s\nmade %s", source, s, got, err, want, made)
	}
}

// TestValuesKeepTheShape has hostile texts everywhere: the result is JSON of the same fields
// and as many elements as with a harmless text.
func TestValuesKeepTheShape(t *testing.T) {
	t.Parallel()
	for _, source := range templates() {
		made, err := run(source, template.JSON, with("harmless"), 1<<20)
		if err != nil || !json.Valid([]byte(made)) {
			t.Errorf("%s: %s (%v)", source, made, err)
		}
		for _, s := range hostile() {
			checkShape(t, source, s)
			for _, other := range hostile() {
				checkShape(t, source, s+other)
			}
		}
	}
}

func FuzzValuesKeepTheShape(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || len(s) > 1000 {
			return
		}
		for _, source := range templates() {
			checkShape(t, source, s)
		}
	})
}

// FuzzForms has a form say what the value was, but for the mark that disarms.
func FuzzForms(f *testing.F) {
	for _, s := range append(hostile(), "%40all", "@\xe2", "%", "%4") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 || !utf8.ValidString(s) {
			return
		}
		for _, before := range []string{"", "@", "%40", "<", "a+"} {
			made, err := run("text="+before+"{{.Name}}&n=1", template.Form, with(s), 10_000)
			values, wrong := url.ParseQuery(made)
			own, _ := url.QueryUnescape(before)
			without := func(s string) string { return strings.ReplaceAll(s, "\u200b", "") }
			if err != nil || wrong != nil || len(values) != 2 || without(values.Get("text")) != without(own+s) {
				t.Fatalf("%q behind %q: %s (%v, %v)", s, before, made, err, wrong)
			}
		}
	})
}

// FuzzTemplates runs whatever text as a template: it ends with a text within the limit or
// with an error, the same one each time, and holds nothing but the value. If it never asks
// what a value is, it makes JSON of one shape.
func FuzzTemplates(f *testing.F) {
	for _, source := range templates() {
		f.Add(source)
	}
	for _, source := range []string{
		`{{range 1000000000}}{{end}}`, `{{with 1000000000}}{{range .}}{{end}}{{end}}`, `{{printf "%9999999d" 1}}`,
		`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, `{{$x := "a"}}{{$x = print $x $x}}`, `{{.Name.String}}`, `{{call .Name}}`,
		`"{{if .Name}}a{{else}}b{{end}}"`, `{{time "2006" .Time}}`, "{{`a`}}{{'a'}}{{\"\\xff\"}}", `{{(index .Resources 0).Tag}}`, `{{- /* a */ -}}`,
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 16<<10 {
			return
		}
		const limit = 4096
		for _, kind := range []template.Kind{template.Text, template.Plain, template.JSON, template.Form} {
			made, err := run(source, kind, with("harmless"), limit)
			again, err2 := run(source, kind, with("harmless"), limit)
			if made != again || fmt.Sprint(err) != fmt.Sprint(err2) || len(made) > limit {
				t.Fatalf("%q: %q (%v), then %q (%v)", source, made, err, again, err2)
			}
		}
		for _, asks := range []string{"eq", "ne", "lt", "len", "index", "if", "with", "and", "or", "not", "default", "markdown", "time", "trunc"} {
			if strings.Contains(source, asks) {
				return
			}
		}
		for _, s := range hostile() {
			checkShape(t, source, s)
		}
	})
}
