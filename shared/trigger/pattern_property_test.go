package trigger_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/trigger"
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

func TestX(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := allNames(6)
	acc := 0
	diff := map[string]int{}
	for range 20000 {
		text := randomPattern(r)
		for _, f := range []trigger.Field{trigger.FieldRepository, trigger.FieldTag} {
			p, err := trigger.ParsePattern(trigger.DialectTCR, f, text)
			if err != nil {
				continue
			}
			acc++
			for _, n := range names {
				want, ok := reference(f, text, n)
				if !ok {
					t.Fatalf("%q accepted, reference refuses", text)
				}
				if got := p.Match(n); got != want {
					k := "wellformed"
					if n == "" { k = "empty" } else if strings.HasSuffix(n, "/") { k = "trailing" } else if strings.HasPrefix(n, "/") { k="leading"} else if strings.Contains(n, "//") { k = "double"}
					diff[k]++
					if diff[k] < 6 {
						t.Logf("%s %d: %q %q got %v want %v eff %q", k, f, text, n, got, want, p.Effective())
					}
				}
			}
		}
		if acc > 3000 { break }
	}
	t.Log(acc, diff)
	_ = doublestar.Match
}
