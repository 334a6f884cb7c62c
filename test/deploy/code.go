package deploy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Code is what the files are held against, read from the source.
type Code struct {
	// Functions are the folders of functions/.
	Functions []string
	// Architecture is what `make build/lambda` builds for by default, as GOARCH has it.
	Architecture string
	// Reads are the SHIPBELL_ variables that each function reads on AWS.
	Reads map[string][]Variable
	// Calls are the calls of AWS that each function can come to make, as IAM has them,
	// such as "dynamodb:PutItem"; a query of an index is "dynamodb:Query index".
	Calls map[string][]string
	// Index is the name of the table's index that the code queries.
	Index string
	// Routes are the patterns of each function, such as "GET /v1/keys".
	Routes map[string][]string
	// Operations are those of the API's description, written likewise, and what the
	// console serves beside it.
	Operations []string
	// SCF are the functions, as they are on SCF.
	SCF map[string]SCF
}

// Variable is an environment variable that a function reads.
type Variable struct {
	Name string
	// Optional variables need not be set.
	Optional bool
}

// ReadCode reads what the files are held against from the source in a folder. What a
// function reads on AWS, and what there is to know of it on SCF, is asked for.
func ReadCode(folder string, reads func(function string) []Variable, scf func(function string) SCF) (Code, error) {
	code := Code{Reads: map[string][]Variable{}, Calls: map[string][]string{}, Routes: map[string][]string{}, SCF: map[string]SCF{}}
	program, err := load(folder)
	if err != nil {
		return code, err
	}
	if code.Index, err = program.constant("DueIndex", "shared/platform/aws"); err != nil {
		return code, err
	}
	folders, err := os.ReadDir(filepath.Join(folder, "functions"))
	if err != nil {
		return code, err
	}
	for _, entry := range folders {
		name := entry.Name()
		code.Functions = append(code.Functions, name)
		code.Routes[name] = program.patterns("functions/" + name)
		code.Reads[name], code.SCF[name] = reads(name), scf(name)
		if code.Calls[name], err = program.calls("functions/" + name + "/lambda"); err != nil {
			return code, fmt.Errorf("functions/%s: %w", name, err)
		}
	}
	if code.Operations, err = operations(folder); err != nil {
		return code, err
	}
	// The console is no part of the API: it has everything under its own path.
	pages := []string{"GET /console", "GET /console/page", "POST /console/page"}
	code.Operations = append(code.Operations, pages...)
	code.Routes["console"] = append(code.Routes["console"], pages...)
	code.Architecture, err = architecture(folder)
	return code, err
}

// serves reports whether a function serves an operation. Each answers for its own
// health.
func (c Code) serves(folder, operation string) bool {
	return operation == health || operation == ready || slices.Contains(c.Routes[folder], operation)
}

// operations lists what the API's description holds, as "GET /v1/keys".
func operations(folder string) ([]string, error) {
	const name = "docs/api/openapi.yaml"
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	var document struct {
		Paths map[string]map[string]yaml.Node
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	var list []string
	for path, methods := range document.Paths {
		for method := range methods {
			if slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
				list = append(list, strings.ToUpper(method)+" "+path)
			}
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s describes nothing", name)
	}
	slices.Sort(list)
	return list, nil
}

var defaultArchitecture = regexp.MustCompile(`(?m)^ARCH *\?= *(\w+)`)

// architecture is what the Makefile builds functions for, unless told otherwise.
func architecture(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "Makefile"))
	if err != nil {
		return "", err
	}
	match := defaultArchitecture.FindSubmatch(text)
	if match == nil {
		return "", errors.New("the Makefile does not say ARCH ?= …")
	}
	return string(match[1]), nil
}
