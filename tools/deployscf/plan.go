package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// plan is what serverless.yml describes.
type plan struct {
	region, namespace string
	// functions are in the order of their keys.
	functions []function
}

// function is one function with its triggers.
type function struct {
	key  string
	name string
	settings
	// src is the folder below build/scf, and its zip is beside it.
	src, handler, role string
	triggers           []trigger
}

// settings are what a function may have, or else what stands above all of them.
type settings struct {
	Runtime      string `yaml:"runtime"`
	Type         string `yaml:"type"`
	Description  string `yaml:"description"`
	MemorySize   int64  `yaml:"memorySize"`
	Timeout      int64  `yaml:"timeout"`
	Environments []pair `yaml:"environments"`
	Tags         []pair `yaml:"tags"`
	VPC          struct {
		ID     string `yaml:"vpcId"`
		Subnet string `yaml:"subnetId"`
	} `yaml:"vpc"`
	CLS struct {
		Logset string `yaml:"logsetId"`
		Topic  string `yaml:"topicId"`
	} `yaml:"cls"`
	PublicAccess *bool `yaml:"publicAccess"`
}

type pair struct {
	Key   string `yaml:"key"`
	Value string `yaml:"value"`
}

// trigger is one trigger as the API has it. desc is JSON, but for a timer the bare
// expression where a request is made.
type trigger struct{ kind, name, desc, cron, qualifier, argument string }

// file is serverless.yml.
type file struct {
	Component string `yaml:"component"`
	App       string `yaml:"app"`
	Stage     string `yaml:"stage"`
	Name      string `yaml:"name"`
	Inputs    struct {
		settings  `yaml:",inline"`
		Src       yaml.Node            `yaml:"src"`
		Region    string               `yaml:"region"`
		Namespace string               `yaml:"namespace"`
		Functions map[string]yaml.Node `yaml:"functions"`
		Triggers  []fileTrigger        `yaml:"triggers"`
	} `yaml:"inputs"`
}

type fileFunction struct {
	settings `yaml:",inline"`
	Name     string `yaml:"name"`
	Src      string `yaml:"src"`
	Handler  string `yaml:"handler"`
	Role     string `yaml:"role"`
}

type fileTrigger struct {
	Type       string `yaml:"type"`
	Function   string `yaml:"function"`
	Parameters struct {
		Name      string `yaml:"name"`
		Qualifier string `yaml:"qualifier"`
		Cron      string `yaml:"cronExpression"`
		Argument  string `yaml:"argument"`
		Enable    bool   `yaml:"enable"`
		AuthType  string `yaml:"authType"`
		Net       struct {
			Extranet bool `yaml:"enableExtranet"`
			Intranet bool `yaml:"enableIntranet"`
		} `yaml:"netConfig"`
	} `yaml:"parameters"`
}

// readPlan reads the file. A key that is not known is an error, because it would be
// passed over.
func readPlan(path string, lookup func(string) string) (*plan, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	var f file
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := root.Decode(&f); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	missing := map[string]bool{}
	fill(&root, map[string]string{"app": f.App, "stage": f.Stage, "name": f.Name}, lookup, missing)
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s asks for what is not set: %s", path, strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	f = file{}
	if err := strictly(&root, &f); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if f.Component != "multi-scf" {
		return nil, fmt.Errorf("%s: the component is %q, and must be multi-scf", path, f.Component)
	}
	p := &plan{region: f.Inputs.Region, namespace: cmp.Or(f.Inputs.Namespace, "default")}
	for _, key := range slices.Sorted(maps.Keys(f.Inputs.Functions)) {
		one, err := f.function(key)
		if err != nil {
			return nil, fmt.Errorf("read %s: %s: %w", path, key, err)
		}
		p.functions = append(p.functions, one)
	}
	return p, nil
}

var reference = regexp.MustCompile(`\$\{(env:)?([A-Za-z0-9_]+)\}`)

// fill puts values in the place of references. It does so in the tree and not in the text
// of the file, so that a value stays one text whatever it holds.
func fill(node *yaml.Node, names map[string]string, lookup func(string) string, missing map[string]bool) {
	for _, child := range node.Content {
		fill(child, names, lookup, missing)
	}
	if node.Kind != yaml.ScalarNode || !reference.MatchString(node.Value) {
		return
	}
	node.Value = reference.ReplaceAllStringFunc(node.Value, func(match string) string {
		parts := reference.FindStringSubmatch(match)
		value := names[parts[2]]
		if parts[1] != "" {
			value = lookup(parts[2])
		}
		if value == "" {
			missing[match] = true
		}
		return value
	})
}

// strictly decodes a node, and refuses keys that are not known.
func strictly(node *yaml.Node, to any) error {
	text, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(to)
}

// function makes one function of the file. What it has itself replaces what stands above
// all of them.
func (f *file) function(key string) (function, error) {
	node := f.Inputs.Functions[key]
	own := fileFunction{settings: f.Inputs.settings}
	if err := strictly(&node, &own); err != nil {
		return function{}, err
	}
	one := function{
		key: key, name: cmp.Or(own.Name, strings.Join([]string{f.Name, f.Stage, f.App, key}, "-")),
		settings: own.settings, src: strings.TrimPrefix(own.Src, "./"), handler: own.Handler, role: own.Role,
	}
	for _, t := range f.Inputs.Triggers {
		if t.Function != key {
			continue
		}
		made, err := t.trigger()
		if err != nil {
			return function{}, err
		}
		one.triggers = append(one.triggers, made)
	}
	return one, nil
}

// trigger makes what the API takes.
func (t *fileTrigger) trigger() (trigger, error) {
	p := t.Parameters
	made := trigger{kind: t.Type, name: p.Name, qualifier: cmp.Or(p.Qualifier, "$DEFAULT"), argument: p.Argument}
	var desc any
	switch t.Type {
	case "timer":
		if !p.Enable {
			return made, fmt.Errorf("the timer %q has enable: false, and would call nothing", p.Name)
		}
		made.cron, desc = p.Cron, map[string]string{"cron": p.Cron}
	case "http":
		desc = map[string]any{"AuthType": p.AuthType, "NetConfig": map[string]bool{"EnableExtranet": p.Net.Extranet, "EnableIntranet": p.Net.Intranet}}
	default:
		return made, fmt.Errorf("triggers of type %q are not made here", t.Type)
	}
	text, err := json.Marshal(desc)
	made.desc = string(text)
	return made, err
}
