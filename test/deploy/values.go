package deploy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// values works out what a node stands for.
type values struct {
	source
	choice map[string]string
}

// into fills a value with what a node stands for.
func (v values) into(n *yaml.Node, to any) error {
	worked, err := v.work(n)
	if err != nil {
		return err
	}
	var tree any
	if err := worked.Decode(&tree); err != nil {
		return err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

const noValue = "AWS::NoValue"

func scalar(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// work gives a copy of a node without intrinsic functions. cfn-lint checks that what
// they name is there; only the functions and the form that the template uses are known.
func (v values) work(n *yaml.Node) (*yaml.Node, error) {
	switch {
	case n.Tag == "!Ref":
		return scalar(v.reference(n.Value)), nil
	case n.Tag == "!GetAtt":
		return scalar(n.Value), nil
	case n.Tag == "!Sub":
		text, err := v.substitute(n)
		return scalar(text), err
	case n.Tag == "!Select" && len(n.Content) == 2:
		text, err := v.selected(n.Content[0], n.Content[1])
		return scalar(text), err
	case n.Tag == "!If" && len(n.Content) == 3:
		holds, err := v.holds(n.Content[0].Value)
		if err != nil {
			return nil, err
		}
		if holds {
			return v.work(n.Content[1])
		}
		return v.work(n.Content[2])
	case n.Tag == "!FindInMap" && len(n.Content) == 3:
		key, err := v.work(n.Content[1])
		if err != nil {
			return nil, err
		}
		return scalar(v.Mappings[n.Content[0].Value][key.Value][n.Content[2].Value]), nil
	case n.Tag != "" && !strings.HasPrefix(n.Tag, "!!"):
		return nil, fmt.Errorf("line %d: %s is not known here", n.Line, n.Tag)
	}
	return v.copy(n)
}

// substitute works out !Sub: a text, or a list of a text and of names for it.
func (v values) substitute(n *yaml.Node) (string, error) {
	text, names := n, map[string]string{}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 2 {
		text = n.Content[0]
		for i := 0; i+1 < len(n.Content[1].Content); i += 2 {
			value, err := v.work(n.Content[1].Content[i+1])
			if err != nil {
				return "", err
			}
			names[n.Content[1].Content[i].Value] = value.Value
		}
	}
	return placeholder.ReplaceAllStringFunc(text.Value, func(match string) string {
		name := match[2 : len(match)-1]
		if value, own := names[name]; own {
			return value
		}
		return v.reference(name)
	}), nil
}

// selected works out !Select of a !Split.
func (v values) selected(index, from *yaml.Node) (string, error) {
	i, err := strconv.Atoi(index.Value)
	if err != nil || from.Tag != "!Split" || len(from.Content) != 2 {
		return "", fmt.Errorf("line %d: only !Select of a number and !Split is known here", index.Line)
	}
	text, err := v.work(from.Content[1])
	if err != nil {
		return "", err
	}
	parts := strings.Split(text.Value, from.Content[0].Value)
	if i >= len(parts) {
		return "", fmt.Errorf("line %d: %q has no part %d", index.Line, text.Value, i)
	}
	return parts[i], nil
}

// copy works out what is in a node, and leaves out what has no value.
func (v values) copy(n *yaml.Node) (*yaml.Node, error) {
	worked := *n
	worked.Content = nil
	for i, child := range n.Content {
		one, err := v.work(child)
		if err != nil {
			return nil, err
		}
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 1 && one.Value == noValue:
			worked.Content = worked.Content[:len(worked.Content)-1]
		case n.Kind == yaml.SequenceNode && one.Value == noValue:
		case n.Kind == yaml.MappingNode && i%2 == 0 && strings.HasPrefix(one.Value, "Fn::"):
			return nil, fmt.Errorf("line %d: %s is not known here, the short form is", child.Line, one.Value)
		default:
			worked.Content = append(worked.Content, one)
		}
	}
	return &worked, nil
}

// reference is the value of a parameter, or the name of anything else.
func (v values) reference(name string) string {
	if value, chosen := v.choice[name]; chosen {
		return value
	}
	if parameter, ok := v.Parameters[name]; ok {
		return parameter.Default
	}
	return name
}

// holds works out a condition by its name.
func (v values) holds(name string) (bool, error) {
	n, ok := v.Conditions[name]
	if !ok {
		return false, fmt.Errorf("there is no condition %s", name)
	}
	return v.test(&n)
}

// test works out a condition of !Equals, !Not, !Or and other conditions.
func (v values) test(n *yaml.Node) (bool, error) {
	switch {
	case n.Tag == "!Condition":
		return v.holds(n.Value)
	case n.Tag == "!Not" && len(n.Content) == 1:
		holds, err := v.test(n.Content[0])
		return !holds, err
	case n.Tag == "!Or":
		for _, one := range n.Content {
			if holds, err := v.test(one); holds || err != nil {
				return holds, err
			}
		}
		return false, nil
	case n.Tag != "!Equals" || len(n.Content) != 2:
		return false, fmt.Errorf("line %d: a condition has %s, which is not known here", n.Line, n.Tag)
	}
	a, err := v.work(n.Content[0])
	if err != nil {
		return false, err
	}
	b, err := v.work(n.Content[1])
	if err != nil {
		return false, err
	}
	return a.Value == b.Value, nil
}
