// Package docs_test follows the pages of the project as a reader does: their links lead
// somewhere, and the commands of README do what it says.
package docs_test

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// root is the project's folder.
var root = filepath.Join("..", "..")

// readPages reads every page, by its path from the root.
func readPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || name == "build" || name == ".git"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		pages[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// prose is a page without what is code, in which brackets are no links.
func prose(page string) string { return code.ReplaceAllString(fence.ReplaceAllString(page, ""), "") }

// anchors are those that a page's headings have on GitHub.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, title := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, title[1])] = true
	}
	return found
}

// TestLinks follows every link from a page to a file or a heading of the project.
func TestLinks(t *testing.T) {
	pages := readPages(t)
	followed := 0
	for name, page := range pages {
		for _, match := range link.FindAllStringSubmatch(prose(page), -1) {
			target, err := url.Parse(match[1])
			if err != nil {
				t.Errorf("%s: %s: %v", name, match[1], err)
				continue
			}
			if target.Scheme != "" {
				continue
			}
			followed++
			to := name
			if target.Path != "" {
				to = path.Join(path.Dir(name), target.Path)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s: %s leads nowhere", name, match[1])
			} else if target.Fragment != "" && !anchors(pages[to])[target.Fragment] {
				t.Errorf("%s: %s: that page has no such heading", name, match[1])
			}
		}
	}
	if followed < 100 {
		t.Errorf("only %d links were found", followed)
	}
}
