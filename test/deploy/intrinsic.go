package deploy

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// intrinsic is a function of CloudFormation in a template, such as !Ref, which may
// also be written as a mapping of one key.
type intrinsic struct {
	name string // without Fn::
	args *yaml.Node
}

// readIntrinsic tells which function a node is, if it is one.
func readIntrinsic(n *yaml.Node) (intrinsic, bool) {
	if name, tagged := strings.CutPrefix(n.Tag, "!"); tagged && !strings.HasPrefix(name, "!") && name != "" {
		args := *n
		args.Tag = ""
		return intrinsic{name, &args}, true
	}
	if list := entries(n); len(list) == 1 {
		name, is := strings.CutPrefix(list[0].name, "Fn::")
		if is || name == "Ref" || name == "Condition" && list[0].value.Kind == yaml.ScalarNode {
			return intrinsic{name, list[0].value}, true
		}
	}
	return intrinsic{}, false
}

// arguments are the arguments of a function that takes several.
func (i intrinsic) arguments() []*yaml.Node {
	if i.args.Kind == yaml.SequenceNode {
		return i.args.Content
	}
	return nil
}

// target is what a !GetAtt names: a resource and its attribute.
func (i intrinsic) target() (name, attribute string) {
	if i.args.Kind == yaml.ScalarNode {
		name, attribute, _ = strings.Cut(i.args.Value, ".")
		return name, attribute
	}
	if list := i.arguments(); len(list) == 2 {
		return list[0].Value, list[1].Value
	}
	return "", ""
}

// placeholders are the names that a !Sub has in ${}, without those it defines and
// without ${!Literal}.
func (i intrinsic) placeholders() []string {
	text, own := i.args.Value, []entry(nil)
	if list := i.arguments(); len(list) == 2 {
		text, own = list[0].Value, entries(list[1])
	}
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		name := strings.TrimSpace(match[1])
		if !strings.HasPrefix(name, "!") && !slices.ContainsFunc(own, func(e entry) bool { return e.name == name }) {
			names = append(names, name)
		}
	}
	return names
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// walk visits a node and all below it, with the path to each. It does not go below
// a node that visit refuses.
func walk(n *yaml.Node, path string, visit func(n *yaml.Node, path string) bool) {
	if !visit(n, path) {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for _, e := range entries(n) {
			walk(e.value, strings.TrimPrefix(path+"."+e.name, "."), visit)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			walk(item, path, visit)
		}
	}
}

// value works out what a node stands for with the parameters of t, as text. A
// reference to a resource is its name, as "Table" or "Table.Arn", with what stands
// around it in a !Sub. ok is false where that cannot be known.
func (t *Template) value(n *yaml.Node) (text string, ok bool) {
	if n == nil {
		return "", false
	}
	i, is := readIntrinsic(n)
	if !is {
		return n.Value, n.Kind == yaml.ScalarNode
	}
	switch i.name {
	case "Ref":
		return t.reference(i.args.Value), true
	case "GetAtt":
		name, attribute := i.target()
		return name + "." + attribute, true
	case "Sub":
		if i.args.Kind != yaml.ScalarNode {
			return "", false
		}
		return placeholder.ReplaceAllStringFunc(i.args.Value, func(match string) string {
			return t.reference(match[2 : len(match)-1])
		}), true
	case "FindInMap":
		return t.mapped(i)
	case "If":
		return t.value(t.branch(i))
	}
	return "", false
}

// reference is the value of a parameter, or the name of anything else.
func (t *Template) reference(name string) string {
	parameter := at(t.root, "Parameters", name)
	if parameter == nil {
		return name
	}
	if choice, chosen := t.choices[name]; chosen {
		return choice
	}
	if standard := at(parameter, "Default"); standard != nil {
		return standard.Value
	}
	return name
}

func (t *Template) mapped(i intrinsic) (string, bool) {
	names := []string{"Mappings"}
	for _, arg := range i.arguments() {
		name, ok := t.value(arg)
		if !ok {
			return "", false
		}
		names = append(names, name)
	}
	found := at(t.root, names...)
	if found == nil || len(names) != 4 {
		return "", false
	}
	return found.Value, true
}

// branch is the side of an !If that holds, or nil.
func (t *Template) branch(i intrinsic) *yaml.Node {
	list := i.arguments()
	if len(list) != 3 {
		return nil
	}
	if t.holds(at(t.root, "Conditions", list[0].Value)) {
		return list[1]
	}
	return list[2]
}

// holds works out a condition.
func (t *Template) holds(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	i, _ := readIntrinsic(n)
	list := i.arguments()
	switch i.name {
	case "Condition":
		return t.holds(at(t.root, "Conditions", i.args.Value))
	case "Equals":
		if len(list) != 2 {
			return false
		}
		a, okA := t.value(list[0])
		b, okB := t.value(list[1])
		return okA && okB && a == b
	case "Not":
		return len(list) == 1 && !t.holds(list[0])
	case "And":
		return !slices.ContainsFunc(list, func(n *yaml.Node) bool { return !t.holds(n) })
	case "Or":
		return slices.ContainsFunc(list, t.holds)
	}
	return false
}

// settled follows !If to the node that holds; it is nil for AWS::NoValue.
func (t *Template) settled(n *yaml.Node) *yaml.Node {
	for n != nil {
		i, is := readIntrinsic(n)
		switch {
		case is && i.name == "If":
			n = t.branch(i)
		case is && i.name == "Ref" && i.args.Value == "AWS::NoValue":
			return nil
		default:
			return n
		}
	}
	return nil
}

// everyChoice calls each with the template as it is with all defaults, and then with
// every allowed value of every parameter.
func (t *Template) everyChoice(each func(t *Template)) {
	each(t)
	for _, p := range entries(at(t.root, "Parameters")) {
		values := items(at(p.value, "AllowedValues"))
		if at(p.value, "AllowedValues") == nil && at(p.value, "Default") != nil {
			values = []*yaml.Node{{Value: "given"}}
			if kind := at(p.value, "Type"); kind != nil && kind.Value == "Number" {
				values = []*yaml.Node{at(p.value, "MinValue"), at(p.value, "MaxValue")}
			}
		}
		for _, value := range values {
			if value != nil {
				each(&Template{root: t.root, choices: map[string]string{p.name: value.Value}, found: t.found})
			}
		}
	}
}
