// Package test holds what is true of Shipbell as a whole: which package may
// import which, and what no package may do.
package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/shipbell/shipbell/"

// layer is one row of the import rules. Packages are named without the module.
// A pattern is a path in which * stands for one segment; /... at its end means
// the folder and everything in it.
type layer struct {
	from []string // whom the row is about; the first row that fits a package counts
	to   []string // the packages of ours that it may import
	// libraries are the packages of others that it may import; the standard
	// library is open to all. One that may be imported brings its own imports.
	libraries []string
	// planned rows are about platforms that a build may do without, so that
	// nothing need fit them.
	planned bool
	why     string
}

const anything = "..."

func layers() []layer {
	functions := []string{"functions/*"}
	shared := []string{"shared/*"}
	return []layer{
		{from: []string{"functions/*/lambda"}, to: slices.Concat(functions, shared, []string{"shared/platform/aws"}), libraries: []string{anything}, planned: true,
			why: "a main for Lambda joins functions to the platform aws"},
		{from: []string{"functions/*/scf"}, to: slices.Concat(functions, shared, []string{"shared/platform/tencent"}), libraries: []string{anything}, planned: true,
			why: "a main for SCF joins functions to the platform tencent"},
		{from: []string{"cmd/..."}, to: slices.Concat(functions, shared, []string{"cmd/...", "shared/platform/local", "shared/platform/redis"}), libraries: []string{anything},
			why: "the command joins all functions to the platforms local and redis"},
		{from: []string{"functions/triggers", "functions/logs", "functions/tcrapi", "functions/console"},
			to:        []string{"shared/app", "shared/apiv1", "shared/api", "shared/shipbell", "shared/text", "shared/pattern", "shared/match", "shared/source", "shared/webhook", "shared/access", "shared/tc3", "shared/setup", "shared/platform"},
			libraries: []string{anything},
			why:       "what people and programs ask goes through the use cases, never to the store"},
		{from: functions, to: []string{"shared/store", "shared/store/stats", "shared/store/ignored", "shared/shipbell", "shared/text", "shared/source", "shared/access", "shared/api", "shared/apiv1", "shared/setup", "shared/platform"}, libraries: []string{anything},
			why: "a function imports shared packages and the platform's interfaces, never another function or one platform"},
		{from: []string{"shared/store/stats"}, to: []string{"shared/shipbell", "shared/text", "shared/store", "shared/platform"},
			why: "what is counted is counted from the store's deliveries"},
		{from: []string{"shared/store"}, to: []string{"shared/shipbell", "shared/text", "shared/match", "shared/store/ignored", "shared/platform"}, libraries: []string{anything},
			why: "the store knows the log of ignored events and not the statistics"},
		{from: []string{"shared/store/...", "shared/access/..."}, to: []string{"shared/shipbell", "shared/text", "shared/match", "shared/platform"}, libraries: []string{anything},
			why: "what is kept is written once over the platform's interfaces"},
		{from: []string{"shared/app"}, to: []string{"shared/store", "shared/store/stats", "shared/store/ignored", "shared/access", "shared/shipbell", "shared/text", "shared/pattern", "shared/match", "shared/source", "shared/webhook", "shared/platform"},
			why: "a use case decides over the store, and knows no HTTP, gateway or language"},
		{from: []string{"shared/apiv1"}, to: []string{"shared/shipbell", "shared/text", "shared/pattern"},
			why: "the API's JSON stands on domain types alone, so that clients can import it"},
		{from: []string{"shared/setup/..."}, to: []string{"shared/app", "shared/store", "shared/access", "shared/api", "shared/webhook", "shared/safehttp", "shared/shipbell", "shared/platform"}, libraries: []string{anything},
			why: "setup builds dependencies on any platform, for any function"},
		{from: []string{"shared/api/..."}, to: []string{"shared/apiv1", "shared/shipbell", "shared/text", "shared/access"}, libraries: []string{anything},
			why: "the HTTP front knows access keys and domain types, not the store"},
		{from: []string{"shared/tc3/..."}, to: []string{"shared/text"},
			why: "a signature is verified by the standard library alone, and explained by sentences"},
		{from: []string{"shared/source/..."}, to: []string{"shared/shipbell", "shared/text"}, libraries: []string{anything},
			why: "a dialect is decoded into domain types and touches nothing else"},
		{from: []string{"shared/webhook/..."}, to: []string{"shared/shipbell", "shared/text", "shared/safehttp"}, libraries: []string{anything},
			why: "a request is made from domain types and sent by the guarded client"},
		{from: []string{"shared/platform/tencent/..."}, to: []string{"shared/platform", "shared/platform/invocation", "shared/platform/redis"}, libraries: []string{anything}, planned: true,
			why: "Tencent's platform keeps its items in Redis and needs no other platform"},
		{from: []string{"shared/platform/aws/...", "shared/platform/redis/..."}, to: []string{"shared/platform", "shared/platform/invocation"}, libraries: []string{anything}, planned: true,
			why: "a platform stores bytes and needs no other platform"},
		{from: []string{"shared/platform/invocation"},
			why: "what invocations have in common knows the events of no cloud"},
		{from: []string{"shared/platform/local/..."}, to: []string{"shared/platform"}, libraries: []string{anything},
			why: "the local platform stores bytes and needs no other platform"},
		{from: []string{"shared/platform/platformtest/..."}, to: []string{"shared/platform"}, libraries: []string{anything},
			why: "the suite knows the contract and none of the platforms"},
		{from: []string{"shared/platform"},
			why: "the interfaces need the standard library alone"},
		{from: []string{"shared/safehttp/..."}, to: []string{"shared/text"}, libraries: []string{"code.dny.dev/ssrf"},
			why: "the guard of outgoing requests is small enough to be read whole"},
		{from: []string{"shared/shipbell"}, to: []string{"shared/pattern", "shared/text"}, libraries: []string{"github.com/oklog/ulid/v2", "golang.org/x/net/http/httpguts"},
			why: "words and decisions are pure"},
		{from: []string{"shared/pattern"}, to: []string{"shared/text"}, libraries: []string{"github.com/bmatcuk/doublestar/v4"},
			why: "a pattern knows names and nothing of triggers"},
		{from: []string{"shared/match"}, to: []string{"shared/shipbell", "shared/pattern", "shared/text"},
			why: "the matcher is pure"},
		{from: []string{"shared/text"},
			why: "sentences know their arguments and nothing of whoever says them"},
		{from: []string{"test/...", "tools/..."}, to: []string{anything}, libraries: []string{anything},
			why: "tests and tools may use everything"},
	}
}

// closure is a row about all that a package is linked with, however far away.
type closure struct {
	from, except []string
	never        []string // packages of ours without the module, or of others
	planned      bool
	why          string
}

func closures() []closure {
	aws := []string{"github.com/aws/...", "shared/platform/aws/..."}
	redis := []string{"github.com/redis/...", "shared/platform/redis/..."}
	tencent := []string{"github.com/tencentyun/...", "github.com/tencentcloud/...", "github.com/TencentCloud/...", "shared/platform/tencent/..."}
	return []closure{
		{from: []string{"functions/*/lambda"}, never: slices.Concat(tencent, redis), planned: true, why: "no Tencent code in an AWS binary"},
		{from: []string{"functions/*/scf"}, never: aws, planned: true, why: "no AWS code in an SCF binary"},
		{from: []string{"cmd/..."}, never: slices.Concat(aws, tencent), why: "no cloud's code in the local command"},
		{from: []string{anything}, except: []string{"cmd/...", "shared/platform/local/...", "test/...", "tools/..."}, never: []string{"modernc.org/sqlite/..."}, why: "SQLite in the local command only"},
	}
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func list(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Standard", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	packages := map[string]listed{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("read what go list says: %v", err)
		}
		packages[p.ImportPath] = p
	}
}

func TestImports(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, violation := range slices.Concat(checkLayers(packages, layers()), checkClosures(packages, closures()), checkMains(packages)) {
		t.Error(violation)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base == "testdata" || base[0] == '.' || base[0] == '_'):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		violations, err := checkSource(name, string(source))
		for _, violation := range violations {
			t.Error(violation)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWireTypes proves that the API's JSON is declared in shared/apiv1 alone, and that
// the console makes no HTTP request. The files named here write other JSON.
func TestWireTypes(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"functions/triggers/admin.go":   "the event of a direct invocation",
		"functions/console/session.go":  "a sealed cookie",
		"cmd/shipbell/send.go":          "the envelope of a source",
		"cmd/shipbell/trigger_apply.go": "what the command itself prints",
	}
	for _, folder := range []string{"functions/receive", "functions/triggers", "functions/logs", "functions/console", "cmd/shipbell"} {
		files, err := fs.Glob(os.DirFS(".."), folder+"/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %q, %v", folder, files, err)
		}
		for _, name := range files {
			source, err := os.ReadFile("../" + name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if declares := strings.Contains(string(source), "`json:"); declares != (others[name] != "") {
				t.Errorf("%s: declares JSON: %t, expected because of %q", name, declares, others[name])
			}
			if folder == "functions/console" && strings.Contains(string(source), "http.NewRequest") {
				t.Errorf("%s: makes an HTTP request; call the use case", name)
			}
		}
	}
}

// fits reports whether a pattern of a layer fits a package.
func fits(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, tree := strings.CutSuffix(pattern, anything)
		if tree {
			folder = strings.TrimSuffix(folder, "/")
			return folder == "" || name == folder || strings.HasPrefix(name, folder+"/")
		}
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

// checkLayers holds the direct imports of our packages against the rows, and
// the rows against the packages, so that a misspelt row is found.
func checkLayers(packages map[string]listed, rows []layer) []string {
	var violations []string
	names := ownNames(packages)
	for _, name := range names {
		i := slices.IndexFunc(rows, func(row layer) bool { return fits(row.from, name) })
		if i < 0 {
			violations = append(violations, name+": no row says what it may import")
			continue
		}
		for _, imported := range packages[module+name].Imports {
			target, own := strings.CutPrefix(imported, module)
			allowed := rows[i].libraries
			if own {
				allowed = rows[i].to
			}
			if !packages[imported].Standard && !fits(allowed, target) {
				violations = append(violations, fmt.Sprintf("%s imports %s: %s", name, target, rows[i].why))
			}
		}
	}
	for _, row := range rows {
		if !row.planned {
			violations = append(violations, unmet(names, row.from, row.why)...)
		}
	}
	return violations
}

// unmet names the patterns that fit no package.
func unmet(names, patterns []string, why string) []string {
	var violations []string
	for _, pattern := range patterns {
		if !slices.ContainsFunc(names, func(name string) bool { return fits([]string{pattern}, name) }) {
			violations = append(violations, fmt.Sprintf("no package is %s: %s", pattern, why))
		}
	}
	return violations
}

// checkClosures follows the imports of our packages to the end.
func checkClosures(packages map[string]listed, rows []closure) []string {
	var violations []string
	names := ownNames(packages)
	for _, row := range rows {
		for _, name := range names {
			if !fits(row.from, name) || fits(row.except, name) {
				continue
			}
			if way := wayTo(packages, module+name, row.never); way != nil {
				violations = append(violations, fmt.Sprintf("%s: %s", strings.Join(way, " -> "), row.why))
			}
		}
		if !row.planned {
			violations = append(violations, unmet(names, row.from, row.why)...)
		}
	}
	return violations
}

// checkMains finds mains of the clouds that are linked with another function than their
// own. The console's pages call triggers and logs.
func checkMains(packages map[string]listed) []string {
	var violations []string
	names := ownNames(packages)
	for _, name := range names {
		if !fits([]string{"functions/*/*"}, name) {
			continue
		}
		own := []string{path.Dir(name)}
		if own[0] == "functions/console" {
			own = append(own, "functions/triggers", "functions/logs")
		}
		for _, other := range names {
			if fits([]string{"functions/*"}, other) && !slices.Contains(own, other) {
				if way := wayTo(packages, module+name, []string{other}); way != nil {
					violations = append(violations, strings.Join(way, " -> ")+": a binary has no function but its own")
				}
			}
		}
	}
	return violations
}

// wayTo finds a shortest way of imports from a package to one that fits.
func wayTo(packages map[string]listed, from string, patterns []string) []string {
	cameFrom := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if fits(patterns, strings.TrimPrefix(at, module)) {
			var way []string
			for ; at != ""; at = cameFrom[at] {
				way = append([]string{strings.TrimPrefix(at, module)}, way...)
			}
			return way
		}
		for _, next := range packages[at].Imports {
			if _, seen := cameFrom[next]; !seen {
				cameFrom[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func ownNames(packages map[string]listed) []string {
	var names []string
	for importPath := range packages {
		if name, own := strings.CutPrefix(importPath, module); own {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// checkSource looks in one file for package state and for HTTP clients that go
// past the guard.
func checkSource(name, source string) ([]string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var violations []string
	report := func(node ast.Node, format string, args ...any) {
		at := fset.Position(node.Pos())
		violations = append(violations, fmt.Sprintf("%s:%d: %s", name, at.Line, fmt.Sprintf(format, args...)))
	}
	imports := importNames(file)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.Name == "init" {
				report(decl, "func init: nothing happens before main")
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				value, ok := spec.(*ast.ValueSpec)
				if ok && decl.Tok == token.VAR && !embeds(decl.Doc) && !embeds(value.Doc) && !constant(value, imports) {
					report(value, "var %s: a package keeps no state", value.Names[0].Name)
				}
			}
		}
	}
	if !fits([]string{"shared/safehttp/...", "cmd/...", "test/...", "tools/..."}, path.Dir(name)) {
		checkClients(file, imports, report)
	}
	return violations, nil
}

// constant reports whether a package variable never changes: a check by the
// compiler, the sentinel of an error, a pattern, or a value that is read once.
func constant(value *ast.ValueSpec, imports map[string]string) bool {
	for i, name := range value.Names {
		if name.Name == "_" {
			continue
		}
		if i >= len(value.Values) {
			return false
		}
		call, ok := value.Values[i].(*ast.CallExpr)
		if !ok {
			return false
		}
		from, function := selected(call.Fun, imports)
		sentinel := from == "errors" && function == "New" && strings.HasPrefix(strings.ToLower(name.Name), "err")
		read := from == "sync" && function == "OnceValue"
		if !sentinel && !read && (from != "regexp" || function != "MustCompile") {
			return false
		}
	}
	return true
}

// checkClients reports what makes or uses a client of net/http. A pointer to a
// client that safehttp made may be passed on.
func checkClients(file *ast.File, imports map[string]string, report func(ast.Node, string, ...any)) {
	makers := []string{"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"}
	if imports["."] == "net/http" {
		report(file.Name, "imports net/http as a dot, which hides its clients")
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if star, ok := node.(*ast.StarExpr); ok {
			if from, name := selected(star.X, imports); from == "net/http" && (name == "Client" || name == "Transport") {
				return false
			}
		}
		expr, ok := node.(ast.Expr)
		if !ok {
			return true
		}
		if from, name := selected(expr, imports); from == "net/http" && slices.Contains(makers, name) {
			report(node, "http.%s: only shared/safehttp may reach out", name)
		}
		return true
	})
}

// selected gives the import path and the name of an expression such as http.Get.
func selected(expr ast.Expr, imports map[string]string) (from, name string) {
	selector, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	ident, ok := selector.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return imports[ident.Name], selector.Sel.Name
}

// importNames are the import paths of a file by the names they have in it.
func importNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath
	}
	return names
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(comment *ast.Comment) bool {
		return strings.HasPrefix(comment.Text, "//go:embed ")
	})
}

// planted makes packages out of lines such as "functions/a -> functions/b".
func planted(edges ...string) map[string]listed {
	packages := map[string]listed{"errors": {ImportPath: "errors", Standard: true}}
	full := func(name string) string {
		if fits([]string{"cmd/...", "functions/...", "shared/...", "test/...", "extra/..."}, name) {
			return module + name
		}
		return name
	}
	for _, edge := range edges {
		from, to, _ := strings.Cut(edge, " -> ")
		p := packages[full(from)]
		p.ImportPath = full(from)
		if to != "" {
			p.Imports = append(p.Imports, full(to))
			if _, known := packages[full(to)]; !known && full(to) != to {
				packages[full(to)] = listed{ImportPath: full(to)}
			}
		}
		packages[full(from)] = p
	}
	return packages
}

// TestPlantedImports proves that every row can fail, and what it then says.
func TestPlantedImports(t *testing.T) {
	t.Parallel()
	tests := []struct{ plant, want string }{
		{"functions/logs/lambda -> shared/platform/tencent", "a main for Lambda joins functions to the platform aws"},
		{"functions/logs/lambda -> shared/platform/local", "a main for Lambda joins functions to the platform aws"},
		{"functions/logs/scf -> shared/platform/aws", "a main for SCF joins functions to the platform tencent"},
		{"cmd/shipbell -> shared/platform/aws", "the command joins all functions to the platforms local and redis"},
		{"cmd/shipbell -> functions/logs/scf", "the command joins all functions to the platforms local and redis"},
		{"functions/logs -> shared/store", "what people and programs ask goes through the use cases, never to the store"},
		{"shared/app -> shared/api", "a use case decides over the store, and knows no HTTP, gateway or language"},
		{"shared/apiv1 -> shared/store", "the API's JSON stands on domain types alone, so that clients can import it"},
		{"functions/receive -> functions/logs", "a function imports shared packages and the platform's interfaces, never another function or one platform"},
		{"functions/receive -> shared/platform/local", "a function imports shared packages and the platform's interfaces, never another function or one platform"},
		{"shared/store -> shared/store/stats", "the store knows the log of ignored events and not the statistics"},
		{"shared/store/stats -> shared/match", "what is counted is counted from the store's deliveries"},
		{"shared/store/ignored -> shared/store", "what is kept is written once over the platform's interfaces"},
		{"shared/access -> shared/api", "what is kept is written once over the platform's interfaces"},
		{"shared/setup -> shared/platform/aws", "setup builds dependencies on any platform, for any function"},
		{"shared/setup -> functions/receive", "setup builds dependencies on any platform, for any function"},
		{"shared/api -> shared/store", "the HTTP front knows access keys and domain types, not the store"},
		{"shared/tc3 -> shared/access", "a signature is verified by the standard library alone, and explained by sentences"},
		{"shared/tc3 -> github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common", "a signature is verified by the standard library alone, and explained by sentences"},
		{"shared/source -> shared/store", "a dialect is decoded into domain types and touches nothing else"},
		{"shared/webhook -> shared/store", "a request is made from domain types and sent by the guarded client"},
		{"shared/platform/aws -> shared/shipbell", "a platform stores bytes and needs no other platform"},
		{"shared/platform/tencent -> shared/platform/aws", "Tencent's platform keeps its items in Redis and needs no other platform"},
		{"shared/platform/redis -> shared/platform/aws", "a platform stores bytes and needs no other platform"},
		{"shared/platform/invocation -> github.com/aws/aws-lambda-go/events", "what invocations have in common knows the events of no cloud"},
		{"shared/platform/invocation -> shared/platform/aws", "what invocations have in common knows the events of no cloud"},
		{"shared/platform/local -> shared/store", "the local platform stores bytes and needs no other platform"},
		{"shared/platform/platformtest -> shared/platform/local", "the suite knows the contract and none of the platforms"},
		{"shared/platform -> golang.org/x/sync/errgroup", "the interfaces need the standard library alone"},
		{"shared/platform -> shared/shipbell", "the interfaces need the standard library alone"},
		{"shared/safehttp -> github.com/bmatcuk/doublestar/v4", "the guard of outgoing requests is small enough to be read whole"},
		{"shared/shipbell -> golang.org/x/net/http2", "words and decisions are pure"},
		{"shared/pattern -> shared/shipbell", "a pattern knows names and nothing of triggers"},
		{"shared/match -> shared/store", "the matcher is pure"},
		{"shared/text -> shared/shipbell", "sentences know their arguments and nothing of whoever says them"},
		{"shared/shipbell -> shared/store", "words and decisions are pure"},
	}
	failed := map[string]bool{}
	for _, test := range tests {
		want := strings.Replace(test.plant, " -> ", " imports ", 1) + ": " + test.want
		if got := checkLayers(planted(test.plant), layers()); !slices.Contains(got, want) {
			t.Errorf("planted %q, got:\n%s\nwant among them:\n%s", test.plant, strings.Join(got, "\n"), want)
		}
		failed[test.want] = true
	}
	for _, row := range layers() {
		if !failed[row.why] && !slices.Contains(row.to, anything) {
			t.Errorf("nothing proves that the row about %v can fail", row.from)
		}
	}
}

func TestPlantedClosures(t *testing.T) {
	t.Parallel()
	everyRow := []string{"cmd/shipbell", "shared/shipbell"}
	tests := map[string]struct {
		plant []string
		want  []string
	}{
		"clean": {plant: []string{
			"functions/logs/lambda -> shared/platform/aws", "shared/platform/aws -> github.com/aws/aws-lambda-go/lambda",
			"functions/logs/scf -> shared/platform/tencent", "shared/platform/tencent -> github.com/tencentyun/scf-go-lib/cloudfunction",
			"cmd/shipbell -> shared/platform/local", "shared/platform/local -> modernc.org/sqlite",
		}},
		"tencent in lambda": {
			plant: []string{"functions/logs/lambda -> functions/logs", "functions/logs -> github.com/x/y", "github.com/x/y -> github.com/tencentyun/scf-go-lib/cloudfunction"},
			want:  []string{"functions/logs/lambda -> functions/logs -> github.com/x/y -> github.com/tencentyun/scf-go-lib/cloudfunction: no Tencent code in an AWS binary"},
		},
		"aws in scf": {
			plant: []string{"functions/logs/scf -> github.com/x/y", "github.com/x/y -> github.com/aws/smithy-go"},
			want:  []string{"functions/logs/scf -> github.com/x/y -> github.com/aws/smithy-go: no AWS code in an SCF binary"},
		},
		"a cloud in cmd": {
			plant: []string{"cmd/shipbell -> functions/logs", "functions/logs -> github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"},
			want:  []string{"cmd/shipbell -> functions/logs -> github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common: no cloud's code in the local command"},
		},
		"sqlite elsewhere": {
			plant: []string{"shared/store -> modernc.org/sqlite/lib"},
			want:  []string{"shared/store -> modernc.org/sqlite/lib: SQLite in the local command only"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := checkClosures(planted(slices.Concat(everyRow, test.plant)...), closures())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlantedMains(t *testing.T) {
	t.Parallel()
	got := checkMains(planted(
		"functions/logs/scf -> functions/logs", "functions/console/scf -> functions/logs", "functions/logs/lambda -> shared/x",
		"shared/x -> functions/sweep", "functions/sweep -> errors",
	))
	want := []string{"functions/logs/lambda -> shared/x -> functions/sweep: a binary has no function but its own"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestPlantedGaps(t *testing.T) {
	t.Parallel()
	got := checkLayers(planted("extra/thing"), layers())
	for _, want := range []string{
		"extra/thing: no row says what it may import",
		"no package is shared/source/...: a dialect is decoded into domain types and touches nothing else",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("got:\n%s\nwant among them:\n%s", strings.Join(got, "\n"), want)
		}
	}
	if got, want := checkClosures(planted("shared/shipbell"), closures()), "no package is cmd/...: no cloud's code in the local command"; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
}

func TestPlantedSource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, source string
		want         []string
	}{
		"clean": {"shared/webhook/send.go", `
import ("embed"; "errors"; "io"; "net/http"; "regexp"; "sync")
var _ io.Writer = (*sender)(nil)
var ErrGone, errLate = errors.New("gone"), errors.New("late")
var pattern = regexp.MustCompile("a")
var texts = sync.OnceValue(readTexts)
//go:embed page.html
var page string
var (
	//go:embed assets
	assets embed.FS
)
type sender struct{ client *http.Client }
func (sender) init() {}
func (s sender) send(c *http.Client) *http.Transport { var local int; _ = local; return nil }
`, nil},
		"state": {"shared/store/store.go", `
import "errors"
var count int
var cache = map[string]int{}
var (
	a, b = errors.New("a"), 1
	errMade = make(chan int)
)
func init() {}
`, []string{
			"shared/store/store.go:3: var count: a package keeps no state",
			"shared/store/store.go:4: var cache: a package keeps no state",
			"shared/store/store.go:6: var a: a package keeps no state",
			"shared/store/store.go:7: var errMade: a package keeps no state",
			"shared/store/store.go:9: func init: nothing happens before main",
		}},
		"clients": {"shared/source/fetch.go", `
import web "net/http"
type sender struct{ client web.Client }
func fetch() {
	web.Get("x")
	_ = web.Post
	_, _ = web.DefaultClient.Head("x")
	_ = &web.Client{Transport: &web.Transport{}}
	_ = new(web.Client)
	_ = web.DefaultTransport.(*web.Transport).Clone()
}
`, []string{
			"shared/source/fetch.go:3: http.Client: only shared/safehttp may reach out",
			"shared/source/fetch.go:5: http.Get: only shared/safehttp may reach out",
			"shared/source/fetch.go:6: http.Post: only shared/safehttp may reach out",
			"shared/source/fetch.go:7: http.DefaultClient: only shared/safehttp may reach out",
			"shared/source/fetch.go:8: http.Client: only shared/safehttp may reach out",
			"shared/source/fetch.go:8: http.Transport: only shared/safehttp may reach out",
			"shared/source/fetch.go:9: http.Client: only shared/safehttp may reach out",
			"shared/source/fetch.go:10: http.DefaultTransport: only shared/safehttp may reach out",
		}},
		"dot import":          {"functions/logs/logs.go", "import . \"net/http\"\n", []string{"functions/logs/logs.go:1: imports net/http as a dot, which hides its clients"}},
		"a client in the cli": {"cmd/shipbell/log.go", "import \"net/http\"\nfunc f() { http.Get(\"x\") }\n", nil},
		"a client in a guard": {"shared/safehttp/client.go", "import \"net/http\"\nfunc f() { _ = http.Client{} }\n", nil},
		"a client in a test":  {"test/sink/sink.go", "import \"net/http\"\nfunc f() { _ = http.DefaultClient }\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := checkSource(test.name, "package p; "+test.source)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
