package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/app"
)

// shownHours is how far back the charts go that stand beside a trigger.
const shownHours = 24

// hours are the last 24 hours of a registry, the present one included.
func (v *visit) hours() (app.Stats, error) {
	now := v.c.Now()
	return v.stats(now.Add(-(shownHours-1)*time.Hour), now)
}

// stats are those of the registry's hours from since to until.
func (v *visit) stats(since, until time.Time) (app.Stats, error) {
	return v.c.App.Stats(v.Context(), v.key, app.StatsQuery{Registry: v.registry.ID, Since: since, Until: until})
}

// The size of a chart of bars, in its own units.
const (
	barWidth    = 6
	barSpace    = 1
	chartHeight = 32
)

// chart draws counts side by side as bars: what succeeded below, what did not above
// it. words say the same to those who do not see it.
func chart(counts []app.Counts, words string) template.HTML {
	highest := 1
	for _, c := range counts {
		highest = max(highest, c.Sum())
	}
	width := len(counts) * (barWidth + barSpace)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s"><title>%s</title>`,
		width, chartHeight, template.HTMLEscapeString(words), template.HTMLEscapeString(words))
	for i, c := range counts {
		top := chartHeight
		bar := func(class string, n int) {
			if n == 0 {
				return
			}
			// What happened at all is seen, however little it is.
			height := max(2, n*(chartHeight-1)/highest)
			top -= height
			fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, i*(barWidth+barSpace), max(0, top), barWidth, height)
		}
		bar("good", c.Succeeded)
		bar("none", c.Cancelled)
		bar("bad", c.Failing)
	}
	fmt.Fprintf(&b, `<line class="base" x1="0" y1="%d" x2="%d" y2="%d"/></svg>`, chartHeight, width, chartHeight)
	return template.HTML(b.String())
}
