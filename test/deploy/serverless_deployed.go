package deploy

import (
	"strconv"
	"time"

	"gopkg.in/yaml.v3"
)

// Deployed is a function as serverless.yml deploys it.
type Deployed struct {
	// Folder is that of functions/, Name what the function is called in the cloud.
	Folder, Name string
	Timeout      time.Duration
	// Environment is its variables. What comes from whoever deploys stands there as
	// ${env:NAME}.
	Environment map[string]string
	// Paths are those of the domain that lead to it, such as /v1/keys or /v1/keys/*.
	Paths []string
}

// Deployed lists the functions. The files should have no faults.
func (s *Serverless) Deployed() []Deployed {
	paths := s.paths(func(*yaml.Node, string, ...any) {})
	var list []Deployed
	for _, f := range s.functions() {
		one := Deployed{Folder: f.folder, Name: s.deployed(f), Timeout: s.timeout(f), Environment: map[string]string{}}
		for name, e := range s.environment(f) {
			one.Environment[name] = s.text(e.value)
		}
		for _, p := range paths {
			if p.hasFunction && p.function.name == f.name {
				one.Paths = append(one.Paths, p.match)
			}
		}
		list = append(list, one)
	}
	return list
}

// timeout is how long an invocation of a function may take.
func (s *Serverless) timeout(f scf) time.Duration {
	const standard = 3
	seconds, err := strconv.Atoi(s.text(s.inherited(f, "timeout")))
	if err != nil {
		seconds = standard
	}
	return time.Duration(seconds) * time.Second
}
