package pattern_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/pattern"
)

// allNames are the texts of up to n characters over "a", "b" and "/".
func allNames(n int) []string {
	names := []string{""}
	for from := 0; n > 0; n-- {
		to := len(names)
		for _, name := range names[from:to] {
			names = append(names, name+"a", name+"b", name+"/")
		}
		from = to
	}
	return names
}

// randomPattern draws a pattern of a few pieces, most of them accepted.
func randomPattern(r *rand.Rand) string {
	pieces := []string{
		"a", "a", "b", "b", "/", "/", "*", "*", "**", "/**", "**/", "?", "***", "[a]", "[!a]", "[^b]", "[ab]", "[!a-]",
		"{a,b}", "{a, b}", "{*,b}", "{,a}", "{a/b,b}", "{a,{b,*}}", "{**,b}", "{/a,b}", "{**/a,b/**}", `\a`, `\/`, " ",
	}
	var b strings.Builder
	for range 1 + r.IntN(5) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestEveryShortName holds many accepted patterns against every short name.
func TestEveryShortName(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	names := allNames(6)
	known := make(elements)
	accepted := 0
	for accepted < 1500 {
		text := randomPattern(r)
		for _, f := range []pattern.Field{pattern.Repository, pattern.Tag} {
			if p, err := pattern.Parse(pattern.TCR, f, text); err == nil {
				accepted++
				compareTCR(t, &p, f, text, names, known)
			}
		}
		if p, err := pattern.Parse(pattern.Doublestar, pattern.Repository, text); err == nil {
			compareDoublestar(t, &p, text, names)
		}
		if t.Failed() {
			return
		}
	}
}

// compareTCR holds an accepted pattern against the reference. Names that end in
// a slash are left out: no registry has them, and no pattern asks for them.
func compareTCR(t *testing.T, p *pattern.Pattern, f pattern.Field, text string, names []string, known elements) {
	t.Helper()
	want, ok := newReference(f, text, known)
	if !ok {
		t.Errorf("field %d, pattern %q: accepted with an empty element", f, text)
		return
	}
	for _, name := range names {
		if strings.HasSuffix(name, "/") {
			continue
		}
		if got, want := p.Match(name), want.match(name); got != want {
			t.Errorf("field %d, pattern %q, effective %q, name %q: match %v, want %v", f, text, p.Effective(), name, got, want)
			return
		}
	}
}

func compareDoublestar(t *testing.T, p *pattern.Pattern, text string, names []string) {
	t.Helper()
	for _, name := range names {
		want, err := doublestar.Match(text, name)
		if err != nil {
			t.Errorf("pattern %q, name %q: %v", text, name, err)
			return
		}
		if got := p.Match(name); got != want && text != "" {
			t.Errorf("pattern %q, name %q: match %v, want %v", text, name, got, want)
			return
		}
	}
}
