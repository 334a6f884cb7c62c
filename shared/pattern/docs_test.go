package pattern_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/pattern"
)

// documented is a row of a table of docs/patterns.md, and what its table's third
// column is about.
type documented struct {
	column string
	field  pattern.Field
	text   string
	cells  []string
}

// readDocs gives the tables' rows; "either" field is two.
func readDocs(t *testing.T) []documented {
	t.Helper()
	page, err := os.ReadFile("../../docs/patterns.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []documented
	column := ""
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), "|\n"), "| ")
		if cells[0] == "field " {
			column = strings.TrimSpace(cells[2])
		}
		for field, f := range map[string]pattern.Field{"repository ": pattern.Repository, "tag ": pattern.Tag} {
			if cells[0] == field || cells[0] == "either " {
				text := strings.TrimSuffix(strings.TrimPrefix(cells[1], "`"), "` ")
				all = append(all, documented{column, f, text, cells[2:]})
			}
		}
	}
	return all
}

var quoted = regexp.MustCompile("`[^`]*`|nothing")

// names reads the names of a cell.
func names(cell string) []string {
	var all []string
	for _, name := range quoted.FindAllString(cell, -1) {
		all = append(all, strings.TrimSuffix(strings.Trim(name, "`"), "nothing"))
	}
	return all
}

func TestDocumentedPatterns(t *testing.T) {
	t.Parallel()
	checked := make(map[string]int)
	for _, row := range readDocs(t) {
		p := parse(t, pattern.TCR, row.field, row.text)
		check := func(p *pattern.Pattern, name string, want bool) {
			if checked[row.column]++; p.Match(name) != want {
				t.Errorf("field %d, pattern %q, name %q: match %v, documented %v", row.field, row.text, name, !want, want)
			}
		}
		switch row.column {
		case "matches":
			for _, name := range names(row.cells[0]) {
				check(p, name, true)
			}
			for _, name := range names(row.cells[1]) {
				check(p, name, false)
			}
		case "effective":
			checked[row.column]++
			if diff := cmp.Diff(names(row.cells[0]), p.Effective()); diff != "" {
				t.Errorf("field %d, pattern %q: effective (-documented +got):\n%s", row.field, row.text, diff)
			}
		case "name":
			name := names(row.cells[0])[0]
			check(p, name, row.cells[1] == "yes ")
			check(parse(t, pattern.Doublestar, row.field, row.text), name, row.cells[2] == "yes ")
		}
	}
	for _, column := range []string{"matches", "effective", "name"} {
		if checked[column] < 15 {
			t.Errorf("%d checks of the column %q: its table is not read", checked[column], column)
		}
	}
}
