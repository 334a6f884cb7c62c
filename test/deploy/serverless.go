package deploy

import (
	"bytes"
	"cmp"
	_ "embed" // serverless.yaml
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
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
	Inputs struct {
		common
		Namespace string
		Functions map[string]json.RawMessage
		Triggers  []scfTrigger
	}

	functions map[string]scf
	domain    struct {
		Protocol        string
		EndpointsConfig []endpoint
	}
	policy struct {
		Statement []map[string]json.RawMessage
	}
	shape []string // what is wrong with the shape of the file
}

// common is what a function may have, or else what stands above all of them.
type common struct {
	Timeout      int
	Environments []struct{ Key, Value string }
	VPC          *struct{}
	PublicAccess *bool
}

type scf struct {
	common
	Name, Src, Role string
}

type scfTrigger struct {
	Type, Function string
	Parameters     struct{ Name, Qualifier string }
}

// endpoint is one path of the domain and the function it leads to.
type endpoint struct{ PathMatch, Namespace, FunctionName, Qualifier string }

// Deployed is a function as serverless.yml deploys it.
type Deployed struct {
	// Folder is that of functions/, Name what the function is called in the cloud.
	Folder, Name string
	Timeout      time.Duration
	// Environment is its variables. What comes from whoever deploys stands there as
	// ${env:NAME}.
	Environment map[string]string
	// Paths are those of the domain that lead to it, such as /v1/keys or /v1/keys/*.
	Paths []string
}

//go:embed serverless.yaml
var schemaText []byte

// ParseServerless reads the files, which are given by their names.
func ParseServerless(files map[string]string) (*Serverless, error) {
	s := &Serverless{functions: map[string]scf{}}
	text := files[ServerlessFile]
	var top struct{ Name, Stage, App string }
	if err := yaml.Unmarshal([]byte(text), &top); err != nil {
		return nil, fmt.Errorf("parse %s: %w", ServerlessFile, err)
	}
	text = strings.NewReplacer("${app}", top.App, "${stage}", top.Stage, "${name}", top.Name).Replace(text)
	tree, err := plain([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", ServerlessFile, err)
	}
	if s.shape, err = checkShape(tree, text); err != nil || len(s.shape) > 0 {
		return s, err
	}
	all, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ServerlessFile, err)
	}
	for _, one := range []struct {
		name string
		text []byte
		to   any
	}{{ServerlessFile, all, s}, {DomainFile, []byte(files[DomainFile]), &s.domain}, {PolicyFile, []byte(files[PolicyFile]), &s.policy}} {
		if err := json.Unmarshal(one.text, one.to); err != nil {
			return nil, fmt.Errorf("read %s: %w", one.name, err)
		}
	}
	for name, text := range s.Inputs.Functions {
		f := scf{common: s.Inputs.common}
		f.Environments = slices.Clone(f.Environments)
		if err := json.Unmarshal(text, &f); err != nil {
			return nil, fmt.Errorf("read %s: %s: %w", ServerlessFile, name, err)
		}
		if f.Name == "" {
			f.Name = strings.Join([]string{top.Name, top.Stage, top.App, name}, "-")
		}
		s.functions[name] = f
	}
	return s, nil
}

// plain reads YAML into the types of JSON.
func plain(text []byte) (any, error) {
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
}

var reference = regexp.MustCompile(`\$\{[^{}]*\}`)

// checkShape holds the whole file to serverless.yaml, and finds references that name
// nothing.
func checkShape(tree any, text string) ([]string, error) {
	schema, err := plain(schemaText)
	if err != nil {
		return nil, fmt.Errorf("parse serverless.yaml: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("serverless.yaml", schema); err != nil {
		return nil, fmt.Errorf("read serverless.yaml: %w", err)
	}
	compiled, err := compiler.Compile("serverless.yaml")
	if err != nil {
		return nil, fmt.Errorf("compile serverless.yaml: %w", err)
	}
	found := faults{}
	for _, name := range reference.FindAllString(text, -1) {
		if !regexp.MustCompile(`^\$\{env:[A-Z][A-Z0-9_]*\}$`).MatchString(name) {
			found.add("%s names nothing; there are ${app}, ${stage}, ${name} and ${env:NAME}", name)
		}
	}
	if invalid := (*jsonschema.ValidationError)(nil); errors.As(compiled.Validate(tree), &invalid) {
		leaves(invalid, found)
	}
	return sorted(found), nil
}

// leaves notes the causes of an error that have no further causes.
func leaves(e *jsonschema.ValidationError, found faults) {
	for _, cause := range e.Causes {
		leaves(cause, found)
	}
	if len(e.Causes) == 0 {
		found.add("%s: %s", strings.Join(e.InstanceLocation, "."), e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
	}
}

// environment is what a function finds set, by name. Its own list takes the place of
// the one that stands for all functions; the two are not joined.
func (f scf) environment() map[string]string {
	all := map[string]string{}
	for _, one := range f.Environments {
		all[one.Key] = one.Value
	}
	return all
}

// namespace is that of the functions.
func (s *Serverless) namespace() string { return cmp.Or(s.Inputs.Namespace, "default") }

// timeout is how long an invocation of a function may take.
func (f scf) timeout() time.Duration {
	const standard = 3
	if f.Timeout == 0 {
		return standard * time.Second
	}
	return time.Duration(f.Timeout) * time.Second
}

// folder is that of functions/.
func (f scf) folder() string { return strings.TrimPrefix(f.Src, "./") }

// Deployed lists the functions. The files should have no faults.
func (s *Serverless) Deployed() []Deployed {
	var all []Deployed
	for _, name := range sorted(s.functions) {
		f := s.functions[name]
		one := Deployed{Folder: f.folder(), Name: f.Name, Timeout: f.timeout(), Environment: f.environment()}
		for _, p := range s.domain.EndpointsConfig {
			if p.FunctionName == f.Name {
				one.Paths = append(one.Paths, p.PathMatch)
			}
		}
		all = append(all, one)
	}
	return all
}
