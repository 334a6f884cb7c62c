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
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

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
	if !fits([]string{"shared/safehttp/...", "shared/client", "test/...", "tools/..."}, path.Dir(name)) {
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
