package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// template is template.yaml with its references worked out for one choice of
// parameters: a reference to a resource is its name, as "Table" or "Table.Arn".
type template struct {
	choice    map[string]string
	resources map[string]resource
	functions map[string]function
}

type resource struct {
	Type, DeletionPolicy, UpdateReplacePolicy string
	Properties                                json.RawMessage
}

// function has the properties of a resource AWS::Serverless::Function, or else those of
// Globals.
type function struct {
	CodeUri, Runtime, Handler, Role, Tracing string
	Architectures                            list
	Timeout                                  int
	Environment                              struct{ Variables map[string]any }
	LoggingConfig                            struct{ LogGroup string }
	EventInvokeConfig                        struct {
		DestinationConfig struct{ OnFailure struct{ Destination string } }
	}
	Events map[string]event
}

type event struct {
	Type       string
	Properties struct {
		Queue, Method, Path   string
		FunctionResponseTypes list
	}
}

// list is a list of texts. CloudFormation takes one text in place of a list.
type list []string

// UnmarshalJSON reads a list, or one text as a list.
func (l *list) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(l))
	}
	*l = make(list, 1)
	return json.Unmarshal(text, &(*l)[0])
}

// source is template.yaml as it is written.
type source struct {
	Parameters map[string]struct {
		Default       string   `yaml:"Default"`
		AllowedValues []string `yaml:"AllowedValues"`
		NoEcho        bool     `yaml:"NoEcho"`
	} `yaml:"Parameters"`
	Mappings   map[string]map[string]map[string]string `yaml:"Mappings"`
	Conditions map[string]yaml.Node                    `yaml:"Conditions"`
	Globals    yaml.Node                               `yaml:"Globals"`
	Resources  map[string]yaml.Node                    `yaml:"Resources"`
}

// choices are all defaults, and then for each parameter every other value it can have.
func (s source) choices() []map[string]string {
	all := []map[string]string{{}}
	for name, parameter := range s.Parameters {
		values := parameter.AllowedValues
		if values == nil {
			values = []string{"given"}
		}
		for _, value := range values {
			all = append(all, map[string]string{name: value})
		}
	}
	return all
}

// resolve works out the template for one choice of parameters.
func (s source) resolve(choice map[string]string) (*template, error) {
	t := &template{choice: choice, resources: map[string]resource{}, functions: map[string]function{}}
	values := values{s, choice}
	var globals struct{ Function json.RawMessage }
	if err := values.into(&s.Globals, &globals); err != nil {
		return nil, fmt.Errorf("read Globals: %w", err)
	}
	for name, node := range s.Resources {
		var r resource
		if err := values.into(&node, &r); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		t.resources[name] = r
		if r.Type != "AWS::Serverless::Function" {
			continue
		}
		var f function
		for _, properties := range []json.RawMessage{globals.Function, r.Properties} {
			if err := json.Unmarshal(properties, &f); err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
		}
		t.functions[name] = f
	}
	return t, nil
}

// properties reads the properties of all resources of a type.
func properties[T any](t *template, kind string) (map[string]T, error) {
	all := map[string]T{}
	for name, r := range t.resources {
		if r.Type != kind {
			continue
		}
		var one T
		if r.Properties != nil {
			if err := json.Unmarshal(r.Properties, &one); err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
		}
		all[name] = one
	}
	return all, nil
}

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

// work gives a copy of a node without intrinsic functions. cfn-lint checks that what
// they name is there; only the functions and the form that the template uses are known.
func (v values) work(n *yaml.Node) (*yaml.Node, error) {
	scalar := func(text string) (*yaml.Node, error) { return &yaml.Node{Kind: yaml.ScalarNode, Value: text}, nil }
	switch {
	case n.Tag == "!Ref":
		return scalar(v.reference(n.Value))
	case n.Tag == "!GetAtt":
		return scalar(n.Value)
	case n.Tag == "!Sub" && n.Kind == yaml.ScalarNode:
		return scalar(placeholder.ReplaceAllStringFunc(n.Value, func(match string) string { return v.reference(match[2 : len(match)-1]) }))
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
		return scalar(v.Mappings[n.Content[0].Value][key.Value][n.Content[2].Value])
	case n.Tag != "" && !strings.HasPrefix(n.Tag, "!!"):
		return nil, fmt.Errorf("line %d: %s is not known here", n.Line, n.Tag)
	}
	return v.copy(n)
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

// holds works out a condition, which is !Equals or its opposite.
func (v values) holds(name string) (bool, error) {
	n := v.Conditions[name]
	opposite := n.Tag == "!Not" && len(n.Content) == 1
	if opposite {
		n = *n.Content[0]
	}
	if n.Tag != "!Equals" || len(n.Content) != 2 {
		return false, fmt.Errorf("the condition %s is neither !Equals nor !Not of it", name)
	}
	a, errA := v.work(n.Content[0])
	b, errB := v.work(n.Content[1])
	if errA != nil || errB != nil {
		return false, fmt.Errorf("the condition %s compares what is not known here", name)
	}
	return (a.Value == b.Value) != opposite, nil
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
