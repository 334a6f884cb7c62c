package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// endpoint is one path of the domain and the function it leads to.
type endpoint struct {
	node        *yaml.Node
	match       string
	function    scf
	hasFunction bool
}

// leads reports whether a path takes an operation, such as "GET /v1/keys/{id}".
func (p endpoint) leads(operation string) bool {
	_, asked, _ := strings.Cut(operation, " ")
	if stem, open := strings.CutSuffix(p.match, "*"); open {
		return strings.HasPrefix(asked, stem) && len(asked) > len(stem)
	}
	return p.match == asked
}

// matchable are the paths that the platform takes.
var matchable = regexp.MustCompile(`^(/|/\*|(/[A-Za-z0-9._~-]+)+(/\*)?)$`)

// served are the operations of the API, and what the console serves beside it.
func (c Code) served() []string {
	if _, ok := c.SCF[console]; !ok {
		return c.Operations
	}
	return slices.Concat(c.Operations, pages())
}

// console has pages, which are not described as the API is.
const console = "console"

func pages() []string { return []string{"GET /console", "GET /console/{page}"} }

// serves reports whether a function serves an operation. Whichever is asked for its
// health answers.
func (c Code) serves(folder, operation string) bool {
	if slices.Contains(pages(), operation) {
		return folder == console
	}
	return operation == health || slices.Contains(c.Routes[folder], operation)
}

// checkPaths compares the paths of the domain with the API's description and with
// what the functions serve. The platform does not say which of two paths wins, so
// no operation may be taken by both.
func (s *Serverless) checkPaths(code Code) {
	report := func(at *yaml.Node, format string, args ...any) { s.reportIn(DomainFile, at, format, args...) }
	if n := at(s.domain, "Protocol"); n == nil || n.Value != "HTTPS" {
		report(s.domain, "Protocol must be HTTPS, for access keys are sent")
	}
	section := at(s.domain, "EndpointsConfig")
	if section == nil {
		report(s.domain, "EndpointsConfig is missing")
		return
	}
	paths, operations := s.paths(report), code.served()
	for _, operation := range operations {
		led := slices.DeleteFunc(slices.Clone(paths), func(p endpoint) bool { return !p.leads(operation) })
		if len(led) == 0 {
			report(section, "no path leads to %s", operation)
		}
		if len(led) > 1 {
			report(led[1].node, "%s takes %s, which %s takes already", led[1].match, operation, led[0].match)
		}
		for _, p := range led {
			if p.hasFunction && !code.serves(p.function.folder, operation) {
				report(p.node, "%s takes %s, which functions/%s does not serve", p.match, operation, p.function.folder)
			}
		}
	}
	for _, p := range paths {
		if !slices.ContainsFunc(operations, p.leads) {
			report(p.node, "%s takes nothing that is served", p.match)
		}
	}
}

// paths lists the paths of the domain and checks each by itself.
func (s *Serverless) paths(report func(*yaml.Node, string, ...any)) []endpoint {
	var list []endpoint
	functions := s.functions()
	told := map[string]bool{}
	once := func(at *yaml.Node, what string) {
		if !told[what] {
			report(at, "%s", what)
		}
		told[what] = true
	}
	for _, n := range at(s.domain, "EndpointsConfig").Content {
		field := map[string]string{}
		for _, e := range entries(n) {
			field[e.name] = e.value.Value
		}
		p := endpoint{node: n, match: field["PathMatch"]}
		if !matchable.MatchString(p.match) {
			report(n, "PathMatch is %q, and must be a path that may end in /*", p.match)
		}
		if field["Namespace"] != s.namespace() {
			once(n, fmt.Sprintf("Namespace is %q, and the functions are in %q", field["Namespace"], s.namespace()))
		}
		i := slices.IndexFunc(functions, func(f scf) bool { return s.deployed(f) == field["FunctionName"] })
		if p.hasFunction = i >= 0; p.hasFunction {
			p.function = functions[i]
			s.checkEntrance(p, field["Qualifier"], report)
		} else {
			once(n, fmt.Sprintf("%s has no function %q", ServerlessFile, field["FunctionName"]))
		}
		list = append(list, p)
	}
	return list
}

// checkEntrance checks that the function of a path can be reached there: that it has
// a Function URL, for the same version.
func (s *Serverless) checkEntrance(p endpoint, qualifier string, report func(*yaml.Node, string, ...any)) {
	for _, t := range s.triggers() {
		if t.function != p.function.name || t.kind != "http" {
			continue
		}
		want := "$DEFAULT"
		if own := at(t.parameters, "qualifier"); own != nil {
			want = s.text(own)
		}
		if qualifier != want {
			report(p.node, "%s: Qualifier is %q, and that of the function's trigger is %q", p.match, qualifier, want)
		}
		return
	}
	report(p.node, "%s: %s has no trigger of type http", p.match, p.function.name)
}
