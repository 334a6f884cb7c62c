package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func loaded(t testing.TB) *document {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFile checks the file in itself, its examples included.
func TestFile(t *testing.T) {
	t.Parallel()
	d := loaded(t)
	if err := d.Validate(t.Context(), openapi3.EnableSchemaFormatValidation(), openapi3.EnableMultiError()); err != nil {
		t.Error(err)
	}
	examples := 0
	check := func(at string, content openapi3.Content) {
		for media, one := range content {
			values := map[string]any{}
			if one.Example != nil {
				values["example"] = one.Example
			}
			for name, example := range one.Examples {
				values[name] = example.Value.Value
			}
			for name, value := range values {
				examples++
				if err := d.checkJSON(encode(t, value), one.Schema.Value); err != nil {
					t.Errorf("%s: %s in %s: %v", at, name, media, err)
				}
			}
		}
	}
	ids := map[string]bool{}
	for _, o := range d.operations {
		if ids[o.OperationID] || o.OperationID == "" || o.Summary == "" {
			t.Errorf("%s has no summary, or no operationId of its own", o.pattern())
		}
		ids[o.OperationID] = true
		if !slices.Contains([]string{"none", "any", "viewer", "ingest", "admin", signed}, o.role) {
			t.Errorf("%s has the x-role %q", o.pattern(), o.role)
		}
		if open := o.Security != nil && len(*o.Security) == 0; open != (o.role == "none") {
			t.Errorf("%s has the x-role %s, but its security says otherwise", o.pattern(), o.role)
		}
		if o.RequestBody != nil {
			check(o.pattern(), o.RequestBody.Value.Content)
		}
		for status, answer := range o.Responses.Map() {
			check(o.pattern()+" "+status, answer.Value.Content)
		}
	}
	if examples < 30 {
		t.Errorf("the file has %d examples only", examples)
	}
}

// TestFileForGenerators proves that generators of clients can use what the file says, those
// that take a field with a default for one that is always sent, and an object without fields
// for one that has none.
func TestFileForGenerators(t *testing.T) {
	t.Parallel()
	d := loaded(t)
	for schema, at := range d.pointers {
		if strings.HasPrefix(at, "/components/schemas/") && schema.Default != nil {
			t.Errorf("%s has a default", at)
		}
		if free := schema.AdditionalProperties; schema.Type.Includes("object") && len(schema.Properties) == 0 && free.Has == nil && free.Schema == nil {
			t.Errorf("%s is an object without fields", at)
		}
		if len(schema.AllOf) > 0 {
			t.Errorf("%s is made of others by allOf, from which generators take what is required as optional", at)
		}
		if path.Base(at) == "field" && schema.MinLength == 0 && len(schema.Enum) == 0 {
			t.Errorf("%s may be empty", at)
		}
	}
}

// TestExamplesOfRequests sends every request that the file gives as an example:
// the service takes each.
func TestExamplesOfRequests(t *testing.T) {
	t.Parallel()
	for _, o := range loaded(t).operations {
		if o.RequestBody == nil {
			continue
		}
		for media, content := range o.RequestBody.Value.Content {
			if len(content.Examples) == 0 {
				t.Errorf("%s has no example of a request in %s", o.pattern(), media)
			}
			for name, example := range content.Examples {
				t.Run(o.OperationID+"/"+name, func(t *testing.T) {
					t.Parallel()
					s := newStack(t)
					at := s.trigger("default", "one", "https://ci.example.com/hook")
					target := strings.NewReplacer("/v1/triggers/{registry}/{id}", at, "{registry}", "default").Replace(o.Path)
					if a := s.with("Content-Type", media).do(o.Method, target, example.Value.Value); a.status >= 300 {
						t.Errorf("the service refuses the example: %v", a)
					}
				})
			}
		}
	}
}

// TestOperationsOfService holds the file to the routes that the functions are
// made with, and the routes to the file.
func TestOperationsOfService(t *testing.T) {
	t.Parallel()
	want := map[string]string{"GET /healthz": "none", "GET /readyz": "none"}
	for pattern, role := range routes(t, "../..") {
		want[pattern] = role
	}
	delete(want, "/") // which refuses methods that the file has not
	got := map[string]string{}
	for _, o := range loaded(t).operations {
		got[o.pattern()] = o.role
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations and roles (-service +file):\n%s", diff)
	}
}

// routes reads every route in the source of the functions, with its role.
func routes(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), "functions", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := parser.ParseFile(token.NewFileSet(), path.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(source, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			pattern, role := "", "any"
			for _, element := range literal.Elts {
				pair, ok := element.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				switch key, _ := pair.Key.(*ast.Ident); {
				case key == nil:
				case key.Name == "Pattern":
					if text, ok := pair.Value.(*ast.BasicLit); ok {
						pattern, _ = strconv.Unquote(text.Value)
					}
				case key.Name == "Role":
					role = roleName(pair.Value)
				case key.Name == "Signed":
					role = signed
				}
			}
			if pattern != "" {
				found[pattern] = role
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// roleName is the role that an expression such as shipbell.RoleViewer names.
func roleName(value ast.Expr) string {
	name := ""
	switch value := value.(type) {
	case *ast.Ident:
		name = value.Name
	case *ast.SelectorExpr:
		name = value.Sel.Name
	}
	return strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "Role"), "Role"))
}

// TestMethodsOfProcess asks the real service for every path of the file: with a
// method of the file it is there, and with any other it says which there are.
func TestMethodsOfProcess(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	d := loaded(t)
	for at := range d.Paths.Map() {
		target := strings.NewReplacer("{registry}", "default", "{id}", "1", "{trigger}", "1", "{target}", "1", "{name}", "none").Replace(at)
		var there, elsewhere, allow []string
		for _, method := range []string{"DELETE", "GET", "OPTIONS", "PATCH", "POST", "PROPFIND", "PUT", "TRACE"} {
			// A path may be one of several operations: "redeliver" could be an id.
			if _, found := d.find(newRequest(t, method, target)); !found {
				elsewhere = append(elsewhere, method)
				continue
			}
			there = append(there, method)
			allow = append(allow, method)
			if method == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
		ofTCR := slices.Contains([]string{"/", "/tcr", "/tcr/"}, at)
		for _, method := range there {
			status := http.StatusUnauthorized
			if at == "/healthz" || at == "/readyz" || ofTCR {
				status = http.StatusOK
			}
			p.as("").do(method, target, nil).want(status)
		}
		if ofTCR {
			continue // answers other methods in TCR's words
		}
		for _, method := range elsewhere {
			got := strings.Split(p.as("").do(method, target, nil).want(http.StatusMethodNotAllowed).header.Get("Allow"), ", ")
			slices.Sort(got)
			if diff := cmp.Diff(allow, got); diff != "" {
				t.Errorf("%s %s allows (-file +service):\n%s", method, target, diff)
			}
		}
	}
}

// TestPathsOfProcess asks the real service for paths that do not exist.
func TestPathsOfProcess(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	for _, target := range []string{
		"/v1", "/v1/", "/v2/triggers/default", "/v1/registries/", "/v1/registries/default/", "/v1/registries/default/more",
		"/v1/triggers/", "/v1/triggers/default/", "/v1/triggers/default/1/", "/v1/triggers/default/1/more",
		"/v1/match/", "/v1/patterns/", "/v1/keys/", "/v1/events/", "/v1/events/default/more", "/v1/deliveries/",
		"/v1/deliveries/default/1/more", "/healthz/", "/readyz/", "/tcr/more", "/favicon.ico",
	} {
		a := p.do("GET", target, nil).want(http.StatusNotFound)
		if got, want := decode[apiv1.Problem](a).Detail, "there is nothing at "+target; got != want {
			t.Errorf("GET %s: %q, want %q", target, got, want)
		}
	}
}
