package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
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
	Type, Condition, DeletionPolicy, UpdateReplacePolicy string
	Properties                                           json.RawMessage
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
		Queue                 string
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

// choices are all defaults, then a region that has neither HTTP APIs nor Function URLs
// and one without the latter, and then for each parameter every other value it can have.
func (s source) choices() []map[string]string {
	all := []map[string]string{{}, {"AWS::Region": "ap-east-2"}, {"AWS::Region": "eu-south-2"}}
	for name, parameter := range s.Parameters {
		values := parameter.AllowedValues
		switch {
		case strings.HasSuffix(name, "Arn"):
			values = []string{"arn:aws:service:region:111122223333:table/given"}
		case values == nil:
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
		if r.Condition != "" {
			made, err := values.holds(r.Condition)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			if !made {
				continue
			}
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

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
