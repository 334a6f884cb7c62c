// Package deploy checks template.yaml, which brings Shipbell up on AWS, and
// serverless.yml, which does so on Tencent Cloud: against what the deploying tools
// know, and against the code, its settings and the calls it makes. It needs neither a
// network nor an account. It refuses what it does not know, so that a slip of the pen
// never looks like something new.
package deploy

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// Violation is one fault of a file.
type Violation struct {
	File string
	Line int
	Text string
}

func (v Violation) String() string { return fmt.Sprintf("%s:%d: %s", v.File, v.Line, v.Text) }

// Template is a parsed template.
type Template struct {
	root *yaml.Node
	// Choices are the values of parameters that conditions and mappings are worked
	// out for; what is not named has its default.
	choices map[string]string
	found   *[]Violation
}

// Parse reads a template.
func Parse(text []byte) (*Template, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("parse template: not a mapping")
	}
	return &Template{root: document.Content[0], found: &[]Violation{}}, nil
}

// report notes a fault once.
func (t *Template) report(at *yaml.Node, format string, args ...any) {
	v := Violation{File: "template.yaml", Line: at.Line, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(*t.found, v) {
		*t.found = append(*t.found, v)
	}
}

// entry is one key of a mapping and its value.
type entry struct {
	name       string
	key, value *yaml.Node
}

// entries lists a mapping in its order; there are none in anything else.
func entries(n *yaml.Node) []entry {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	list := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		list = append(list, entry{n.Content[i].Value, n.Content[i], n.Content[i+1]})
	}
	return list
}

// at follows names into mappings, and is nil where there is nothing.
func at(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		list := entries(n)
		i := slices.IndexFunc(list, func(e entry) bool { return e.name == name })
		if i < 0 {
			return nil
		}
		n = list[i].value
	}
	return n
}

// items are the elements of a sequence, or the node itself: CloudFormation takes one
// for a list in many places.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if _, is := readIntrinsic(n); !is && n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// resource is one resource of the template.
type resource struct {
	name, kind      string
	key, node, body *yaml.Node // body is Properties
}

// resources lists the resources, of one type or, for "", of all.
func (t *Template) resources(kind string) []resource {
	var list []resource
	for _, e := range entries(at(t.root, "Resources")) {
		r := resource{name: e.name, key: e.key, node: e.value, body: at(e.value, "Properties")}
		if n := at(e.value, "Type"); n != nil {
			r.kind = n.Value
		}
		if kind == "" || r.kind == kind {
			list = append(list, r)
		}
	}
	return list
}

// resource finds a resource by its name.
func (t *Template) resource(name string) (resource, bool) {
	list := t.resources("")
	i := slices.IndexFunc(list, func(r resource) bool { return r.name == name })
	if i < 0 {
		return resource{}, false
	}
	return list[i], true
}
