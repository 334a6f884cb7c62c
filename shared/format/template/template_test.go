package template_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/format/template"
	"github.com/shipbell/shipbell/shared/text"
)

// enough is work that suffices for what tests do.
const enough = 1_000_000

// value is what tests run templates on.
func value() map[string]any {
	return map[string]any{
		"Name": "app", "Operator": "", "Count": int64(2), "Chart": false, "Time": int64(1795168800), "Tags": []any{"v1", "v2"},
		"Quote": "a\"b\\c\n\u2028<&>", "Digest": "sha256:7692c3ad3540bb803c020b3aee66cd88", "Chinese": "镜像已推送",
		"Resources": []any{map[string]any{"Tag": "v1", "Name": "one"}, map[string]any{"Tag": "v2", "Name": "two"}},
	}
}

func fields() []string {
	return []string{"Name", "Operator", "Count", "Chart", "Time", "Tags", "Quote", "Digest", "Chinese", "Resources", "Tag"}
}

// run parses and runs a template on a value, and gives what it made or what is wrong.
func run(source string, kind template.Kind, on map[string]any, limit int) (string, error) {
	t, err := template.Parse(source, kind, fields())
	if err != nil {
		return "", err
	}
	work := enough
	made, err := t.Execute(on, limit, &work)
	return string(made), err
}

func TestPrints(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind         template.Kind
		source, want string
	}{
		{template.Text, "", ""},
		{template.Text, "plain", "plain"},
		{template.Text, "{{.Name}}:{{.Count}} {{.Chart}}{{/* nothing */}}", "app:2 false"},
		{template.Text, "{{.Quote}}", "a\"b\\c\n\u2028<&>"},
		{template.Text, "a {{- .Name -}} b", "aappb"},
		{template.Text, "{{.Tags}} {{json .Name}}", `["v1","v2"] "app"`},
		{template.JSON, `{{.Name}}`, `"app"`},
		{template.JSON, `[{{.Count}},{{.Chart}},{{.Tags}},{{json .Tags}},"{{.Tags}}","{{.Count}}"]`, `[2,false,["v1","v2"],["v1","v2"],"[\"v1\",\"v2\"]","2"]`},
		{template.JSON, `["{{.Quote}}",{{.Quote}},{{json .Quote}},"{{json .Quote}}"]`,
			`["a\"b\\c\n\u2028<&>","a\"b\\c\n\u2028<&>","a\"b\\c\n\u2028<&>","\"a\\\"b\\\\c\\n\\u2028<&>\""]`},
		{template.JSON, `["\"{{.Name}}\"","\\{{.Name}}","\u0041{{.Name}}"]`, `["\"app\"","\\app","\u0041app"]`},
		{template.JSON, `[{{range $i, $r := .Resources}}{{if $i}},{{end}}{"{{/* */}}t":"{{$i}}{{.Tag}}{{$r.Tag}}{{$.Name}}"}{{end}}]`, `[{"t":"0v1v1app"},{"t":"1v2v2app"}]`},
		{template.JSON, `{"a":1{{if .Name}},"b":"{{.Name}}"{{else}},"c":{}{{end}}, "d" : {{with .Operator}}{{.}}{{else}}null{{end}}}`, `{"a":1,"b":"app", "d" : null}`},
		{template.Form, "text={{.Quote}}&n={{.Count}}", "text=a%22b%5Cc%0A%E2%80%A8%3C%26%3E&n=2"},
		{template.Text, "{{range .Resources}}{{.Tag}};{{else}}none{{end}}", "v1;v2;"},
		{template.Text, "{{range $r := $.Resources}}{{$r.Tag}}{{end}}", "v1v2"},
		{template.Text, "{{with .Name}}{{.}}/{{$.Count}}{{end}}", "app/2"},
		{template.Text, "{{trunc 2 .Chinese}} {{truncBytes 7 .Chinese}} {{trunc 9 .Name}} {{truncBytes 0 .Name}}{{trunc 0 .Name}}", "镜像 镜像 app "},
		{template.Text, `{{.Name | replace "p" "PP"}} {{lower "ÄB"}} {{short .Digest}} {{short "latest"}}`, "aPPPP äb 7692c3ad3540 latest"},
		{template.Text, `{{time .Time}} {{time "15:04" .Time}} {{.Time | time "2006-01-02 15:04" "+08:00"}}`, "2026-11-20T10:00:00Z 10:00 2026-11-20 18:00"},
		{template.Text, `{{query .Quote}} {{join ", " .Tags}} {{default "none" .Operator}} {{.Count | default 7}}`, "a%22b%5Cc%0A%E2%80%A8%3C%26%3E v1, v2 none 2"},
		{template.Text, `{{eq .Name "x" "app"}} {{ne .Count 2}} {{lt 1 .Count}} {{not .Operator}} {{len .Tags}} {{index .Tags 1}} {{(index .Resources 0).Tag}}`, "true false true true 2 v2 v1"},
		{template.Text, `{{and .Name .Operator .Count}}|{{or .Operator .Name}}|{{.Name | and .Count}}|{{index (index .Resources 1) "Tag"}}`, "|app|app|v2"},
		{template.Text, `{{or .Name (index .Tags 9)}}`, "app"},
	} {
		got, err := run(test.source, test.kind, value(), 1000)
		if err != nil || got != test.want {
			t.Errorf("%s:\n got %s (%v)\nwant %s", test.source, got, err, test.want)
		}
	}
}

// TestRules tries what a template may not say. Each is refused where it stands.
func TestRules(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]text.Code{
		"{{":                                   text.TemplateSyntax,
		"{{.Name":                              text.TemplateSyntax,
		"{{if .Name}}":                         text.TemplateSyntax,
		"{{.Name | \"a\"}}":                    text.TemplateSyntax,
		"\xff":                                 text.TextNotUTF8,
		`{{define "x"}}a{{end}}`:               text.TemplateNotAllowed,
		`{{define "template"}}a{{end}}`:        text.TemplateNotAllowed,
		`{{block "x" .}}a{{end}}`:              text.TemplateNotAllowed,
		`{{template "template"}}`:              text.TemplateNotAllowed,
		"{{range .Resources}}{{break}}{{end}}": text.TemplateNotAllowed,
		"{{range .Resources}}{{continue}}{{end}}": text.TemplateNotAllowed,
		"{{1.5}}":                                      text.TemplateNotAllowed,
		"{{1i}}":                                       text.TemplateNotAllowed,
		"{{18446744073709551615}}":                     text.TemplateNotAllowed,
		"{{eq .Name nil}}":                             text.TemplateNotAllowed,
		"{{join lower .Tags}}":                         text.TemplateNotAllowed,
		`{{print "a"}}`:                                text.TemplateFunction,
		`{{printf "%9999999d" 1}}`:                     text.TemplateFunction,
		`{{println}}`:                                  text.TemplateFunction,
		`{{call .Name}}`:                               text.TemplateFunction,
		`{{html .Name}}`:                               text.TemplateFunction,
		`{{js .Name}}`:                                 text.TemplateFunction,
		`{{urlquery .Name}}`:                           text.TemplateFunction,
		`{{slice .Name 1}}`:                            text.TemplateFunction,
		`{{env "HOME"}}`:                               text.TemplateFunction,
		`{{if .Name}}{{else}}{{env}}{{end}}`:           text.TemplateFunction,
		`{{lower}}`:                                    text.TemplateArguments,
		`{{lower .Name .Name}}`:                        text.TemplateArguments,
		`{{.Name | ne .Name .Name}}`:                   text.TemplateArguments,
		`{{.Name 1}}`:                                  text.TemplateNotFunction,
		`{{1 | .Name}}`:                                text.TemplateNotFunction,
		`{{1 | (lower .Name)}}`:                        text.TemplateNotFunction,
		"{{.Nothing}}":                                 text.TemplateField,
		"{{.Name.Nothing}}":                            text.TemplateField,
		"{{.Resources.Tag}}":                           text.TemplateField,
		"{{$.Nothing}}":                                text.TemplateField,
		"{{(index .Resources 0).Nothing}}":             text.TemplateField,
		"{{(index .Resources 0).Tag.Tag}}":             text.TemplateField,
		"{{$x := 1}}":                                  text.TemplateVariable,
		"{{with $x := 1}}{{end}}":                      text.TemplateVariable,
		"{{if $x := 1}}{{end}}":                        text.TemplateVariable,
		"{{range $x := .Resources}}{{$x = 1}}{{end}}":  text.TemplateVariable,
		"{{range .Resources}}{{$x := 1}}{{end}}":       text.TemplateVariable,
		"{{range 1000000000}}{{end}}":                  text.TemplateRange,
		"{{with 1000000000}}{{range .}}{{end}}{{end}}": text.TemplateRange,
		"{{range .Tags}}{{end}}":                       text.TemplateRange,
		"{{range .Resources | json}}{{end}}":           text.TemplateRange,
		"{{range (.Resources)}}{{end}}":                text.TemplateRange,
		"{{range $.Resources}}{{range $.Resources}}{{end}}{{end}}":                 text.TemplateRange,
		"{{range .Resources}}{{else}}{{if 1}}{{range .Tags}}{{end}}{{end}}{{end}}": text.TemplateRange,
		`{{markdown "html5" .Name}}`:                                               text.TemplateMarkup,
	} {
		_, err := template.Parse(source, template.Text, fields())
		if got := inner(err); got != want {
			t.Errorf("%s: %v (%s), want %s", source, err, got, want)
		}
	}
}

// inner is the code of what is wrong in a line.
func inner(err error) text.Code {
	if err == nil {
		return ""
	}
	m := text.Of(err)
	if m.Code == text.TemplateLine {
		m = m.Args[1].(text.Message)
	}
	return m.Code
}

// TestJSONRules tries where values may not stand in a JSON text.
func TestJSONRules(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]text.Code{
		`{"{{.Name}}": 1}`:                       text.TemplateName,
		`{"a{{.Name}}" : 1}`:                     text.TemplateName,
		`{{"{"}}{{.Name}}:1}`:                    text.TemplateName,
		`{"a":"{{.Name}}"{{if .Name}}:1{{end}}}`: text.TemplateName,
		`{{range .Resources}}:"{{.Tag}}"{{end}}`: text.TemplateName,
		`{{if .Name}}"{{.Name}}"{{end}}:`:        text.TemplateName,
		`"\{{.Name}}"`:                           text.TemplateEscape,
		`"\u{{.Name}}"`:                          text.TemplateEscape,
		`"\u004{{.Name}}"`:                       text.TemplateEscape,
		`"{{if .Name}}"{{end}}`:                  text.TemplateBranches,
		`"{{if .Name}}{{else}}a"{{end}}`:         text.TemplateBranches,
		`"{{with .Name}}\{{end}}n"`:              text.TemplateBranches,
		`{{range .Resources}}"{{end}}`:           text.TemplateBranches,
		`"{{range .Resources}}{{else}}"{{end}}`:  text.TemplateBranches,
		`"{{.Name}}`:                             text.TemplateOpenString,
		`"a\"`:                                   text.TemplateOpenString,
	} {
		_, err := template.Parse(source, template.JSON, fields())
		if got := inner(err); got != want {
			t.Errorf("%s: %v (%s), want %s", source, err, got, want)
		}
		if _, err := template.Parse(source, template.Text, fields()); err != nil {
			t.Errorf("%s as plain text: %v", source, err)
		}
	}
}

// TestNamesTheLine has errors name the line of what is wrong.
func TestNamesTheLine(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"a\nb\n{{.Nothing}}":       `line 3: an event has no field .Nothing; it has `,
		"\n{{if}}{{end}}":          `line 2: missing value for if`,
		"\n\n{{print 1}}":          `line 3: there is no function "print"; use one of json, `,
		"{{.Name}}\n{{":            `line 2: unclosed action`,
		"{{range .Name}}\n{{end}}": `line 1: range goes over .Resources alone`,
	} {
		_, err := template.Parse(source, template.Text, fields())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}

// TestFails tries what goes wrong with some values only.
func TestFails(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]text.Code{
		"{{with .Name}}{{.Tag}}{{end}}":            text.TemplateNoField,
		"{{.Tag}}":                                 text.TemplateNoField,
		`{{index (index .Resources 0) "x"}}`:       text.TemplateNoField,
		"{{index .Tags 2}}":                        text.TemplateIndex,
		"{{index .Tags -1}}":                       text.TemplateIndex,
		`{{index .Tags "a"}}`:                      text.TemplateArgument,
		"{{index .Name 0}}":                        text.TemplateArgument,
		"{{len .Count}}":                           text.TemplateArgument,
		"{{lower .Tags}}":                          text.TemplateArgument,
		`{{trunc "a" .Name}}`:                      text.TemplateArgument,
		"{{trunc -1 .Name}}":                       text.TemplateArgument,
		"{{truncBytes 1 .Tags}}":                   text.TemplateArgument,
		"{{join .Tags .Tags}}":                     text.TemplateArgument,
		`{{join "," .Name}}`:                       text.TemplateArgument,
		"{{lt .Name 1}}":                           text.TemplateArgument,
		"{{time .Name}}":                           text.TemplateArgument,
		"{{time .Tags .Time}}":                     text.TemplateArgument,
		`{{time "15:04" "Asia/Shanghai" .Time}}`:   text.TemplateZone,
		"{{eq .Name 1}}":                           text.TemplateCompare,
		"{{eq .Tags .Tags}}":                       text.TemplateCompare,
		"{{ne .Chart 0}}":                          text.TemplateCompare,
		"{{markdown .Name .Name}}":                 text.TemplateMarkup,
		"{{json .Tags}}" + strings.Repeat("a", 99): text.TemplateOutput,
		`{{.Digest | replace "" .Digest | replace "" .Digest | replace "" .Digest | replace "" .Digest}}`: text.TemplateText,
	} {
		_, err := run(source, template.Text, value(), 100)
		if got := inner(err); got != want {
			t.Errorf("%s: %v (%s), want %s", source, err, got, want)
		}
	}
}

// many is a value with a thousand resources.
func many() map[string]any {
	resources := make([]any, 1000)
	for i := range resources {
		resources[i] = map[string]any{"Tag": strings.Repeat("t", 100)}
	}
	v := value()
	v["Resources"] = resources
	return v
}

// TestWorkIsBounded tries to make a small template take long on a large event: it is its
// work that ends it, wherever it goes.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"{{range .Resources}}" + strings.Repeat("{{if 0}}{{end}}", 900) + "{{end}}",
		"{{range .Resources}}{{if and " + strings.Repeat("1 ", 8000) + "}}{{end}}{{end}}",
		"{{range .Resources}}{{if " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000) + "}}{{end}}{{end}}",
		"{{range .Resources}}{{if eq (.Tag" + strings.Repeat(` | replace "t" "u" | replace "u" "t"`, 200) + `) ""}}{{end}}{{end}}`,
		"{{range .Resources}}{{if eq (.Tag" + strings.Repeat(` | markdown "telegram"`, 200) + `) ""}}{{end}}{{end}}`,
		"{{range .Resources}}{{if not (trunc 50000 (json $.Resources))}}{{end}}{{end}}",
	} {
		parsed, err := template.Parse(source, template.JSON, fields())
		if err != nil {
			t.Fatal(err)
		}
		work := 100_000
		_, err = parsed.Execute(many(), 64<<10, &work)
		if got := inner(err); got != text.TemplateWork && got != text.TemplateText {
			t.Errorf("%.60s…: %v", source, err)
		}
	}
}

// TestMentions has what calls people in chats disarmed if it comes from a value, and nothing
// else.
func TestMentions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, name, want string }{
		{`"{{.Name}}"`, "@everyone", "@_everyone"},
		{`"{{.Name}}"`, "hey @Here!", "hey @_Here!"},
		{`"{{.Name}}"`, "x@all", "x@_all"},
		{`"{{.Name}}"`, "<!channel>", "<_!channel>"},
		{`"{{.Name}}"`, "<@U123>", "<_@_U123>"},
		{`"{{.Name}}"`, "<users/all>", "<_users/all>"},
		{`"{{.Name}}"`, `<AT user_id="all">`, `<_AT user_id="all">`},
		{`"{{.Name}}"`, "@alice", "@_alice"},
		{`"{{.Name}}"`, "@所有人", "@_所有人"},
		{`"{{.Name}}"`, "a\n@alice", "a\n@_alice"},
		{`"{{.Name}}"`, "a\x01@alice", "a\x01@_alice"},
		{`"{{.Name}}"`, "alice@example.com", "alice@example.com"},
		{`"{{.Name}}"`, "bob@all.example.com, x", "bob@all.example.com, x"},
		{`"{{.Name}}"`, "reg/app@sha256:00", "reg/app@sha256:00"},
		{`"{{.Name}}"`, "1 < 2 @ 3", "1 < 2 @ 3"},
		{`"@{{.Name}}"`, "all", "@_all"},
		{`"<!{{.Name}}>"`, "here", "<_!here>"},
		{`"<users/{{.Name}}>"`, "all", "<_users/all>"},
		{`"@{{.Name}}"`, "alice", "@alice"},
		{`"<@{{.Name}}>"`, "U123", "<@U123>"},
		{`"@{{.Name}}one"`, "every", "@_everyone"},
		{`"{{.Name}}channel>"`, "<!", "<_!channel>"},
		{`"{{.Name}}{{.Name}}"`, "@al", "@_al@al"},
		{`"{{.Name}}l"`, "@al", "@_all"},
		{`"@channel <!here> <@U1> @all: {{.Name}}"`, "app", "@channel <!here> <@U1> @all: app"},
		{`{{.Name}}`, "@everyone", "@_everyone"},
		{`{{json .Name}}`, "@everyone", "@_everyone"},
		{`"{{markdown "slack" .Name}}"`, "<!channel>&", "&lt;!channel&gt;&amp;"},
		{`"{{markdown "telegram" .Name}}"`, "a_b.c@all", `a\_b\.c@_all`},
	} {
		on := value()
		on["Name"] = test.name
		made, err := run(test.source, template.JSON, on, 1000)
		var got string
		if err == nil {
			err = json.Unmarshal([]byte(made), &got)
		}
		if got = strings.ReplaceAll(got, "\u200b", "_"); err != nil || got != test.want {
			t.Errorf("%s with %q: %q (%v), want %q", test.source, test.name, got, err, test.want)
		}
	}
}

// TestMentionsOutsideJSON has the same disarmed in plain texts and in forms, and nothing in what
// is no body.
func TestMentionsOutsideJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, name, plain, form string }{
		{`{{.Name}}`, "@everyone", "@_everyone", "%40_everyone"},
		{`{{.Name}}`, "hey <!channel> & all", "hey <_!channel> & all", "hey+%3C_%21channel%3E+%26+all"},
		{`{{.Name}}`, `\@here`, `\@_here`, "%5C%40_here"},
		{`@{{.Name}}`, "all", "@_all", "@_all"},
		{`%40{{.Name}}`, "all", "%40all", "%40_all"},
		{`%4{{.Name}}`, "0all", "%40all", "%40_all"},
		{`@{{.Name}}`, "alice", "@alice", "@alice"},
		{`@all {{.Name}}`, "50%", "@all 50%", "@all 50%25"},
		{`{{.Name}}%`, "alice@example.com", "alice@example.com%", "alice%40example.com%"},
		{`{{.Name}}`, "reg/app@sha256:00", "reg/app@sha256:00", "reg%2Fapp%40sha256%3A00"},
	} {
		on := value()
		on["Name"] = test.name
		for kind, want := range map[template.Kind]string{template.Plain: test.plain, template.Form: test.form} {
			made, err := run(test.source, kind, on, 1000)
			if got := strings.NewReplacer("\u200b", "_", "%E2%80%8B", "_").Replace(made); err != nil || got != want {
				t.Errorf("%s with %q as %d: %q (%v), want %q", test.source, test.name, kind, got, err, want)
			}
		}
		if made, err := run(`{{.Name}}`, template.Text, on, 1000); err != nil || made != test.name {
			t.Errorf("%q became %q, %v", test.name, made, err)
		}
	}
}

// TestMarkdown has a text stand for itself in each markup.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	const name = "\"a_b*c\n# [x](y) <u>&`z`~|"
	for kind, want := range map[string]string{
		"plain":       name,
		"slack":       "\"a_b*c # [x](y) &lt;u&gt;&amp;`z`~|",
		"html":        "&#34;a_b*c # [x](y) &lt;u&gt;&amp;`z`~|",
		"telegram":    "\"a\\_b\\*c \\# \\[x\\]\\(y\\) \\<u\\>\\&\\`z\\`\\~\\|",
		"discord":     "\"a\\_b\\*c \\# \\[x\\]\\(y\\) \\<u\\>\\&\\`z\\`\\~\\|",
		"mattermost":  "\"a\\_b\\*c \\# \\[x\\]\\(y\\) \\<u\\>\\&\\`z\\`\\~\\|",
		"teams":       "\"a\\_b\\*c \\# \\[x\\]\\(y\\) \\<u\\>\\&\\`z\\`\\~\\|",
		"google-chat": "\"a_b*\u200bc # [x]\u200b(y) <\u200bu>&`\u200bz`\u200b~\u200b|",
		"wecom":       "\"a_b*\u200bc # [x]\u200b(y) <\u200bu>&`\u200bz`\u200b~\u200b|",
		"dingtalk":    "\"a_b*\u200bc # [x]\u200b(y) <\u200bu>&`\u200bz`\u200b~\u200b|",
		"feishu":      "\"a_b*\u200bc # [x]\u200b(y) <\u200bu>&`\u200bz`\u200b~\u200b|",
	} {
		on := value()
		on["Name"] = name
		if got, err := run(`{{markdown "`+kind+`" .Name}}`, template.Text, on, 1000); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", kind, got, err, want)
		}
	}
}
