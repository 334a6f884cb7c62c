package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/source"
)

// TestDocs holds the pages of the sources against what is to be filled in.
func TestDocs(t *testing.T) {
	t.Parallel()
	index := readDocs(t, "sources.md")
	yesNo := map[bool]string{true: "yes", false: "no"}
	for _, s := range source.Sources() {
		title := s.Title("en")
		row := fmt.Sprintf("| [`%s`](sources/%s.md) | %s | %s | %s | %s |\n", s.Name, s.Name, title, yesNo[s.Deletes], yesNo[s.Pulls], yesNo[s.Charts])
		if !strings.Contains(index, row) {
			t.Errorf("docs/sources.md lacks %s", row)
		}
		page := readDocs(t, filepath.Join("sources", s.Name+".md"))
		steps := s.Instructions("https://shipbell.example.com/v1/events/default", "ID:SECRET", "en")
		parts := []string{"## Configure\n" + steps.About + "\n", "\n" + steps.Snippet + "\n", steps.Note, "\n## What arrives\n", "\n## What it cannot tell\n"}
		for _, f := range steps.Fields {
			parts = append(parts, fmt.Sprintf("| %s | `%s` |\n", f.Name, f.Value))
		}
		for _, part := range parts {
			if !strings.Contains(page, part) {
				t.Errorf("docs/sources/%s.md lacks %q", s.Name, part)
			}
		}
	}
}

func readDocs(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
