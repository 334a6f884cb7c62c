package console_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/shared/store/stats"
)

// hoursOf are hours that follow one another, with these counts.
func hoursOf(counts ...stats.Counts) stats.Stats {
	var all stats.Stats
	for i, c := range counts {
		all.Hours = append(all.Hours, stats.Hour{Start: time.Date(2026, 11, 22, i, 0, 0, 0, time.UTC), Counts: c})
	}
	return all
}

func TestPlot(t *testing.T) {
	t.Parallel()
	type drawn struct{ Hours, Succeeded, X, Good, Bad, Y int }
	for name, test := range map[string]struct {
		stats     stats.Stats
		perBar    int
		top, most int
		want      []drawn
	}{
		"nothing": {hoursOf(stats.Counts{}), 1, 1, 0, []drawn{{1, 0, 0, 0, 0, 100}}},
		"no hour": {stats.Stats{}, 1, 1, 0, nil},
		"one of each": {hoursOf(stats.Counts{Succeeded: 1}, stats.Counts{Failing: 1}, stats.Counts{Cancelled: 1}), 1, 1, 1,
			[]drawn{{1, 1, 0, 100, 0, 0}, {1, 0, 10, 0, 100, 0}, {1, 0, 20, 0, 0, 100}}},
		"little beside much": {hoursOf(stats.Counts{Succeeded: 999, Failing: 1}, stats.Counts{Succeeded: 1, Failing: 999}), 1, 1000, 1000,
			[]drawn{{1, 999, 0, 97, 3, 0}, {1, 1, 10, 3, 97, 0}}},
		"several hours a bar": {hoursOf(stats.Counts{Succeeded: 1}, stats.Counts{Succeeded: 2}, stats.Counts{Succeeded: 4}, stats.Counts{Failing: 8}, stats.Counts{Succeeded: 16}), 2, 30, 24,
			[]drawn{{1, 1, 0, 3, 0, 97}, {2, 6, 10, 20, 0, 80}, {2, 16, 20, 53, 26, 21}}},
	} {
		p := console.NewPlot(test.stats, test.perBar)
		var got []drawn
		for _, b := range p.Bars {
			got = append(got, drawn{int(b.End.Sub(b.Start) / time.Hour), b.Succeeded, b.X, b.Good, b.Bad, b.Y})
			if b.Good+b.Bad+b.Y != 100 || b.Y < 0 || b.GoodY() != b.Y+b.Bad {
				t.Errorf("%s: the parts of %+v do not fit together", name, b)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" || p.Top != test.top || p.Most != test.most || p.Width() != 10*len(got) {
			t.Errorf("%s: top %d, most %d, width %d, bars (-want +got):\n%s", name, p.Top, p.Most, p.Width(), diff)
		}
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -123456: "-123,456", -1: "-1"} {
		if got := console.Grouped(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}
