package browser

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// violation is a rule of accessibility that a page breaks, and where.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []string
		HTML           string
		FailureSummary string
	}
}

// rules are those of WCAG 2.2 up to level AA, and what axe-core holds for good
// practice.
const rules = `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
  .then(found => found.violations.filter(v => v.impact === "serious" || v.impact === "critical"))`

// Accessible fails the test for every serious or critical breach of the rules of
// accessibility that axe-core finds in the page as it is now.
func (b *Tab) Accessible() {
	b.t.Helper()
	source, err := os.ReadFile(axeFile())
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	// The browser runs this beside the page's own scripts, whose policy is not asked.
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](
		string(source)+"\n;"+rules, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("browser: check the accessibility of %s: %v", b.URL(), err)
	}
	for _, v := range found {
		var where strings.Builder
		for _, node := range v.Nodes {
			fmt.Fprintf(&where, "\n\t%v %.200s\n\t%s", node.Target, node.HTML, node.FailureSummary)
		}
		b.t.Errorf("browser: %s breaks the rule %s (%s): %s%s", b.URL(), v.ID, v.Impact, v.Help, where.String())
	}
}

// Scheme lets the browser wish for pages that are "light" or "dark".
func (b *Tab) Scheme(scheme string) {
	b.t.Helper()
	do(b, "choose light or dark", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
}

// Scripts says whether pages may run scripts.
func (b *Tab) Scripts(allowed bool) {
	b.t.Helper()
	do(b, "allow scripts", emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !allowed})
}
