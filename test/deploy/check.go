// Package deploy holds template.yaml, which brings Shipbell up on AWS, and
// serverless.yml, which does so on Tencent Cloud, against the code: the settings that
// functions read, the calls that they make, the routes that they serve. It needs
// neither a network nor an account. What CloudFormation takes, cfn-lint knows.
package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// faults are what is wrong with a file, in words.
type faults map[string]bool

func (f faults) add(format string, args ...any) { f[fmt.Sprintf(format, args...)] = true }

// CheckTemplate lists the faults of template.yaml, with all defaults and with every
// other value that a parameter can have.
func CheckTemplate(text []byte, code Code) ([]string, error) {
	var s source
	if err := yaml.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("parse template.yaml: %w", err)
	}
	found := faults{}
	s.checkText(string(text), found)
	for _, choice := range s.choices() {
		t, err := s.resolve(choice)
		if err != nil {
			return nil, fmt.Errorf("work out template.yaml with %v: %w", choice, err)
		}
		for _, check := range []func(Code, faults) error{t.checkFunctions, t.checkRoutes, t.checkQueues, t.checkGrants, t.checkKept} {
			if err := check(code, found); err != nil {
				return nil, fmt.Errorf("check template.yaml with %v: %w", choice, err)
			}
		}
	}
	return sorted(found), nil
}

var (
	secretName = regexp.MustCompile(`(?i)(secret|password|token|credential|key)`)
	fixedName  = regexp.MustCompile(`^(Table|Queue|Function|Role|LogGroup|Alarm|Topic|Dashboard|ManagedPolicy|)Name$`)
)

// checkText finds parameters that show secrets or that nothing uses, and fixed names,
// which would keep a second stack out of the account.
func (s source) checkText(text string, found faults) {
	for name, parameter := range s.Parameters {
		// The ARN of a key tells nothing of the key.
		if secretName.MatchString(name) && !strings.HasSuffix(name, "Arn") && !parameter.NoEcho {
			found.add("Parameters.%s: a secret needs NoEcho: true", name)
		}
		if !regexp.MustCompile(`(!Ref |\$\{)` + name + `\b`).MatchString(text) {
			found.add("Parameters.%s: nothing uses it", name)
		}
	}
	for name, node := range s.Resources {
		var r struct {
			Properties map[string]yaml.Node `yaml:"Properties"`
		}
		if node.Decode(&r) != nil {
			continue // resolve reports it
		}
		for property, value := range r.Properties {
			if fixedName.MatchString(property) && strings.HasPrefix(value.Tag, "!!") {
				found.add("%s: a fixed %s keeps a second stack out of the account", name, property)
			}
		}
	}
}

// folder is the folder of functions/ whose zip a function runs.
func (f function) folder() string {
	return strings.TrimSuffix(strings.TrimPrefix(f.CodeUri, "build/lambda/"), ".zip")
}

// checkFunctions compares the functions with the folders of functions/, with how these
// are built and with what they read.
func (t *template) checkFunctions(code Code, found faults) error {
	routes, err := t.routes()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for name, f := range t.functions {
		folder := f.folder()
		seen[folder] = true
		if !slices.Contains(code.Functions, folder) || f.CodeUri != "build/lambda/"+folder+".zip" {
			found.add("%s: CodeUri is %q, which make build/lambda does not make", name, f.CodeUri)
			continue
		}
		if f.Runtime != "provided.al2023" || f.Handler != "bootstrap" {
			found.add("%s: it runs %q on %q, and must run bootstrap on provided.al2023", name, f.Handler, f.Runtime)
		}
		built := map[string]string{"arm64": "arm64", "amd64": "x86_64"}[code.Architecture]
		if len(t.choice) == 0 && !slices.Equal(f.Architectures, list{built}) {
			found.add("%s: the architecture is %q, and make build/lambda builds for %s", name, f.Architectures, built)
		}
		calls := map[string]string{"deliver": "SQS", "sweep": "Schedule"}[folder]
		switch {
		case calls != "" && len(f.events(calls)) == 0:
			found.add("%s: nothing calls it, it has no event of type %s", name, calls)
		case calls == "" && routes != nil && !slices.ContainsFunc(routes, func(r route) bool { return r.function == name }):
			found.add("%s: nothing calls it, no path of the API leads to it", name)
		}
		checkVariables(name, "functions/"+folder, sorted(f.Environment.Variables), code.Reads[folder], found)
	}
	for _, folder := range code.Functions {
		if !seen[folder] {
			found.add("functions/%s has no function in the template", folder)
		}
	}
	return nil
}

// events lists the events of a function that have a type.
func (f function) events(kind string) []event {
	var all []event
	for _, name := range sorted(f.Events) {
		if f.Events[name].Type == kind {
			all = append(all, f.Events[name])
		}
	}
	return all
}

// checkVariables compares the variables that are set for a function with those that
// it reads.
func checkVariables(name, folder string, set []string, reads []Variable, found faults) {
	for _, v := range reads {
		if !v.Optional && !slices.Contains(set, v.Name) {
			found.add("%s: %s is not set, and %s reads it", name, v.Name, folder)
		}
	}
	for _, variable := range set {
		known := slices.ContainsFunc(reads, func(v Variable) bool { return v.Name == variable })
		if strings.HasPrefix(variable, "SHIPBELL_") && !known {
			found.add("%s: %s is set, and %s does not read it", name, variable, folder)
		}
	}
}

// besideAttempt is what deliver needs beside an attempt: time to claim and to record.
const besideAttempt = 10 * time.Second

// attemptTimeouts are the settings of how long an attempt may take: usually, and where a
// target says so.
func attemptTimeouts() []string {
	return []string{"SHIPBELL_ATTEMPT_TIMEOUT", "SHIPBELL_MAX_ATTEMPT_TIMEOUT"}
}

// checkAttempt checks that a function that makes attempts has the time for one.
func checkAttempt(name, attempt string, timeout time.Duration, found faults) {
	limit, err := time.ParseDuration(attempt)
	if err == nil && timeout < limit+besideAttempt {
		found.add("%s: its timeout is %v, and an attempt of %v needs %v beside", name, timeout, limit, besideAttempt)
	}
}

// leads reports whether a route, which may end in what stands for any rest, takes a path.
func leads(route, rest, path string) bool {
	if stem, open := strings.CutSuffix(route, rest); open {
		return strings.HasPrefix(path, stem) && len(path) > len(stem)
	}
	return route == path
}
