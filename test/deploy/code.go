package deploy

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// ReadCode reads what a template is held against from the source in a folder.
func ReadCode(folder string, reads func(function string) ([]Variable, error)) (Code, error) {
	root := os.DirFS(folder)
	code := Code{Reads: map[string][]Variable{}, Calls: map[string][]string{}, Routes: map[string][]string{}}
	program, err := Load(folder)
	if err != nil {
		return code, err
	}
	if code.Index, err = program.Constant("DueIndex", "shared/platform/aws"); err != nil {
		return code, err
	}
	folders, err := fs.ReadDir(root, "functions")
	if err != nil {
		return code, err
	}
	for _, entry := range folders {
		name := entry.Name()
		code.Functions = append(code.Functions, name)
		var errs [3]error
		code.Routes[name], errs[0] = patterns(root, path.Join("functions", name))
		code.Calls[name], errs[1] = program.Calls("functions/" + name + "/lambda")
		code.Reads[name], errs[2] = reads(name)
		if err := errors.Join(errs[:]...); err != nil {
			return code, fmt.Errorf("functions/%s: %w", name, err)
		}
	}
	if code.Operations, err = operations(root); err != nil {
		return code, err
	}
	// The console is no part of the API: it has everything under its own path.
	pages := []string{"GET /console", "GET /console/page", "POST /console/page"}
	code.Operations = append(code.Operations, pages...)
	code.Routes["console"] = append(code.Routes["console"], pages...)
	code.Architecture, err = architecture(root)
	return code, err
}

// patterns finds the routes that the files of a folder name, as Pattern: "GET /…".
func patterns(root fs.FS, folder string) ([]string, error) {
	names, err := fs.Glob(root, folder+"/*.go")
	if err != nil {
		return nil, err
	}
	var list []string
	for _, name := range names {
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, isIdent := pair.Key.(*ast.Ident)
			value, isLiteral := pair.Value.(*ast.BasicLit)
			if isIdent && isLiteral && key.Name == "Pattern" {
				text, err := strconv.Unquote(value.Value)
				if err == nil {
					list = append(list, text)
				}
			}
			return true
		})
	}
	return list, nil
}

// operations lists what the API's description holds, as "GET /v1/keys".
func operations(root fs.FS) ([]string, error) {
	const name = "docs/api/openapi.yaml"
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	var list []string
	for _, at := range entries(at(document.Content[0], "paths")) {
		for _, method := range entries(at.value) {
			if slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method.name) {
				list = append(list, strings.ToUpper(method.name)+" "+at.name)
			}
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s describes nothing", name)
	}
	return list, nil
}

var defaultArchitecture = regexp.MustCompile(`(?m)^ARCH *\?= *(\w+)`)

// architecture is what the Makefile builds functions for, unless told otherwise.
func architecture(root fs.FS) (string, error) {
	text, err := fs.ReadFile(root, "Makefile")
	if err != nil {
		return "", err
	}
	match := defaultArchitecture.FindSubmatch(text)
	if match == nil {
		return "", errors.New("the Makefile does not say ARCH ?= …")
	}
	return string(match[1]), nil
}
