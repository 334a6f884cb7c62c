package lambda_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// resource is what the tests need to know of a function in template.yaml.
type resource struct {
	CodeURI     string    `yaml:"CodeUri"`
	Timeout     yaml.Node `yaml:"Timeout"`
	Environment struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	} `yaml:"Environment"`
}

// paths are the paths of the HTTP API, with the name of the integration of each, which is
// that of a function.
type paths struct {
	DefinitionBody struct {
		Paths map[string]struct {
			Any struct {
				Integration struct {
					Ref string `yaml:"$ref"`
				} `yaml:"x-amazon-apigateway-integration"`
			} `yaml:"x-amazon-apigateway-any-method"`
		} `yaml:"paths"`
	} `yaml:"DefinitionBody"`
}

// name is the folder of the function, which its zip is named for.
func (r *resource) name() string { return strings.TrimSuffix(filepath.Base(r.CodeURI), ".zip") }

// timeout is how long an invocation may take. That of deliver hangs on the time of
// an attempt; with the standard one it is 30 s.
func (r *resource) timeout() time.Duration {
	seconds := 30
	if r.Timeout.Tag == "!!int" {
		_ = r.Timeout.Decode(&seconds) // its tag says that it can
	}
	return time.Duration(seconds) * time.Second
}

// readTemplate reads the functions of template.yaml, the variables that all of them get,
// and which function each path of the HTTP API leads to.
func readTemplate(t testing.TB) (functions []resource, global []string, routes map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Globals struct {
			Function resource `yaml:"Function"`
		} `yaml:"Globals"`
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	routes = map[string]string{}
	for name, one := range template.Resources {
		if one.Type == "AWS::Serverless::HttpApi" {
			var api paths
			if err := one.Properties.Decode(&api); err != nil {
				t.Fatalf("template.yaml: %s: %v", name, err)
			}
			for path, operation := range api.DefinitionBody.Paths {
				routes[path] = filepath.Base(operation.Any.Integration.Ref)
			}
		}
		if one.Type != "AWS::Serverless::Function" {
			continue
		}
		var r resource
		if err := one.Properties.Decode(&r); err != nil {
			t.Fatalf("template.yaml: %s: %v", name, err)
		}
		functions = append(functions, r)
	}
	for name := range template.Globals.Function.Environment.Variables {
		global = append(global, name)
	}
	return functions, global, routes
}
