package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// newCall makes a call of a command that is not run.
func newCall(t *testing.T, c command, env map[string]string) (*call, *bytes.Buffer) {
	t.Helper()
	var stderr bytes.Buffer
	return &call{command: c, getenv: func(name string) string { return env[name] }, stdin: strings.NewReader(""), stdout: &stderr, stderr: &stderr}, &stderr
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args      string
		arguments []string
		json      bool
		want      string // the error
	}{
		{"a b", []string{"a", "b"}, false, ""},
		{"--json a b", []string{"a", "b"}, true, ""},
		{"a --json b --server x", []string{"a", "b"}, true, ""},
		{"a b --json", []string{"a", "b"}, true, ""},
		{"a -- --json", []string{"a", "--json"}, false, ""},
		{"a b -- -c --", []string{"a", "b", "-c", "--"}, false, ""},
		{"a -", []string{"a", "-"}, false, ""},
		{"a b -json=false", []string{"a", "b"}, false, ""},
		{"a", nil, false, "PATTERN is missing"},
		{"", nil, false, "FIELD is missing"},
		{"a b --nothing", nil, false, "there is no flag --nothing"},
		{"a b --server", nil, false, "--server needs a value"},
		{"a b --json=yes!", nil, false, `--json is written alone, or as --json=false: "yes!" is neither true nor false`},
		{"a b ---x", nil, false, "bad flag syntax: ---x"},
	}
	for _, tt := range tests {
		c, _ := newCall(t, patternCommand(), nil)
		err := c.parse(strings.Fields(tt.args))
		if tt.want != "" {
			if err == nil || err.Error() != tt.want {
				t.Errorf("%s: %v, want %s", tt.args, err, tt.want)
			}
			continue
		}
		if err != nil || c.asJSON != tt.json || !cmp.Equal(c.arguments, tt.arguments) {
			t.Errorf("%s: %v, arguments %q, json %v", tt.args, err, c.arguments, c.asJSON)
		}
	}
}

// words splits a line as a shell does, as far as the examples need it.
func words(line string) (words []string) {
	quoted, word, any := false, "", false
	for _, r := range line + " " {
		switch {
		case r == '\'':
			quoted, any = !quoted, true
		case r == ' ' && !quoted:
			if any || word != "" {
				words = append(words, word)
			}
			word, any = "", false
		default:
			word += string(r)
		}
	}
	return words
}

// checkExample checks that a line of an example is a command with flags that there
// are.
func checkExample(t *testing.T, line string) {
	t.Helper()
	for part := range strings.SplitSeq(line, " | ") {
		_, part, ok := strings.Cut(" "+part, " shipbell ")
		if !ok {
			continue
		}
		part, _, _ = strings.Cut(part, " > ")
		args := words(strings.TrimSuffix(strings.TrimSpace(part), " &"))
		if args[0] == "help" {
			args = args[1:]
			if _, _, ok := find(commands(), args); !ok && len(args) > 0 && len(group(args[0])) == 0 {
				t.Errorf("%s: no such command", line)
			}
			continue
		}
		found, rest, ok := find(commands(), args)
		if !ok {
			t.Errorf("%s: no such command", line)
			continue
		}
		c, _ := newCall(t, found, nil)
		if err := c.parse(rest); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestCommandsTeach(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, one := range commands() {
		if seen[one.name] {
			t.Errorf("%s is there twice", one.name)
		}
		seen[one.name] = true
		if one.summary == "" || one.about == "" || len(one.examples) < 2 || one.run == nil || one.least > one.most {
			t.Errorf("%s does not teach: it needs a summary, a paragraph and two examples", one.name)
		}
		for _, example := range one.examples {
			if !strings.Contains(example, "shipbell "+one.name) && one.name != "version" {
				t.Errorf("%s: an example of something else: %s", one.name, example)
			}
			checkExample(t, strings.ReplaceAll(example, "\\\n", " "))
		}
		for line := range strings.Lines(one.about) {
			if len([]rune(strings.TrimSpace(line))) > 90 {
				t.Errorf("%s: a line is too long: %s", one.name, line)
			}
		}
	}
}

// TestDocs holds docs/cli.md against the commands: its examples are commands that
// there are, and every command and flag is in it.
func TestDocs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	code := false
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if fence, ok := strings.CutPrefix(strings.TrimSpace(line), "```"); ok {
			code = !code && fence == ""
		} else if code {
			checkExample(t, strings.TrimSpace(line))
		}
	}
	for _, one := range commands() {
		if !strings.Contains(text, "shipbell "+one.name) {
			t.Errorf("docs/cli.md does not have %s", one.name)
		}
		c, _ := newCall(t, one, nil)
		c.register()
		c.set.VisitAll(func(f *flag.Flag) {
			if !strings.Contains(text, "--"+f.Name) {
				t.Errorf("docs/cli.md does not have --%s of %s", f.Name, one.name)
			}
		})
	}
}

func TestFlagFor(t *testing.T) {
	t.Parallel()
	c, _ := newCall(t, triggerCreate(), nil)
	c.register()
	for field, want := range map[string]string{
		"name": "--name", "actions[1]": "--action", "rule.tag": "--tag", "targets": "--url", "targets[0].url": "--url",
		"targets[2].headers[1].values[0]": "--header", "targets[0].template": "--template", "targets[0].busy.statuses[0]": "targets[0].busy.statuses[0]", "colour": "colour",
	} {
		if got := c.flagFor(field); got != want {
			t.Errorf("flagFor(%s) = %s, want %s", field, got, want)
		}
	}
}

func TestProblemLines(t *testing.T) {
	t.Parallel()
	same := func(field string) string { return field }
	tests := []struct {
		refused client.Error
		want    []string
	}{
		{client.Error{Problem: apiv1.Problem{Status: 500, Title: "Internal Server Error"}}, []string{"500 Internal Server Error"}},
		{client.Error{Problem: apiv1.Problem{Status: 404, Detail: "there is no trigger 7"}}, []string{"there is no trigger 7"}},
		{client.Error{Problem: apiv1.Problem{Status: 422, Detail: "d", Errors: []apiv1.FieldError{{Field: "a", Message: "x"}, {Field: "b", Message: "y"}, {Field: "a", Message: "x"}}}}, []string{"a: x", "b: y"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, lines(&tt.refused, same)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestReadTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"": "0001-01-01T00:00:00Z", "90m": "2026-11-22T10:30:00Z", "7d": "2026-11-15T12:00:00Z", "0s": "2026-11-22T12:00:00Z",
		"2026-11-22T12:00:00+08:00": "2026-11-22T12:00:00+08:00", "2026-11-22T12:00:00.5Z": "2026-11-22T12:00:00.5Z",
	} {
		if got, err := readTime("since", text, now); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("readTime(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"yesterday", "-1h", "1.5d", "d", "2026-11-22"} {
		if got, err := readTime("since", text, now); err == nil {
			t.Errorf("readTime(%q) = %v", text, got)
		}
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	dir, empty := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{adminKeyFile: "ak:file\n", addressFile: "http://127.0.0.1:4711\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name              string
		args              []string
		env               map[string]string
		server, key, want string // want is a part of the error or warning
	}{
		{"all found", nil, map[string]string{"SHIPBELL_DATA": dir}, "http://127.0.0.1:4711", "ak:file", ""},
		{"environment", nil, map[string]string{"SHIPBELL_SERVER": "https://s.example.com/bell/", "SHIPBELL_KEY": " ak:env\n"}, "https://s.example.com/bell", "ak:env", ""},
		{"flags win", []string{"--server", "localhost:1", "--key", "ak:flag"}, map[string]string{"SHIPBELL_SERVER": "https://s.example.com", "SHIPBELL_KEY": "ak:env"}, "http://localhost:1", "ak:flag", ""},
		{"default server", []string{"--key", "ak:flag"}, map[string]string{"SHIPBELL_DATA": empty}, standardServer, "ak:flag", ""},
		{"IPv6", []string{"--server", "http://[::1]:1"}, map[string]string{"SHIPBELL_DATA": dir}, "http://[::1]:1", "ak:file", ""},
		{"the local key stays here", []string{"--server", "https://s.example.com"}, map[string]string{"SHIPBELL_DATA": dir}, "", "", "an access key for s.example.com is needed"},
		{"unencrypted", []string{"--server", "http://s.example.com", "--key", "ak:flag"}, nil, "http://s.example.com", "ak:flag", "warning: the access key goes to s.example.com unencrypted"},
		{"no key", nil, map[string]string{"SHIPBELL_DATA": empty}, "", "", "an access key is needed"},
		{"half a key", []string{"--key", "ak"}, nil, "", "", "--key: write the access key as ID:SECRET"},
		{"two lines", nil, map[string]string{"SHIPBELL_KEY": "ak:a\nb"}, "", "", "SHIPBELL_KEY: write the access key"},
		{"user in the URL", []string{"--server", "http://u:p@localhost"}, nil, "", "", "--server: write the server"},
		{"no host", nil, map[string]string{"SHIPBELL_SERVER": "https://"}, "", "", "SHIPBELL_SERVER: write the server"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, stderr := newCall(t, triggerList(), tt.env)
			if err := c.parse(tt.args); err != nil {
				t.Fatal(err)
			}
			options, err := c.findOptions()
			said := stderr.String()
			if err != nil {
				said += err.Error()
			}
			if !strings.Contains(said, tt.want) || (tt.want == "" && said != "") {
				t.Errorf("said %q, want %q", said, tt.want)
			}
			if tt.server == "" != (err != nil) {
				t.Fatal(err)
			}
			if key, _ := options.Key.Reveal(); options.Server != tt.server || key != tt.key {
				t.Errorf("server %s, key %s", options.Server, key)
			}
		})
	}
}

func TestOwnAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80", "[::1]:80": "http://[::1]:80", "10.1.2.3:80": "http://10.1.2.3:80",
	} {
		address, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			t.Fatal(err)
		}
		got := ownAddress(address)
		if _, err := url.Parse(got); err != nil || got != want {
			t.Errorf("ownAddress(%s) = %s, %v", text, got, err)
		}
	}
}

func TestSameAs(t *testing.T) {
	t.Parallel()
	old := shipbell.Trigger{
		ID: 3, Registry: "default", Name: "a", Enabled: true, Version: 7, Actions: []shipbell.Action{shipbell.PushImage},
		Rule:    shipbell.Rule{Repository: "x", Dialect: pattern.TCR},
		Targets: []shipbell.Target{{URL: "https://a/", Headers: []shipbell.Header{{Key: "K", Values: []shipbell.Secret{shipbell.NewSecret(shipbell.Mask)}}}}},
	}
	old.Normalise()
	asStored, err := json.Marshal(apiv1.NewTrigger(old))
	if err != nil {
		t.Fatal(err)
	}
	brief := `{"name":"a","actions":["pushImage"],"rule":{"repository":"x"},"targets":[{"url":"https://a/","headers":[{"key":"K","values":["••••"]}]}]}`
	for _, tt := range []struct {
		name, body string
		want       bool
	}{
		{"as the server says it", string(asStored), true},
		{"without what has a default", brief, true},
		{"disabled", strings.Replace(brief, `{`, `{"enabled":false,`, 1), false},
		{"another rule", strings.Replace(brief, `"x"`, `"y"`, 1), false},
		{"a secret in clear", strings.Replace(brief, "••••", "clear", 1), false},
		{"no header", strings.Replace(brief, `[{"key":"K","values":["••••"]}]`, "[]", 1), false},
		{"an unknown field", strings.Replace(brief, `{`, `{"colour":1,`, 1), false},
		{"a wrong type", strings.Replace(brief, `["pushImage"]`, `7`, 1), false},
	} {
		if got := (wantedTrigger{"a", json.RawMessage(tt.body)}).sameAs(apiv1.NewTrigger(old)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
