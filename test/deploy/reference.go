package deploy

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// generated are the resources that SAM makes of a function, with the type that says
// which attributes they have.
func (t *Template) generated() map[string][]string {
	made := map[string][]string{}
	for _, f := range t.resources("AWS::Serverless::Function") {
		if at(f.body, "FunctionUrlConfig") != nil {
			made[f.name+"Url"] = []string{"FunctionUrl", "FunctionArn"}
		}
		for _, e := range entries(at(f.body, "Events")) {
			if kind := at(e.value, "Type"); kind != nil && (kind.Value == "EventBridgeRule" || kind.Value == "Schedule") {
				made[f.name+e.name] = []string{"Arn"}
			}
		}
	}
	return made
}

// checkReferences finds what names nothing: a !Ref, a !GetAtt, a !Sub, a condition,
// a map, a DependsOn.
func (t *Template) checkReferences(schemas map[string]schema) {
	walk(t.root, "", func(n *yaml.Node, path string) bool {
		i, is := readIntrinsic(n)
		switch {
		case !is:
			return true
		case i.name == "Ref":
			t.checkName(n, path, i.args.Value)
		case i.name == "GetAtt":
			name, attribute := i.target()
			t.checkAttribute(n, path, name, attribute, schemas)
		case i.name == "Sub":
			for _, name := range i.placeholders() {
				if resource, attribute, dotted := strings.Cut(name, "."); dotted {
					t.checkAttribute(n, path, resource, attribute, schemas)
				} else {
					t.checkName(n, path, name)
				}
			}
		case i.name == "Condition":
			t.checkCondition(n, path, i.args.Value)
		case i.name == "If" && len(i.arguments()) == 3:
			t.checkCondition(n, path, i.arguments()[0].Value)
		case i.name == "FindInMap":
			if _, ok := t.mapped(i); !ok {
				t.report(n, "%s: the map has no such entry", path)
			}
		case !slices.Contains([]string{"Equals", "Not", "And", "Or", "Join"}, i.name):
			t.report(n, "%s: !%s is no function that this template may use", path, i.name)
		}
		return true
	})
	for _, section := range []string{"Resources", "Outputs"} {
		for _, e := range entries(at(t.root, section)) {
			if c := at(e.value, "Condition"); c != nil {
				t.checkCondition(c, section+"."+e.name, c.Value)
			}
			for _, on := range items(at(e.value, "DependsOn")) {
				if _, ok := t.resource(on.Value); !ok {
					t.report(on, "%s: DependsOn names %q, which is no resource", e.name, on.Value)
				}
			}
		}
	}
	t.checkUse()
}

func (t *Template) checkName(n *yaml.Node, path, name string) {
	pseudo := []string{
		"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region",
		"AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
	}
	_, isResource := t.resource(name)
	_, isGenerated := t.generated()[name]
	if !isResource && !isGenerated && !slices.Contains(pseudo, name) && at(t.root, "Parameters", name) == nil {
		t.report(n, "%s: %q is no parameter and no resource", path, name)
	}
}

func (t *Template) checkAttribute(n *yaml.Node, path, name, attribute string, schemas map[string]schema) {
	attributes, ok := t.generated()[name]
	if r, found := t.resource(name); found {
		attributes, ok = schemas[r.kind].Attributes, true
	}
	switch {
	case !ok:
		t.report(n, "%s: %q is no resource", path, name)
	case !slices.Contains(attributes, attribute):
		t.report(n, "%s: %s has no attribute %q", path, name, attribute)
	}
}

func (t *Template) checkCondition(n *yaml.Node, path, name string) {
	if at(t.root, "Conditions", name) == nil {
		t.report(n, "%s: there is no condition %q", path, name)
	}
}

// checkUse finds parameters, conditions and mappings that nothing uses.
func (t *Template) checkUse() {
	used := map[string]bool{}
	walk(t.root, "", func(n *yaml.Node, path string) bool {
		if i, is := readIntrinsic(n); is {
			switch list := i.arguments(); {
			case i.name == "Ref" || i.name == "Condition":
				used[i.args.Value] = true
			case i.name == "Sub":
				for _, name := range i.placeholders() {
					used[name] = true
				}
			case (i.name == "If" || i.name == "FindInMap") && len(list) == 3:
				used[list[0].Value] = true
			}
		}
		if c := at(n, "Condition"); c != nil && c.Kind == yaml.ScalarNode {
			used[c.Value] = true
		}
		return true
	})
	for _, section := range []string{"Parameters", "Conditions", "Mappings"} {
		for _, e := range entries(at(t.root, section)) {
			if !used[e.name] {
				t.report(e.key, "%s.%s: nothing uses it", section, e.name)
			}
		}
	}
}
