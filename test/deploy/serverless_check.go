package deploy

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// SCF is what serverless.yml is held against for one function, read from the source.
type SCF struct {
	// Reads are the SHIPBELL_ variables that the function reads.
	Reads []Variable
	// Enqueues is set for a function that wakes deliver.
	Enqueues bool
	// Start makes what the function is built from of its environment, as it does
	// itself. What comes from whoever deploys stands there as ${env:NAME}. An error
	// begins with the variable.
	Start func(getenv func(string) string) error
}

// CheckServerless finds the faults of serverless.yml and the files that go with it, in
// the order of their lines.
func CheckServerless(s *Serverless, code Code) ([]Violation, error) {
	known, err := readShapes()
	if err != nil {
		return nil, err
	}
	s.checkNames()
	s.checkShapes(known)
	s.checkFolders(code)
	s.checkDeployed()
	s.checkTimeouts()
	s.checkEnvironments(code)
	s.checkNetwork(code)
	s.checkQueue(code)
	s.checkTriggers(code)
	s.checkPaths(code)
	s.checkPolicy()
	slices.SortStableFunc(s.found, func(a, b Violation) int {
		if a.File != b.File {
			return slices.Index(ServerlessFiles(), a.File) - slices.Index(ServerlessFiles(), b.File)
		}
		return a.Line - b.Line
	})
	return s.found, nil
}

// built is where `make build/scf` leaves a folder for each function.
const built = "build/scf"

// checkFolders compares the functions with the folders of functions/ that have an
// entry for SCF.
func (s *Serverless) checkFolders(code Code) {
	if n := at(s.inputs(), "src", "src"); n != nil && strings.TrimPrefix(n.Value, "./") != built {
		s.report(n, "inputs.src.src is %q, and make build/scf builds into %s", n.Value, built)
	}
	section, seen := at(s.inputs(), "functions"), map[string]bool{}
	if section == nil {
		return // checkShapes tells
	}
	for _, f := range s.functions() {
		_, known := code.SCF[f.folder]
		switch {
		case f.folder == "":
			// checkShapes tells
		case !known:
			s.report(f.key, "%s: there is no functions/%s/scf", f.name, f.folder)
		case seen[f.folder]:
			s.report(f.key, "%s: functions/%s is deployed already", f.name, f.folder)
		}
		seen[f.folder] = true
	}
	for _, folder := range sorted(code.SCF) {
		if !seen[folder] {
			s.report(section, "functions/%s/scf has no function here", folder)
		}
	}
}

var deployedName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$`)

// checkDeployed checks the names that functions have in the cloud.
func (s *Serverless) checkDeployed() {
	seen := map[string]bool{}
	for _, f := range s.functions() {
		name := s.deployed(f)
		if !deployedName.MatchString(name) {
			s.report(f.key, "%s: its name in the cloud would be %q; a name has 2 to 60 letters, digits, _ and -, the first a letter, the last no sign", f.name, name)
		}
		if seen[name] {
			s.report(f.key, "%s: its name in the cloud, %q, is another function's", f.name, name)
		}
		seen[name] = true
	}
}

// checkTimeouts checks that who makes attempts has the time for one.
func (s *Serverless) checkTimeouts() {
	for _, f := range s.functions() {
		limit, err := time.ParseDuration(s.text(s.environment(f)["SHIPBELL_ATTEMPT_TIMEOUT"].value))
		if err != nil {
			continue // it makes none, or checkEnvironments tells
		}
		if timeout := s.timeout(f); timeout < limit+besideAttempt {
			s.report(f.key, "%s: timeout is %v, and an attempt of %v needs %v beside", f.name, timeout, limit, besideAttempt)
		}
	}
}
