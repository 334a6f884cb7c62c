package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/pattern"
)

// hostilePatterns are accepted and make doublestar work as hard as one can, on
// hostileName.
func hostilePatterns() map[string]string {
	a := strings.Repeat
	return map[string]string{
		"one star":         "*" + a("a", 126) + "b*",
		"question marks":   "*" + a("?", 126) + "b*",
		"classes":          "*" + a("[a-c]", 40) + "b*",
		"many stars":       a("*a", 126) + "*b",
		"three long tails": "{a,?,[a]}" + "*" + a("a", 104) + "b*",
		"sixty-four tails": a("{a,?}", 6) + "*" + a("a", 3) + "b*",
		"six groups":       a("{a,?}", 6) + "?*b?*",
		"braces late":      "*" + a("{a,?}", 5) + "aaab*",
		"star runs":        a("{a,?}", 6) + a("*a", 100) + "*b",
	}
}

// hostileName nearly matches at every position.
var hostileName = strings.Repeat("a", 255)

// deepPattern and deepName do the same with slashes.
var (
	deepPattern = "**/" + strings.Repeat("*/", 120) + "b"
	deepName    = strings.Repeat("a/", 127) + "a"
)

func BenchmarkHostilePattern(b *testing.B) {
	for _, d := range []pattern.Dialect{pattern.TCR, pattern.Doublestar} {
		run := func(kind, text, name string) {
			b.Run(fmt.Sprintf("%s/%s", d, kind), func(b *testing.B) {
				p, err := pattern.Parse(d, pattern.Repository, text)
				if err != nil {
					b.Skip(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					p.Match(name)
				}
			})
		}
		for kind, text := range hostilePatterns() {
			run(kind, text, hostileName)
		}
		run("deep", deepPattern, deepName)
	}
}
