package deploy

import (
	"slices"
	"strings"
)

const prefix = "SHIPBELL_"

// environment is what a function finds set, by name.
func (t *Template) environment(f function) map[string]entry {
	all := map[string]entry{}
	for _, n := range []string{"Globals", ""} {
		section := at(f.body, "Environment", "Variables")
		if n == "Globals" {
			section = at(t.root, n, "Function", "Environment", "Variables")
		}
		for _, e := range entries(section) {
			all[e.name] = e
		}
	}
	return all
}

// checkEnvironment compares the variables that are set for a function with those
// that it reads.
func (t *Template) checkEnvironment(code Code) {
	for _, f := range t.functions() {
		if !slices.Contains(code.Functions, f.folder) {
			continue // checkFunctions tells
		}
		set, reads := t.environment(f), code.Reads[f.folder]
		for _, v := range reads {
			if _, ok := set[v.Name]; !ok && !v.Optional {
				t.report(f.key, "%s: %s is not set, and functions/%s reads it", f.name, v.Name, f.folder)
			}
		}
		for _, name := range sorted(set) {
			known := slices.ContainsFunc(reads, func(v Variable) bool { return v.Name == name })
			if strings.HasPrefix(name, prefix) && !known {
				t.report(set[name].key, "%s: %s is set, and functions/%s does not read it", f.name, name, f.folder)
			}
		}
	}
}
