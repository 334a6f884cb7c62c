package deploy

import (
	"cmp"
	"regexp"
	"strings"
)

// matchable are the paths that the platform takes.
var matchable = regexp.MustCompile(`^(/|/\*|(/[A-Za-z0-9._~-]+)+(/\*)?)$`)

// checkPaths compares the paths of the domain with the API's description and with
// what the functions serve. The platform does not say which of two paths wins, so
// no operation may be taken by both.
func (s *Serverless) checkPaths(code Code, found faults) {
	if s.domain.Protocol != "HTTPS" {
		found.add("Protocol must be HTTPS, for access keys are sent")
	}
	folders := map[string]string{} // by the name in the cloud
	for _, f := range s.functions {
		folders[f.Name] = f.folder()
	}
	used := make([]bool, len(s.domain.EndpointsConfig))
	for _, operation := range code.Operations {
		_, path, _ := strings.Cut(operation, " ")
		by := ""
		for i, p := range s.domain.EndpointsConfig {
			if !p.takes(path) {
				continue
			}
			if by != "" {
				found.add("%s takes %s, which %s takes already", p.PathMatch, operation, by)
			}
			by, used[i] = p.PathMatch, true
			if folder, ok := folders[p.FunctionName]; ok && !code.serves(folder, operation) {
				found.add("%s takes %s, which functions/%s does not serve", p.PathMatch, operation, folder)
			}
		}
		if by == "" {
			found.add("no path leads to %s", operation)
		}
	}
	for i, p := range s.domain.EndpointsConfig {
		if !used[i] {
			found.add("%s takes nothing that is served", p.PathMatch)
		}
		s.checkEndpoint(p, found)
	}
}

// takes reports whether a path is led to the endpoint: a star stands for anything, also
// for nothing.
func (p endpoint) takes(path string) bool {
	if stem, open := strings.CutSuffix(p.PathMatch, "*"); open {
		return strings.HasPrefix(path, stem)
	}
	return path == p.PathMatch
}

// checkEndpoint checks that the function of a path can be reached there: that it has
// a Function URL, for the same version.
func (s *Serverless) checkEndpoint(p endpoint, found faults) {
	if !matchable.MatchString(p.PathMatch) {
		found.add("PathMatch is %q, and must be a path that may end in /*", p.PathMatch)
	}
	if p.Namespace != s.namespace() {
		found.add("Namespace is %q, and the functions are in %q", p.Namespace, s.namespace())
	}
	for _, t := range s.Inputs.Triggers {
		if t.Type != "http" || s.functions[t.Function].Name != p.FunctionName {
			continue
		}
		if want := cmp.Or(t.Parameters.Qualifier, "$DEFAULT"); p.Qualifier != want {
			found.add("%s: Qualifier is %q, and that of the function's trigger is %q", p.PathMatch, p.Qualifier, want)
		}
		return
	}
	found.add("%s: serverless.yml has no function %q with a trigger of type http", p.PathMatch, p.FunctionName)
}
