package deploy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// route is one route of the HTTP API and the function it leads to.
type route struct {
	function     function
	method, path string
	at           *yaml.Node
}

func (t *Template) routes() []route {
	var list []route
	for _, f := range t.functions() {
		for _, e := range t.events(f, "HttpApi") {
			method, _ := t.value(at(e.value, "Properties", "Method"))
			path, _ := t.value(at(e.value, "Properties", "Path"))
			list = append(list, route{f, method, path, e.key})
		}
	}
	return list
}

// leads reports whether a route takes an operation, such as "GET /v1/keys/{id}".
func (r route) leads(operation string) bool {
	method, path, _ := strings.Cut(operation, " ")
	if r.method != "ANY" && r.method != method {
		return false
	}
	if stem, greedy := strings.CutSuffix(r.path, "{proxy+}"); greedy {
		return strings.HasPrefix(path, stem) && len(path) > len(stem)
	}
	return r.path == path
}

// health needs no key and is answered by whichever function it is led to.
const health = "GET /healthz"

// checkRoutes compares the routes with the API's description and with what the
// functions serve: each operation is led to the function that has it, and to no other.
func (t *Template) checkRoutes(code Code) {
	section := at(t.root, "Resources")
	routes := t.routes()
	for _, operation := range code.Operations {
		led := slices.DeleteFunc(slices.Clone(routes), func(r route) bool { return !r.leads(operation) })
		if len(led) == 0 {
			t.report(section, "%s is in the API's description, and no route leads to it", operation)
		}
		for _, r := range led {
			known := slices.Contains(code.Functions, r.function.folder)
			if known && operation != health && !slices.Contains(code.Routes[r.function.folder], operation) {
				t.report(r.at, "%s: the route %s %s takes %s, which functions/%s does not serve", r.function.name, r.method, r.path, operation, r.function.folder)
			}
		}
	}
	for _, r := range routes {
		if !slices.ContainsFunc(code.Operations, r.leads) {
			t.report(r.at, "%s: the route %s %s is not in the API's description", r.function.name, r.method, r.path)
		}
	}
}
