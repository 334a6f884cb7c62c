package pattern_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/pattern"
)

// seeds are patterns that once told a good matcher from a bad one.
var seeds = []string{
	"", " ", "**", "/**", "*/**", "**/*", "**/**", "***", "path*/**", "/{a, b}*/**", "{a/**,b}", "{**,b}/a", "a{**,b}", "{*,b}{*,a}",
	"x*{,-a}", "{env1, env2}", "{{a,b}}", "{a}", "{}", "[!a]*", "[^a-]", "[!--]", "[a-b]?", `\{a,b\}`, `a\/**`, `\**`, `{a\ ,b}`, `{a\,b}`,
	"a//b", "//a", "a/", "[.-0]", "[a", "a}", `a\`, "｛a，b｝", "\xff", "{{{{a}}}}", "{a,a}{a,a}{a,a}{a,a}{a,a}{a,a}{a,a}",
}

func FuzzPatternTCR(f *testing.F) {
	for _, text := range seeds {
		f.Add(text, "a/b", false)
		f.Add(text, "env1-a", true)
	}
	names := allNames(4)
	f.Fuzz(func(t *testing.T, text, name string, isTag bool) {
		field := pattern.Repository
		if isTag {
			field = pattern.Tag
		}
		p, err := pattern.Parse(pattern.TCR, field, text)
		if err != nil || !plainClasses(text) {
			return
		}
		if utf8.ValidString(name) && len(name) <= 128 && !strings.Contains("/"+name+"/", "//") {
			compareTCR(t, &p, field, text, []string{name}, make(elements))
		}
		compareTCR(t, &p, field, text, names, make(elements))
	})
}

// plainClasses reports whether every class of an accepted pattern means the same
// to a regular expression.
func plainClasses(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '[':
			end := i + strings.IndexByte(text[i:], ']')
			body := strings.TrimLeft(text[i+1:end], "!^")
			if len(body) < end-i-2 || body == "" || strings.ContainsAny(body, `\[:-^&~|`) {
				return false
			}
			i = end
		}
	}
	return true
}

func FuzzPatternDoublestar(f *testing.F) {
	for _, text := range seeds {
		f.Add(text, "a/b")
		f.Add(text, "")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		p, err := pattern.Parse(pattern.Doublestar, pattern.Repository, text)
		if err != nil || text == "" {
			return
		}
		want, err := doublestar.Match(text, name)
		if err != nil {
			t.Fatalf("pattern %q was accepted: %v", text, err)
		}
		want = want && len(name) <= 255 && utf8.ValidString(name)
		if got := p.Match(name); got != want {
			t.Errorf("pattern %q, name %q: match %v, want %v", text, name, got, want)
		}
	})
}
