package text_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/text"
)

// group is the codes of one area.
type group struct {
	title string
	codes []string
}

// groups reads the constants of codes.go.
func groups(t *testing.T) (list []group) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		constants := decl.(*ast.GenDecl)
		one := group{title: strings.TrimSpace(constants.Doc.Text())}
		for _, spec := range constants.Specs {
			one.codes = append(one.codes, strings.Trim(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value, `"`))
		}
		list = append(list, one)
	}
	return list
}

func catalogue(t *testing.T, l text.Language) map[string]string {
	t.Helper()
	data, err := os.ReadFile(string(l) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z])`)

// verbsOf lists the verbs of a format by the argument that each takes.
func verbsOf(format string) map[int]string {
	list := map[int]string{}
	for i, found := range verb.FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		at := i + 1
		if found[1] != "" {
			fmt.Sscan(found[1], &at)
		}
		list[at] = found[2]
	}
	return list
}

// TestCatalogues proves that each code has a sentence in each language, that no other
// sentence is there, and that the languages format the same arguments alike.
func TestCatalogues(t *testing.T) {
	t.Parallel()
	var all []string
	for _, one := range groups(t) {
		all = append(all, one.codes...)
	}
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Error("codes.go has a code twice")
	}
	english := catalogue(t, text.English)
	for _, l := range text.Languages() {
		texts := catalogue(t, l)
		for _, code := range all {
			if strings.TrimSpace(texts[code]) == "" {
				t.Errorf("%s.json lacks %s", l, code)
			}
			if diff := cmp.Diff(verbsOf(english[code]), verbsOf(texts[code])); diff != "" {
				t.Errorf("%s in %s takes other arguments (-english +%s):\n%s", code, l, l, diff)
			}
			if regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).FindString(code) == "" {
				t.Errorf("%s is not in kebab case", code)
			}
		}
		for code := range texts {
			if !slices.Contains(all, code) {
				t.Errorf("%s.json has %s, which is not a code", l, code)
			}
		}
	}
}

type word string

// TestMessage shows messages in both languages and brings each through JSON.
func TestMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message text.Message
		en, zh  string
		json    string
	}{
		{text.Message{}, "", "", `""`},
		{text.Literal(""), "", "", `""`},
		{text.Literal("100% gone"), "100% gone", "100% gone", `"100% gone"`},
		{text.New(text.URLSpace), `spaces and control characters are not allowed: write "%20" for a space`, "不允许使用空格和控制字符，空格请写作“%20”", `{"code":"url-space"}`},
		{text.New(text.HeaderListedTwice, "a%s"), "a%s is listed twice: give one header several values instead", "a%s 重复出现，请为同一个 Header 填写多个值", `{"code":"header-listed-twice","args":["a%s"]}`},
		{
			text.New(text.EventTooMany, uint8(3), 1000), "3 events after the first 1000 of one request", "单次请求中前 1000 个之后的 3 个事件",
			`{"code":"event-too-many","args":[3,1000]}`,
		},
		{text.New(text.ActionsMissing, []word{"a", "b"}), "name at least one of a, b", "请至少选择一种：a, b", `{"code":"actions-missing","args":[["a","b"]]}`},
		{
			text.New(text.TLSFailed, fmt.Errorf("handshake: %w", text.New(text.TLSExpired))), "tls: the certificate has expired or is not yet valid", "TLS：证书已过期或尚未生效",
			`{"code":"tls-failed","args":[{"code":"tls-expired"}]}`,
		},
		{text.New(text.TLSFailed, errors.New("bad record")), "tls: bad record", "TLS：bad record", `{"code":"tls-failed","args":["bad record"]}`},
		{text.New(text.TimeoutTotal, time.Second), "timeout after 1s", "请求超时（1s）", `{"code":"timeout-total","args":["1s"]}`},
		{text.New(text.MatchNamespace, text.PartNone, word("a")), `namespace (none) does not match "a"`, "命名空间 （无） 与 \"a\" 不匹配", `{"code":"match-namespace","args":[{"code":"part-none"},"a"]}`},
		{text.New("of-the-future", 1.5), "of-the-future", "of-the-future", `{"code":"of-the-future","args":[1.5]}`},
	} {
		if en, zh := test.message.In(text.English), test.message.In(text.Chinese); en != test.en || zh != test.zh || test.message.Error() != en {
			t.Errorf("%v: %q, %q, want %q, %q", test.message.Code, en, zh, test.en, test.zh)
		}
		data, err := json.Marshal(test.message)
		if err != nil || string(data) != test.json {
			t.Errorf("%v: %s, %v, want %s", test.message.Code, data, err, test.json)
		}
		var again text.Message
		if err := json.Unmarshal(data, &again); err != nil || !cmp.Equal(again, test.message) {
			t.Errorf("%s: %#v, %v", data, again, err)
		}
	}
	if m := text.New(text.NameTaken, "x", 1); m.In("fr") != m.String() {
		t.Errorf("in a language that there is not: %q", m.In("fr"))
	}
	if !text.Literal("").IsZero() || text.Literal("x").IsZero() || text.New(text.Internal).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	long := text.New(text.SourceUnreadable, "été", text.New(text.OneOfRequired, []string{"abcdef", "b"}), 1234567)
	want := text.New(text.SourceUnreadable, "ét", text.New(text.OneOfRequired, []string{"abc", "b"}), 1234567)
	if diff := cmp.Diff(want, long.Truncate(3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := text.Literal("abcdef").Truncate(3); got.String() != "abc" {
		t.Errorf("a literal: %q", got)
	}
}

// FuzzJSON reads any JSON: what is read is written, and read again as the same.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`""`, `"gone"`, `null`, `{"code":"status-gone","args":[410]}`, `{"code":"a","args":["x",1.5,1e99,["y",{"code":"b"}],null,true,{}]}`, `7`, `[]`, `{"args":["x"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m, again text.Message
		if json.Unmarshal(data, &m) != nil {
			return
		}
		for _, l := range text.Languages() {
			_ = m.In(l)
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil || again.String() != m.String() {
			t.Errorf("%s became %q, %s and %q: %v", data, m, written, again, err)
		}
	})
}

func TestPrefer(t *testing.T) {
	t.Parallel()
	for wish, want := range map[string]text.Language{
		"": "en", "zh": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en-US,en;q=0.9,zh;q=0.8": "en", "fr, zh-TW;q=0.3": "zh",
		"fr": "en", "en;q=0.1, ZH;q=0.2": "zh", "zh;q=0": "en", "*": "en", "zh;q=x, ,;": "en", "zh;level=1": "en",
	} {
		if got := text.Prefer(wish); got != want {
			t.Errorf("%q: %s, want %s", wish, got, want)
		}
	}
}

var update = flag.Bool("update", false, "write docs/errors.md anew")

// TestDocs holds the list of codes in the docs against the catalogue.
func TestDocs(t *testing.T) {
	t.Parallel()
	const name = "../../docs/errors.md"
	var b strings.Builder
	b.WriteString("# Codes\n\nThe REST API names each sentence by a code that never changes: errors as `code`, fields as `code` and `args`, " +
		"attempts as `error_code`, cancelled deliveries and ignored events as `reason_code`, verdicts as `code` and `args`, warnings about patterns as `warning_codes`. " +
		"The sentences are in English, or in Chinese for `Accept-Language: zh`; they may change. " +
		"`go test ./shared/text -update` writes this page.\n")
	english := catalogue(t, text.English)
	for _, one := range groups(t) {
		fmt.Fprintf(&b, "\n## %s\n\n| code | sentence |\n|---|---|\n", strings.TrimSuffix(one.title, "."))
		for _, code := range one.codes {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", code, strings.ReplaceAll(english[code], "%%", "%"))
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/errors.md (-want +got):\n%s", diff)
	}
}
