package console_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// sentences reads what the API says in another language.
func sentences(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("text/said.zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]string
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// saying is the place of the format among the arguments of the functions that make
// sentences.
func saying() map[string]int {
	return map[string]int{"add": 1, "InvalidField": 1, "shipbell.InvalidField": 1, "Errorf": 1, "shipbell.Errorf": 1, "Wrap": 2, "shipbell.Wrap": 2}
}

// spoken finds the formats of sentences in a file; patterns also makes those of
// fmt.Errorf ones that people see.
func spoken(t *testing.T, name string, patterns bool) (formats, literals []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	text := func(e ast.Expr) string {
		literal, ok := e.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return ""
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if slices.Contains([]string{"urlProblem", "reason", "tagReason", "Warnings"}, n.Name.Name) {
				formats = append(formats, plain(n, text)...)
			}
		case *ast.BasicLit:
			if value := text(n); value != "" {
				literals = append(literals, value)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Message" {
				formats = append(formats, text(n.Value))
			}
		case *ast.CallExpr:
			function := ""
			switch f := n.Fun.(type) {
			case *ast.Ident:
				function = f.Name
			case *ast.SelectorExpr:
				function = f.Sel.Name
				if from, ok := f.X.(*ast.Ident); ok && from.Name != "p" {
					function = from.Name + "." + f.Sel.Name
				}
			}
			at, ok := saying()[function]
			if patterns && function == "fmt.Errorf" {
				at, ok = 0, true
			}
			if ok && at < len(n.Args) {
				formats = append(formats, text(n.Args[at]))
			}
		}
		return true
	})
	return formats, literals
}

// plain are the sentences that a function puts together of literals.
func plain(function *ast.FuncDecl, text func(ast.Expr) string) (list []string) {
	ast.Inspect(function, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && strings.Count(strings.TrimSpace(text(literal)), " ") > 1 {
			list = append(list, text(literal))
		}
		return true
	})
	return list
}

// unseen are sentences that no page comes to show.
func unseen() []string {
	return []string{
		"", "%s", "%v", "a valid access key is needed: Authorization: Bearer ID:SECRET, or Basic", "%q is neither true nor false",
		"access key %q has the role %s", "%q is not a delivery id", "%q is not a wait between 1ns and 24h, such as 5s or 10m", "%d waits: at most 50",
	}
}

// TestSaid holds the translated sentences against the source: each that people come to
// see is there, and none is there that the source does not say.
func TestSaid(t *testing.T) {
	t.Parallel()
	translated := sentences(t)
	var formats, literals []string
	for _, folder := range []string{"shared/shipbell", "shared/pattern", "shared/match", "shared/store", "shared/access", "shared/safehttp", "shared/webhook", "shared/api", "shared/app", "shared/source", "functions/triggers", "functions/logs", "functions/console", "functions/deliver", "functions/receive"} {
		files, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", folder, files, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, l := spoken(t, name, strings.HasPrefix(folder, "shared/pattern") || folder == "shared/match" || folder == "shared/shipbell")
			literals = append(literals, l...)
			if base := filepath.Base(name); base != "decode.go" && folder != "functions/receive" { // requests that no page makes
				formats = append(formats, f...)
			}
		}
	}
	for _, format := range formats {
		if _, ok := translated[format]; !ok && !slices.Contains(unseen(), format) {
			t.Errorf("text/said.zh.json lacks %q", format)
		}
	}
	// What is put together, and what the system says.
	composed := []string{
		"status %d", "status %d: redirects are not followed", "status %d: the target is gone", "timeout after %s", "dns: %s", "tls: %s", "connect: %s", "reset: %s",
		"timeout", "not possible", "the connection ended before an answer", "blocked address: %s", "signing secret: %w", "header %q: %w",
		"connection refused", "no route to host", "network is unreachable", "connection reset by peer",
	}
	for format := range translated {
		if !slices.Contains(literals, format) && !slices.Contains(composed, format) {
			t.Errorf("nothing says %q", format)
		}
	}
}

// TestSay shows sentences in Chinese.
func TestSay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("taken", nil)
	s.signIn(shipbell.RoleAdmin)
	s.post("/console/preferences", "language", "zh")
	for want, form := range map[string][]string{
		"请使用 1 至 64 个字符":        instead(filled(), "name", "Bad Name"),
		"本实例中已有同名的触发器":          instead(filled(), "name", "taken"),
		"&#34;a//b&#34; 中有两个连续": instead(filled(), "rule.repository", "a//b"),
		"空格请写作“%20”":            instead(filled(), "targets[0].url", "https://a b"),
		"与第 0 个（从 0 起）目标":       filled("targets[7].url", "https://ci.example.com/hook", "targets[7].format", "tcr"),
	} {
		s.post(list, form...).shows(http.StatusUnprocessableEntity, want)
	}
	s.get(list+"/7").shows(http.StatusNotFound, "触发器 7 不存在")
}

// TestSayWhy shows in Chinese why events fire nothing and what became of deliveries.
func TestSayWhy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	s.create("first", func(one *shipbell.Trigger) { one.Rule.Namespace = "public" })
	s.headers["Accept-Language"] = "zh"
	s.get(whyAt+"?action=pushImage&repository=team/%25s").shows(http.StatusOK, `命名空间 &#34;team&#34; 与 &#34;public&#34; 不匹配`)
	s.get(whyAt+"?action=x&repository=a").shows(http.StatusUnprocessableEntity, "触发动作：", "之中")
	s.post(whyAt, "event", `{"type":"SCAN","occur_at":1,"event_data":{}}`).shows(http.StatusOK, `Shipbell 不上报事件类型 &#34;SCAN&#34;`)
	s.get(logAt+"?status=x").shows(http.StatusUnprocessableEntity, "应为 pending、succeeded、failed 或 cancelled")
	d := s.deliver("e1", "public/nginx", "v1")[0]
	s.happens(&d, gone())
	s.get(at(d)).shows(http.StatusOK, "状态码 410：目标已永久失效")
	d.Redeliver(s.clock.now)
	s.happens(&d, shipbell.Outcome{Duration: time.Second, Error: "tls: the certificate is not valid"})
	s.get(at(d)).shows(http.StatusOK, "TLS：证书无效")
}

// formatVerb finds what is filled in.
var formatVerb = regexp.MustCompile(`%(?:\.\d+)?[dqsvw]`)

// TestMeans fills every translated sentence in, to see that it takes what it is given.
func TestMeans(t *testing.T) {
	t.Parallel()
	for says, means := range sentences(t) {
		args := make([]any, len(formatVerb.FindAllString(says, -1)))
		for i := range args {
			args[i] = "x"
		}
		if got := fmt.Sprintf(means, args...); strings.Contains(got, "%!") {
			t.Errorf("%q means %q", says, got)
		}
	}
}
