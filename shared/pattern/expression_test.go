package pattern_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/text"
)

// TestExpression tells regular expressions from patterns, and gives those that a pattern
// stands for the meaning that they have.
func TestExpression(t *testing.T) {
	t.Parallel()
	names := []string{
		"a", "b", "ab", "nginx", "nginx2", "my-nginx", "mytest", "test", "test1", "a/test", "a/b/mytest", "test/x", "test1/x/y", "a/test/b", "v1", "v12", "1.0", "1.10", "x.y", "team/a", "team/b", "latest",
	}
	for _, test := range []struct {
		text string
		is   bool // a regular expression
		repo string
		tag  string // "" where no pattern is the same
	}{
		{text: "nginx"}, {text: "nginx.*"}, {text: "1.*"}, {text: "1.?"}, {text: ".*"}, {text: "v[0-9]*"}, {text: "{a,b}"}, {text: "[a-z]*"}, {text: "/path*/**"}, {text: `a\*`}, {text: "[^a]*"}, {text: "**"}, {text: "1.0+build"},
		{text: ".*test", is: true, repo: "**/*test", tag: "*test"},
		{text: ".*test.*", is: true, repo: "**/*test*/**", tag: "*test*"},
		{text: "^nginx$", is: true, repo: "nginx", tag: "nginx"},
		{text: "^nginx", is: true, repo: "nginx", tag: "nginx"},
		{text: "^test.*$", is: true, repo: "test*/**", tag: "test*"},
		{text: "(a|b)", is: true, repo: "[a-b]", tag: "[a-b]"},
		{text: "(nginx|latest)", is: true, repo: "{{nginx,latest}}", tag: "{{nginx,latest}}"},
		{text: "team/(a|b)", is: true, repo: "team/[a-b]", tag: "team/[a-b]"},
		{text: `v\d`, is: true, repo: "v[0-9]", tag: "v[0-9]"},
		{text: `^1\.0$`, is: true, repo: "1.0", tag: "1.0"},
		{text: "^v1(2)?$", is: true, repo: "v1{{2,}}", tag: "v1{{2,}}"},
		{text: "^x.y$", is: true, tag: "x?y"},
		{text: "a.*b$", is: true, tag: "a*b"},
		{text: "[a-z]+", is: true}, {text: `v\d+`, is: true}, {text: ".+", is: true}, {text: ".+test", is: true}, {text: "(?i)nginx$", is: true}, {text: "(a", is: true},
	} {
		for field, want := range map[pattern.Field]string{pattern.Repository: test.repo, pattern.Tag: test.tag} {
			meaning, is := pattern.Expression(field, test.text)
			if is != test.is || meaning != want {
				t.Errorf("%q: %q, %v, want %q, %v", test.text, meaning, is, want, test.is)
				continue
			}
			p, err := pattern.Parse(pattern.TCR, field, test.text)
			if err != nil {
				continue // as before: the text is no pattern, and its writer is told
			}
			warned := false
			for _, hint := range p.Warnings() {
				warned = warned || hint.Code == text.WarningRegexp || hint.Code == text.WarningRegexpUnclear
			}
			if is && warned != (meaning == "") {
				t.Errorf("%q: the warnings are %v", test.text, p.Warnings())
			}
			for _, name := range names {
				if meaning == "" || !is || field == pattern.Tag && strings.Contains(name, "/") {
					continue
				}
				if got, want := p.Match(name), regexp.MustCompile("^(?:"+test.text+")$").MatchString(name); got != want {
					t.Errorf("%q as %q: %q is matched: %v, as a regular expression: %v", test.text, meaning, name, got, want)
				}
			}
		}
	}
}
