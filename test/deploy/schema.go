package deploy

import (
	_ "embed" // schema.yaml
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed schema.yaml
var schemaText []byte

// schema is what is known of one type of resource.
type schema struct {
	Attributes []string
	Properties map[string]property
}

// property is what is known of one property.
type property struct {
	Required bool
	Enum     []string
	Range    []int64
	Fields   map[string]property
}

func readSchemas() (map[string]schema, error) {
	var schemas map[string]schema
	if err := yaml.Unmarshal(schemaText, &schemas); err != nil {
		return nil, fmt.Errorf("parse schema.yaml: %w", err)
	}
	return schemas, nil
}

// checkSections holds what is not a resource to what CloudFormation knows.
func (t *Template) checkSections() {
	known := map[string]string{
		"": "AWSTemplateFormatVersion Transform Description Metadata Parameters Mappings Conditions Globals Resources Outputs Rules",
		"Parameters": "Type Default AllowedValues AllowedPattern ConstraintDescription Description MinValue MaxValue " +
			"MinLength MaxLength NoEcho",
		"Outputs":   "Value Description Export Condition",
		"Resources": "Type Properties DependsOn Condition DeletionPolicy UpdateReplacePolicy Metadata",
	}
	for _, section := range entries(t.root) {
		t.only(section, known[""], "the template")
		for _, one := range entries(section.value) {
			for _, e := range entries(one.value) {
				if names := known[section.name]; names != "" {
					t.only(e, names, one.name)
				}
			}
		}
	}
}

func (t *Template) only(e entry, names, of string) {
	if !slices.Contains(strings.Fields(names), e.name) {
		t.report(e.key, "%s: there is no %s", of, e.name)
	}
}

// checkProperties holds every resource to its schema, with the parameters of t.
func (t *Template) checkProperties(schemas map[string]schema) {
	globals := at(t.root, "Globals", "Function")
	for _, e := range entries(globals) {
		t.checkProperty(e, schemas["AWS::Serverless::Function"].Properties, "Globals.Function")
	}
	for _, r := range t.resources("") {
		known, ok := schemas[r.kind]
		if !ok {
			t.report(r.key, "%s: the type %q is not in schema.yaml", r.name, r.kind)
			continue
		}
		if r.kind != "AWS::Serverless::Function" {
			globals = nil
		} else {
			globals = at(t.root, "Globals", "Function")
		}
		t.checkFields(r.body, r.key, globals, known.Properties, r.name)
		for _, e := range entries(at(r.body, "Events")) {
			t.checkEvent(e, schemas, r.name+".Events."+e.name)
		}
	}
}

func (t *Template) checkEvent(e entry, schemas map[string]schema, path string) {
	kind, _ := t.value(at(e.value, "Type"))
	known, ok := schemas["event "+kind]
	if !ok {
		t.report(e.key, "%s: the type %q is not in schema.yaml", path, kind)
		return
	}
	t.checkFields(at(e.value, "Properties"), e.key, nil, known.Properties, path)
}

// checkFields checks an object: that it has what is required, in itself or in what
// it inherits, and nothing that is not known.
func (t *Template) checkFields(n, key, inherited *yaml.Node, known map[string]property, path string) {
	for _, e := range entries(n) {
		t.checkProperty(e, known, path)
	}
	for _, name := range sorted(known) {
		if known[name].Required && at(n, name) == nil && at(inherited, name) == nil {
			t.report(key, "%s: %s is missing", path, name)
		}
	}
}

func (t *Template) checkProperty(e entry, known map[string]property, path string) {
	p, ok := known[e.name]
	path += "." + e.name
	if !ok {
		t.report(e.key, "%s: there is no such property", path)
		return
	}
	value := t.settled(e.value)
	for _, item := range items(value) {
		if p.Fields != nil {
			if item = t.settled(item); item != nil {
				t.checkFields(item, e.key, nil, p.Fields, path)
			}
			continue
		}
		t.checkScalar(item, e.key, p, path)
	}
}

func (t *Template) checkScalar(n, key *yaml.Node, p property, path string) {
	if p.Enum == nil && p.Range == nil {
		return
	}
	text, ok := t.value(n)
	number, err := strconv.ParseInt(text, 10, 64)
	switch {
	case !ok:
		t.report(key, "%s: its value cannot be worked out", path)
	case p.Enum != nil && !slices.Contains(p.Enum, text):
		t.report(key, "%s: %q is not one of %s", path, text, strings.Join(p.Enum, ", "))
	case p.Range != nil && (err != nil || number < p.Range[0] || number > p.Range[1]):
		t.report(key, "%s: %q is not a number from %d to %d", path, text, p.Range[0], p.Range[1])
	}
}
