package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The files that bring Shipbell up on Tencent Cloud.
const (
	ServerlessFile = "serverless.yml"
	DomainFile     = "docs/tencent/custom-domain.json"
	PolicyFile     = "docs/tencent/invoke-policy.json"
)

// ServerlessFiles names all of them.
func ServerlessFiles() []string { return []string{ServerlessFile, DomainFile, PolicyFile} }

// Serverless is serverless.yml with the files that go with it: the paths of its
// domain, and what its role allows.
type Serverless struct {
	root, domain, policy *yaml.Node
	found                []Violation
}

// ParseServerless reads the files, which are given by their names.
func ParseServerless(files map[string]string) (*Serverless, error) {
	s := &Serverless{}
	for _, one := range []struct {
		name string
		to   **yaml.Node
	}{{ServerlessFile, &s.root}, {DomainFile, &s.domain}, {PolicyFile, &s.policy}} {
		// JSON is YAML, and this parser knows the lines.
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(files[one.name]), &document); err != nil {
			return nil, fmt.Errorf("parse %s: %w", one.name, err)
		}
		if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
			return nil, fmt.Errorf("parse %s: not a mapping", one.name)
		}
		*one.to = document.Content[0]
	}
	return s, nil
}

// report notes a fault of serverless.yml.
func (s *Serverless) report(at *yaml.Node, format string, args ...any) {
	s.reportIn(ServerlessFile, at, format, args...)
}

// reportIn notes a fault once.
func (s *Serverless) reportIn(file string, at *yaml.Node, format string, args ...any) {
	v := Violation{File: file, Line: at.Line, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(s.found, v) {
		s.found = append(s.found, v)
	}
}

var reference = regexp.MustCompile(`\$\{([^{}]*)\}`)

// value is the text of a node, with the names that stand at the top of the file put
// in. It is not known if it comes from the environment of whoever deploys.
func (s *Serverless) value(n *yaml.Node) (text string, known bool) {
	if n == nil || n.Kind != yaml.ScalarNode {
		return "", false
	}
	known = true
	text = reference.ReplaceAllStringFunc(n.Value, func(found string) string {
		name := found[2 : len(found)-1]
		if top := at(s.root, name); top != nil && slices.Contains([]string{"app", "stage", "name"}, name) {
			return top.Value
		}
		known = false
		return found
	})
	return text, known
}

// text is the value of a node, also where it is not wholly known.
func (s *Serverless) text(n *yaml.Node) string {
	text, _ := s.value(n)
	return text
}

var deployerVariable = regexp.MustCompile(`^env:[A-Z][A-Z0-9_]*$`)

// checkNames finds references that name nothing.
func (s *Serverless) checkNames() {
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		for _, match := range reference.FindAllStringSubmatch(n.Value, -1) {
			if !slices.Contains([]string{"app", "stage", "name"}, match[1]) && !deployerVariable.MatchString(match[1]) {
				s.report(n, "%s names nothing; there are ${app}, ${stage}, ${name} and ${env:NAME}", match[0])
			}
		}
		for _, child := range n.Content {
			look(child)
		}
	}
	look(s.root)
}

// scf is one function of serverless.yml.
type scf struct {
	entry
	folder string // of functions/
}

func (s *Serverless) inputs() *yaml.Node { return at(s.root, "inputs") }

func (s *Serverless) functions() []scf {
	var list []scf
	for _, e := range entries(at(s.inputs(), "functions")) {
		list = append(list, scf{e, strings.TrimPrefix(s.text(at(e.value, "src")), "./")})
	}
	return list
}

// inherited is a property of a function, its own or that of all.
func (s *Serverless) inherited(f scf, name string) *yaml.Node {
	if own := at(f.value, name); own != nil {
		return own
	}
	return at(s.inputs(), name)
}

// deployed is the name that a function has in the cloud.
func (s *Serverless) deployed(f scf) string {
	if own := at(f.value, "name"); own != nil {
		return s.text(own)
	}
	return strings.Join([]string{s.text(at(s.root, "name")), s.text(at(s.root, "stage")), s.text(at(s.root, "app")), f.name}, "-")
}

// namespace is that of the functions.
func (s *Serverless) namespace() string {
	if own := at(s.inputs(), "namespace"); own != nil {
		return s.text(own)
	}
	return "default"
}

// scfTrigger is one trigger of serverless.yml.
type scfTrigger struct {
	node, parameters *yaml.Node
	kind, function   string
}

func (s *Serverless) triggers() []scfTrigger {
	var list []scfTrigger
	n := at(s.inputs(), "triggers")
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil // checkShape tells
	}
	for _, one := range n.Content {
		list = append(list, scfTrigger{one, at(one, "parameters"), s.text(at(one, "type")), s.text(at(one, "function"))})
	}
	return list
}
