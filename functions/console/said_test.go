package console_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/trigger"
)

// sentences are all texts that stand in the source of what the console shows.
func sentences(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range []string{"../../shared", ".."} {
		root := os.DirFS(folder)
		err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			source, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, _ := strconv.Unquote(literal.Value) // the parser has read it
					found[text] = true
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestSaid holds the sentences that have a translation against those that the API says.
func TestSaid(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("text/said.zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var pairs []struct{ Says, Means string }
	if err := json.Unmarshal(data, &pairs); err != nil {
		t.Fatal(err)
	}
	verb, filled := regexp.MustCompile(`%(?:\[\d+\])?[a-z]`), regexp.MustCompile(`%(?:\[\d+\])?s`)
	said, seen := sentences(t), map[string]bool{}
	for _, pair := range pairs {
		if !said[pair.Says] || seen[pair.Says] {
			t.Errorf("nothing says %q, or it stands there twice", pair.Says)
		}
		seen[pair.Says] = true
		// What is filled in is text by then.
		verbs := len(verb.FindAllString(pair.Means, -1))
		if verbs != len(verb.FindAllString(pair.Says, -1)) || verbs != len(filled.FindAllString(pair.Means, -1)) {
			t.Errorf("%q and %q take other things", pair.Says, pair.Means)
		}
	}
}

// TestSays shows sentences of the API in the person's language.
func TestSays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(trigger.RoleAdmin)
	s.headers["Accept-Language"] = "zh"
	s.get("/console/r/nothing/overview").shows(http.StatusNotFound, "实例 &#34;nothing&#34; 不存在")
	s.post(registries, "id", "Prod", "host", "https://x").shows(http.StatusUnprocessableEntity, "请使用 1 到 64 个小写字母", "请勿包含协议")
	s.post(registries+"/default/delete", "typed", "default").shows(http.StatusConflict, "实例 &#34;default&#34; 仍有触发器")
	s.post(keys, "role", "<i>").shows(http.StatusUnprocessableEntity, "&#34;&lt;i&gt;&#34; 不是有效的角色，请填写 admin、viewer 或 ingest")
	s.signIn(trigger.RoleViewer)
	s.get(keys).shows(http.StatusForbidden, "的角色为 viewer，此操作需要 admin")
}
