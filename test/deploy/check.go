package deploy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Code is what the files are held against, read from the source.
type Code struct {
	// Functions are the folders of functions/.
	Functions []string
	// Architecture is what `make build/lambda` builds for by default, as GOARCH has it.
	Architecture string
	// Reads are the SHIPBELL_ variables that each function reads.
	Reads map[string][]Variable
	// Calls are the calls of AWS that each function can come to make, as IAM has them,
	// such as "dynamodb:PutItem"; a query of an index is "dynamodb:Query index".
	Calls map[string][]string
	// Index is the name of the table's index that the code queries.
	Index string
	// Routes are the patterns of each function, such as "GET /v1/keys".
	Routes map[string][]string
	// Operations are those of the API's description, written likewise.
	Operations []string
	// SCF are the functions that have an entry for SCF.
	SCF map[string]SCF
}

// Variable is an environment variable that a function reads.
type Variable struct {
	Name string
	// Optional variables need not be set.
	Optional bool
}

// Check finds the faults of a template, in the order of its lines.
func Check(t *Template, code Code) ([]Violation, error) {
	schemas, err := readSchemas()
	if err != nil {
		return nil, err
	}
	t.checkSections()
	t.checkReferences(schemas)
	t.checkFunctions(code)
	t.checkRoutes(code)
	t.checkTables()
	t.checkKept()
	t.checkSecrets()
	t.checkStars()
	t.everyChoice(func(t *Template) {
		t.checkProperties(schemas)
		t.checkRuntime(code)
		t.checkQueues()
		t.checkEnvironment(code)
		t.checkGrants(code)
	})
	violations := *t.found
	slices.SortStableFunc(violations, func(a, b Violation) int { return a.Line - b.Line })
	return violations, nil
}

// function is a function of ours in the template.
type function struct {
	resource
	folder string // of functions/
}

const zips = "build/lambda/"

// functions are the resources whose code is one of our zips.
func (t *Template) functions() []function {
	var list []function
	for _, r := range t.resources("AWS::Serverless::Function") {
		code, _ := t.value(at(r.body, "CodeUri"))
		folder, ok := strings.CutPrefix(code, zips)
		folder, isZip := strings.CutSuffix(folder, ".zip")
		if ok && isZip {
			list = append(list, function{r, folder})
		}
	}
	return list
}

// inherited is a property of a function, its own or that of Globals.
func (t *Template) inherited(f function, names ...string) *yaml.Node {
	if own := at(f.body, names...); own != nil {
		return own
	}
	return at(t.root, append([]string{"Globals", "Function"}, names...)...)
}

// events lists the events of a function that have a type.
func (t *Template) events(f function, kind string) []entry {
	return slices.DeleteFunc(entries(at(f.body, "Events")), func(e entry) bool {
		text, _ := t.value(at(e.value, "Type"))
		return text != kind
	})
}

// checkFunctions compares the resources with the folders of functions/.
func (t *Template) checkFunctions(code Code) {
	section := at(t.root, "Resources")
	seen := map[string]bool{}
	for _, f := range t.functions() {
		seen[f.folder] = true
		if !slices.Contains(code.Functions, f.folder) {
			t.report(f.key, "%s: there is no functions/%s", f.name, f.folder)
		}
		if len(entries(at(f.body, "Events"))) == 0 {
			t.report(f.key, "%s: nothing calls it, it has no Events", f.name)
		}
		needs := map[string]string{"deliver": "SQS", "sweep": "Schedule"}[f.folder]
		if needs == "" {
			needs = "HttpApi"
		}
		if len(t.events(f, needs)) == 0 {
			t.report(f.key, "%s: it has no event of type %s", f.name, needs)
		}
	}
	for _, r := range t.resources("AWS::Serverless::Function") {
		if !slices.ContainsFunc(t.functions(), func(f function) bool { return f.name == r.name }) {
			t.report(r.key, "%s: its CodeUri is not %s<function>.zip", r.name, zips)
		}
	}
	for _, folder := range code.Functions {
		if !seen[folder] {
			t.report(section, "functions/%s has no function in the template", folder)
		}
	}
}

// checkRuntime compares how functions run with how they are built.
func (t *Template) checkRuntime(code Code) {
	for _, f := range t.functions() {
		for name, want := range map[string]string{"Runtime": "provided.al2023", "Handler": "bootstrap"} {
			if got, _ := t.value(t.inherited(f, name)); got != want {
				t.report(f.key, "%s: %s is %q, and must be %s", f.name, name, got, want)
			}
		}
		built := map[string]string{"arm64": "arm64", "amd64": "x86_64"}[code.Architecture]
		if t.choices != nil {
			continue // who chooses another builds for another
		}
		for _, n := range items(t.inherited(f, "Architectures")) {
			if got, _ := t.value(n); got != built {
				t.report(n, "%s: the architecture is %q, and make build/lambda builds for %s", f.name, got, built)
			}
		}
	}
}
