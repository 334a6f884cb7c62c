package template_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	gotemplate "text/template"

	"github.com/shipbell/shipbell/shared/format/template"
)

// writer makes templates at random, of what this package and text/template both have.
type writer struct {
	*rand.Rand
	inRange bool
}

func (w *writer) pick(of ...string) string { return of[w.IntN(len(of))] }

func (w *writer) list(depth int) string {
	var b strings.Builder
	for range w.IntN(4) {
		b.WriteString(w.node(depth - 1))
	}
	return b.String()
}

func (w *writer) node(depth int) string {
	if depth <= 0 {
		return w.pick("text", " ", "{{.Name}}", "{{- .Count -}}", "\n")
	}
	switch w.IntN(6) {
	case 0:
		return "{{if " + w.pipe(depth) + "}}" + w.list(depth) + "{{else if " + w.pipe(depth) + "}}" + w.list(depth) + "{{else}}" + w.list(depth) + "{{end}}"
	case 1:
		return "{{with " + w.pipe(depth) + "}}" + w.list(depth) + "{{else}}" + w.list(depth) + "{{end}}"
	case 2:
		if w.inRange {
			return "{{$.Name}}{{.Tag}}"
		}
		w.inRange = true
		defer func() { w.inRange = false }()
		return "{{range " + w.pick("", "$r := ", "$i, $r := ") + ".Resources}}" + w.list(depth) + "{{end}}"
	}
	return "{{" + w.pipe(depth) + "}}"
}

func (w *writer) pipe(depth int) string {
	p := w.command(depth)
	for w.IntN(3) == 0 {
		p += " | " + w.pick("not", "len", "eq "+w.operand(depth-1), "and "+w.operand(depth-1), "or "+w.operand(depth-1), "lt 2", "ne "+w.operand(depth-1))
	}
	return p
}

func (w *writer) command(depth int) string {
	switch w.IntN(8) {
	case 0:
		return w.pick("eq ", "and ", "or ") + w.operand(depth-1) + " " + w.operand(depth-1) + " " + w.operand(depth-1)
	case 1:
		return w.pick("ne ", "lt ") + w.operand(depth-1) + " " + w.operand(depth-1)
	case 2:
		return w.pick("not ", "len ") + w.operand(depth-1)
	case 3:
		return "index .Tags " + w.pick("0", "1", "7")
	}
	return w.operand(depth)
}

func (w *writer) operand(depth int) string {
	if depth > 0 && w.IntN(4) == 0 {
		return "(" + w.pipe(depth-1) + ")"
	}
	return w.pick(".", "$", ".Name", ".Name", "$.Operator", ".Count", ".Chart", ".Tags", ".Tag", `"app"`, "`a\"`", "2", "0", "-1", "true", "'a'", "(index .Resources 0).Tag", "0x10")
}

// TestRunsAsGoDoes has thousands of random templates make the same as text/template makes of
// them, or fail where that fails.
func TestRunsAsGoDoes(t *testing.T) {
	t.Parallel()
	compared, failed := 0, 0
	for seed := range uint64(20_000) {
		w := writer{Rand: rand.New(rand.NewPCG(seed, 1))}
		source := w.list(4)
		if strings.Contains(source, "$r") || strings.Contains(source, "$i") {
			source = strings.ReplaceAll(source, "text", "{{$r.Tag}}")
		}
		ours, err := run(source, template.Text, value(), 1<<20)
		if err != nil && (strings.Contains(err.Error(), "undefined variable") || strings.Contains(err.Error(), " of lt ")) {
			continue // Go compares texts too
		}
		var b strings.Builder
		parsed, theirErr := gotemplate.New("template").Option("missingkey=error").Parse(source)
		if theirErr == nil {
			theirErr = parsed.Execute(&b, value())
		}
		// Lists and objects are JSON here, and what Go writes for people there.
		if theirErr == nil && (strings.Contains(b.String(), "map[") || strings.Contains(b.String(), "[v1 v2]")) {
			continue
		}
		if (err == nil) != (theirErr == nil) || err == nil && ours != b.String() {
			t.Errorf("%s:\n here %q (%v)\nin Go %q (%v)", source, ours, err, b.String(), theirErr)
			if failed++; failed > 5 {
				return
			}
		}
		if err == nil {
			compared++
		}
	}
	if compared < 1000 {
		t.Errorf("only %d templates ran", compared)
	}
	t.Log(fmt.Sprint(compared, " templates ran"))
}
