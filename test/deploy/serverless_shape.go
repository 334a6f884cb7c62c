package deploy

import (
	_ "embed" // serverless.yaml
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed serverless.yaml
var shapeText []byte

// shapes is what is known of serverless.yml.
type shapes struct {
	File     shape
	Triggers map[string]shape
}

// shape is what is known of one value; serverless.yaml explains it.
type shape struct {
	Type     string
	Required bool
	Enum     []string
	Range    []int64
	Pattern  string
	Fields   map[string]shape
	Each     *shape
	Items    *shape
	Refuse   string
}

func readShapes() (shapes, error) {
	var known shapes
	if err := yaml.Unmarshal(shapeText, &known); err != nil {
		return known, fmt.Errorf("parse serverless.yaml: %w", err)
	}
	return known, nil
}

// checkShapes holds the whole file to what is known of it.
func (s *Serverless) checkShapes(known shapes) {
	s.checkShape(s.root, s.root, known.File, "")
	for _, t := range s.triggers() {
		one, ok := known.Triggers[t.kind]
		switch {
		case t.kind == "":
			// a trigger without a type is told of already
		case !ok:
			s.report(t.node, "there is no trigger of type %q", t.kind)
		case one.Refuse != "":
			s.report(t.node, "a trigger of type %s cannot be used: %s", t.kind, one.Refuse)
		case t.parameters != nil:
			s.checkShape(t.parameters, t.node, one, "the trigger "+t.kind+" of "+t.function)
		}
	}
}

// checkShape checks one value; key is where to report what it lacks.
func (s *Serverless) checkShape(n, key *yaml.Node, known shape, path string) {
	switch {
	case known.Refuse != "":
		s.report(key, "%s cannot be used: %s", path, known.Refuse)
	case known.Fields != nil:
		if !s.isKind(n, yaml.MappingNode, "an object", path) {
			return
		}
		for _, e := range entries(n) {
			if one, ok := known.Fields[e.name]; ok {
				s.checkShape(e.value, e.key, one, under(path, e.name))
			} else {
				s.report(e.key, "%s: there is no such key", under(path, e.name))
			}
		}
		for _, name := range sorted(known.Fields) {
			if known.Fields[name].Required && at(n, name) == nil {
				s.report(key, "%s is missing", under(path, name))
			}
		}
	case known.Each != nil:
		if s.isKind(n, yaml.MappingNode, "an object", path) {
			for _, e := range entries(n) {
				s.checkShape(e.value, e.key, *known.Each, under(path, e.name))
			}
		}
	case known.Items != nil:
		if s.isKind(n, yaml.SequenceNode, "a list", path) {
			for i, item := range n.Content {
				s.checkShape(item, item, *known.Items, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	case known.Type != "":
		s.checkScalarShape(n, known, path)
	}
}

func under(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

func (s *Serverless) isKind(n *yaml.Node, kind yaml.Kind, name, path string) bool {
	if n.Kind != kind {
		s.report(n, "%s must be %s", path, name)
	}
	return n.Kind == kind
}

// checkScalarShape checks a value that is no object and no list. What comes from the
// environment of whoever deploys is taken for right.
func (s *Serverless) checkScalarShape(n *yaml.Node, known shape, path string) {
	tag := map[string]string{"string": "!!str", "number": "!!int", "boolean": "!!bool"}[known.Type]
	if n.Kind != yaml.ScalarNode || n.Tag != tag {
		s.report(n, "%s must be a %s, and %q is written as something else", path, known.Type, n.Value)
		return
	}
	text, ok := s.value(n)
	if !ok {
		return
	}
	number, _ := strconv.ParseInt(text, 0, 64)
	switch {
	case len(known.Enum) == 1 && text != known.Enum[0]:
		s.report(n, "%s is %q, and must be %s", path, text, known.Enum[0])
	case known.Enum != nil && !slices.Contains(known.Enum, text):
		s.report(n, "%s: %q is not one of %s", path, text, strings.Join(known.Enum, ", "))
	case known.Range != nil && (number < known.Range[0] || number > known.Range[1]):
		s.report(n, "%s: %s is not from %d to %d", path, text, known.Range[0], known.Range[1])
	case known.Pattern != "" && !regexp.MustCompile("^(?:"+known.Pattern+")$").MatchString(text):
		s.report(n, "%s: %q is not written as %s", path, text, known.Pattern)
	}
}
