package pattern_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/pattern"
)

var fields = map[string]pattern.Field{
	"namespace": pattern.Namespace,
	"repo":      pattern.Repository,
	"tag":       pattern.Tag,
}

// parse is ParsePattern for a pattern that the test needs accepted.
func parse(t testing.TB, d pattern.Dialect, f pattern.Field, text string) *pattern.Pattern {
	t.Helper()
	p, err := pattern.Parse(d, f, text)
	if err != nil {
		t.Fatalf("pattern %q: %v", text, err)
	}
	return &p
}

// rows reads a table of testdata.
func rows(t *testing.T, path string, columns int) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != columns {
			t.Fatalf("%s: row %q has %d columns, want %d", path, line, len(row), columns)
		}
		all = append(all, row)
	}
	return all
}

func TestPatternCases(t *testing.T) {
	t.Parallel()
	cases := rows(t, "testdata/pattern-cases.tsv", 4)
	if len(cases) != 96 {
		t.Errorf("%d rows, want 96", len(cases))
	}
	for _, row := range cases {
		text, name, want, why := row[0], row[1], row[2] == "true", row[3]
		field, _, _ := strings.Cut(why, ":")
		p := parse(t, pattern.TCR, fields[field], text)
		if got := p.Match(name); got != want {
			t.Errorf("pattern %q, name %q: match %v, want %v (%s)", text, name, got, want, why)
		}
		if field != "repo" {
			continue
		}
		if got := parse(t, pattern.TCR, pattern.Namespace, text).Match(name); got != want {
			t.Errorf("namespace pattern %q, name %q: match %v, want %v", text, name, got, want)
		}
	}
}

func TestPatternsRefused(t *testing.T) {
	t.Parallel()
	cases := rows(t, "testdata/pattern-invalid.tsv", 3)
	if len(cases) != 10 {
		t.Errorf("%d rows, want 10", len(cases))
	}
	for _, row := range cases {
		if _, err := pattern.Parse(pattern.TCR, fields[row[1]], row[0]); err == nil {
			t.Errorf("pattern %q accepted: %s", row[0], row[2])
		}
	}
}

func TestEffective(t *testing.T) {
	t.Parallel()
	both := []string{"repo", "tag"}
	for _, test := range []struct {
		fields []string
		text   string
		want   []string
	}{
		{both, "", []string{"**"}},
		{both, "  \t", []string{"**"}},
		{both, "x{,-dev}", []string{"x", "x-dev"}},
		{both, "a/**/**", []string{"a/**"}},
		{both, "**/**/**", []string{"**"}},
		{both, "a**b***", []string{"a*b*"}},
		{both, "***", []string{"*"}},
		{both, `a\**`, []string{`a\**`}},
		{both, "{a,b}{c,d}", []string{"ac", "ad", "bc", "bd"}},
		{both, "{a, {b , c}d }", []string{"a", "bd", "cd"}},
		{both, "{1..3}", []string{"1..3"}},
		{both, `{a\,b,c}*`, []string{`a\,b*`, "c*"}},
		{both, `{a\ ,c}*`, []string{`a\ *`, "c*"}},
		{both, "[{,}]x", []string{"[{,}]x"}},
		{both, "{[,],b}*", []string{"[,]*", "b*"}},
		{both, "[^a]", []string{"[!a/]"}},
		{both, "[!a/]", []string{"[!a/]"}},
		{both, "[!a-]", []string{`[!a\-/]`}},
		{both, `[!a\-]`, []string{`[!a\-/]`}},
		{both, `[!+\\-]`, []string{`[!+\\\-/]`}},
		{both, "[!.-9]", []string{"[!.-9]"}},
		{both, `a\/**`, []string{"a/**"}},
		{both, "*/**", []string{"*/**", "*"}},
		{both, `x\*/**`, []string{`x\*/**`}},
		{both, "**/**/a*/**", []string{"**/a*/**", "**/a*"}},
		{both, "{a,a}*", []string{"a*"}},
		{[]string{"tag"}, "{env1, env2}", []string{"env1*", "env2*"}},
		{[]string{"repo"}, "{env1, env2}", []string{"env1", "env2"}},
		{[]string{"tag"}, " { env1 ,env2} ", []string{"env1*", "env2*"}},
		{[]string{"tag"}, "{{env1,env2}}", []string{"env1", "env2"}},
		{[]string{"tag"}, "{env1,env2}*", []string{"env1*", "env2*"}},
		{[]string{"tag"}, "{env1}", []string{"env1"}},
		{[]string{"tag"}, "{latest,4.*}", []string{"latest", "4.*"}},
		{[]string{"tag"}, `{a\b,c}`, []string{`a\b`, "c"}},
		{[]string{"tag"}, "{a,b}c{d,e}", []string{"acd", "ace", "bcd", "bce"}},
		{[]string{"repo"}, "/{path1, path2}*/**", []string{"path1*/**", "path1*", "path2*/**", "path2*"}},
		{[]string{"repo"}, "/path**", []string{"path*"}},
		{[]string{"repo"}, "[!a]*", []string{"[!a/]*"}},
		{[]string{"repo"}, "{/a, /b}/**", []string{"a/**", "b/**"}},
		{[]string{"repo"}, `\/a`, []string{"a"}},
	} {
		for _, field := range test.fields {
			got := parse(t, pattern.TCR, fields[field], test.text).Effective()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s pattern %q: effective (-want +got):\n%s", field, test.text, diff)
			}
		}
	}
}

func TestNegatedClassKeepsItsMeaning(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"[!-]", "[!--]", "[!+-]", "[!-a-]", `[!\-]`, `[!\\-]`, "[!+--]", "[!a[b-]"} {
		old := parse(t, pattern.Doublestar, pattern.Repository, class)
		now := parse(t, pattern.TCR, pattern.Repository, class)
		for r := '!'; r < 0x7f; r++ {
			name := string(r)
			if want := old.Match(name) && r != '/'; now.Match(name) != want {
				t.Errorf("class %s as %q, name %q: match %v, want %v", class, now.Effective(), name, !want, want)
			}
		}
	}
}

func TestDialectsDiffer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field, text, name string
		doublestar, tcr   bool
	}{
		{"repo", "/path*", "path1", false, true},
		{"repo", "{a, b}", "b", false, true},
		{"repo", "{a, b}", " b", true, false},
		{"repo", "path*/**", "path", false, true},
		{"repo", "a/**/**", "a", false, true},
		{"repo", "a***", "a", false, true},
		{"repo", "x*{,-dev}", "x", false, true},
		{"repo", "a[!b]c", "a/c", true, false},
		{"repo", " nginx ", "nginx", false, true},
		{"tag", "**/**", "", false, true},
		{"tag", "{env1,env2}", "env1-x", false, true},
		{"repo", "path/**", "path", true, true},
		{"tag", "   ", "v1", false, true},
		{"tag", "", "v1", true, true},
		{"tag", "", "", true, true},
	} {
		for d, want := range map[pattern.Dialect]bool{pattern.Doublestar: test.doublestar, pattern.TCR: test.tcr} {
			if got := parse(t, d, fields[test.field], test.text).Match(test.name); got != want {
				t.Errorf("%s: %s pattern %q, name %q: match %v, want %v", d, test.field, test.text, test.name, got, want)
			}
		}
	}
	if !parse(t, pattern.Doublestar, pattern.Tag, "{}").Match("") {
		t.Error(`doublestar: "{}" does not match the empty name`)
	}
}

func TestPatternErrors(t *testing.T) {
	t.Parallel()
	both := []pattern.Dialect{pattern.TCR, pattern.Doublestar}
	tcr := both[:1]
	for _, test := range []struct {
		dialects          []pattern.Dialect
		field, text, want string
	}{
		{both, "repo", strings.Repeat("a", 257), "257 bytes long and may have 256"},
		{both, "repo", "a\xffb", "not UTF-8"},
		{both, "repo", "a\nb", "control character"},
		{both, "repo", "a\u0085b", "control character"},
		{both, "repo", "{{{{a,b}}}}", "nested 4 deep and may be 3"},
		{both, "repo", strings.Repeat("{a,b}", 7), "more than 64 patterns"},
		{both, "repo", strings.Repeat("{a,a}", 20), "more than 64 patterns"},
		{both, "repo", "{" + strings.Repeat(",", 64) + "}x", "more than 64 patterns"},
		{both, "repo", strings.Repeat("{a,?}", 6) + "*aaaaaaab*", "takes too long"},
		{both, "repo", "{a,b}{c,d}{e,f}{g,h}{i,j}*-long-text*", "takes too long"},
		{both, "repo", "**/" + strings.Repeat("*/", 60) + strings.Repeat("{a,?}", 6), "takes too long"},
		{both, "repo", "[a", `class [a is empty or not closed`},
		{both, "repo", `[\]`, "not closed"},
		{both, "repo", "[]", `write it as "[abc]"`},
		{both, "repo", "[!]", "not closed"},
		{both, "repo", "{a,b", `"{" without a "}"`},
		{both, "repo", "a}", `"}" without a "{"`},
		{both, "repo", `a\`, "ends in a backslash"},
		{tcr, "repo", "/", `write "**" to match everything`},
		{tcr, "repo", "{,a}", `write "**" to match everything`},
		{tcr, "tag", "{}", `write "**" to match everything`},
		{tcr, "repo", "a//b", "two slashes in a row"},
		{tcr, "repo", "//a", "begins with two slashes"},
		{tcr, "tag", "/v1", `no tag does: write "v1"`},
		{tcr, "repo", "path/", `write "path/**"`},
		{tcr, "tag", "{a/,b}", `ends in a slash`},
		{tcr, "repo", "a[/]b", "[/] includes the slash"},
		{tcr, "repo", "a[.-0]b", "[.-0] includes the slash"},
		{[]pattern.Dialect{"regexp"}, "repo", "a", `write "tcr" or "doublestar"`},
	} {
		for _, d := range test.dialects {
			_, err := pattern.Parse(d, fields[test.field], test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %s pattern %q: error %v, want one that says %q", d, test.field, test.text, err, test.want)
			}
		}
	}
}

func TestPatternLimits(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("a", 256),
		"{{{a,b}}}",
		strings.Repeat("{a,b}", 6),
		`\{\{\{\{a[{{{{]`,
		"{" + strings.Repeat("a,", 63) + "b}",
		"*{" + strings.Repeat("ab,", 60) + "c}",
		"**/*-{" + strings.Repeat("service,", 30) + "tool}",
		"a\tb",
	} {
		for _, d := range []pattern.Dialect{pattern.TCR, pattern.Doublestar} {
			parse(t, d, pattern.Repository, text)
		}
	}
	for kind, text := range hostilePatterns() {
		for _, d := range []pattern.Dialect{pattern.TCR, pattern.Doublestar} {
			if parse(t, d, pattern.Repository, text).Match(hostileName) {
				t.Errorf("%s: %s matches", d, kind)
			}
		}
	}
}

func TestNamesOverTheLimit(t *testing.T) {
	t.Parallel()
	for field, limit := range map[pattern.Field]int{pattern.Namespace: 255, pattern.Repository: 255, pattern.Tag: 128} {
		for _, text := range []string{"", "*", "?*"} {
			p := parse(t, pattern.TCR, field, text)
			if !p.Match(strings.Repeat("a", limit)) {
				t.Errorf("field %d, pattern %q: does not match a name of %d bytes", field, text, limit)
			}
			if p.Match(strings.Repeat("a", limit+1)) {
				t.Errorf("field %d, pattern %q: matches a name of %d bytes", field, text, limit+1)
			}
			if p.Match("a\xff") {
				t.Errorf("field %d, pattern %q: matches a name that is not UTF-8", field, text)
			}
		}
	}
}

func TestZeroPattern(t *testing.T) {
	t.Parallel()
	var zero pattern.Pattern
	if zero.Match("") || len(zero.Effective()) > 0 {
		t.Error("the zero pattern matches")
	}
}

// TestAnchor holds the anchor of many patterns against every short name that they match.
func TestAnchor(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	names, anchored := allNames(5), 0
	for range 3000 {
		p, err := pattern.Parse([]pattern.Dialect{pattern.TCR, pattern.Doublestar}[r.IntN(2)], pattern.Repository, randomPattern(r))
		if err != nil {
			continue
		}
		globs := p.Globs()
		for i := range globs {
			a := globs[i].Anchor()
			if a.Text != "" {
				anchored++
			}
			for _, name := range names {
				has := map[pattern.Place]bool{
					pattern.Whole: name == a.Text, pattern.Before: strings.HasPrefix(name, a.Text), pattern.After: strings.HasSuffix(name, a.Text),
				}[a.Place]
				if globs[i].Match(name) && !has {
					t.Fatalf("%q matches %q, which lacks its anchor %+v", p.Effective()[i], name, a)
				}
			}
		}
	}
	if anchored < 500 {
		t.Errorf("only %d anchors: the test says little", anchored)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		d    pattern.Dialect
		text string
		want string
	}{
		{pattern.TCR, "/{a, b}", ""},
		{pattern.TCR, "｛a，b｝", "full-width"},
		{pattern.Doublestar, "{a,b}", ""},
		{pattern.Doublestar, "{a, b}", "spaces count"},
		{pattern.Doublestar, "/a", "leading slash"},
		{pattern.Doublestar, "{a，b}", "full-width"},
		{pattern.TCR, "nginx:v1", `Did you mean the repository "nginx" and the tag "v1"?`},
		{pattern.TCR, "a/b/**", ""},
		{pattern.TCR, ".*", `did you mean "**"?`},
		{pattern.TCR, "^team/.*$", ""}, // which is matched as that, see TestExpression
		{pattern.TCR, "^team/[a-z]+$", `did you mean "team/[a-z]*"?`},
	} {
		got := parse(t, test.d, pattern.Repository, test.text).Warnings()
		if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), test.want)) {
			t.Errorf("%s pattern %q: warnings %q, want one that says %q", test.d, test.text, got, test.want)
		}
	}
}

// TestWarningsOffer offers what was probably meant, in each field, and warns of nothing
// that is an ordinary pattern.
func TestWarningsOffer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field       pattern.Field
		text, meant string
	}{
		{pattern.Tag, `v1\.\d+`, "v1.[0-9]*"},
		{pattern.Tag, ".*", "*"},
		{pattern.Tag, "v[0-9]+", "v[0-9]*"},
		{pattern.Tag, "v.+", "v?*"},
		{pattern.Tag, "(?!x)y", "-"},
		{pattern.Tag, "nginx/v1", "v1"},
		{pattern.Tag, "public/nginx/v1*", "v1*"},
		{pattern.Tag, "nginx:v1", "v1"},
		{pattern.Namespace, "team/app", "team"},
		{pattern.Namespace, "team/*", "team"},

		{pattern.Tag, "", ""},
		{pattern.Tag, "^v1.*$", ""},
		{pattern.Tag, "(a|b)", ""},
		{pattern.Tag, "a|b", ""},
		{pattern.Tag, "v1.*", ""},
		{pattern.Tag, "1.?", ""},
		{pattern.Tag, "1.2.3+up*", ""},
		{pattern.Tag, "{env1, env2}", ""},
		{pattern.Tag, "v2.[4-7].*", ""},
		{pattern.Tag, "**", ""},
		{pattern.Tag, "**/**", ""},
		{pattern.Namespace, "team-*", ""},
		{pattern.Namespace, "/team", ""},
		{pattern.Namespace, "team/**", ""},
		{pattern.Namespace, "**", ""},
		{pattern.Namespace, "*/**", ""},
		{pattern.Repository, "/{path1, path2}*/**", ""},
		{pattern.Repository, "**/nginx", ""},
	} {
		p := parse(t, pattern.TCR, test.field, test.text)
		got := ""
		for _, hint := range p.Warnings() {
			last := hint.Args[len(hint.Args)-1].(string)
			if got = last; last == test.text {
				got = "-" // nothing is offered
			}
		}
		if got != test.meant {
			t.Errorf("%d %q: offers %q, want %q", test.field, test.text, got, test.meant)
		}
		if _, err := pattern.Parse(pattern.TCR, test.field, got); got != "-" && err != nil {
			t.Errorf("%q is offered and refused: %v", got, err)
		}
	}
}

func TestRepeatedNamespace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ namespace, repository, meant string }{
		{"public", "public/nginx*", "nginx*"},
		{" /public ", "/public/**", "**"},
		{"public", "public", ""},
		{"public", "publicity/nginx", ""},
		{"pub*", "public/nginx", ""},
		{"", "public/nginx", ""},
	} {
		if meant, is := pattern.RepeatedNamespace(test.namespace, test.repository); meant != test.meant && is || is != (test.meant != "") {
			t.Errorf("%q %q: %q %t, want %q", test.namespace, test.repository, meant, is, test.meant)
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	for _, text := range []string{"", "nginx", "team/*", "a*b", "**/nginx", "team/**", "{a,b}/c?[!d]", "*a*b*c"} {
		p := parse(t, pattern.TCR, pattern.Repository, text)
		if n := testing.AllocsPerRun(100, func() { p.Match("team/nginx-ab-c") }); n > 0 {
			t.Errorf("pattern %q: %v allocations", text, n)
		}
	}
}

func TestEffectiveIsTheCallers(t *testing.T) {
	t.Parallel()
	p := parse(t, pattern.TCR, pattern.Repository, "{a,b}")
	p.Effective()[0] = "c"
	if want := []string{"a", "b"}; !slices.Equal(p.Effective(), want) || p.Match("c") {
		t.Errorf("effective %q after a change to the list, want %q", p.Effective(), want)
	}
}
