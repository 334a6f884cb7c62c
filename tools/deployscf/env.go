package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// readEnv reads a file of lines NAME=VALUE and looks variables up in the environment, or
// else in the file. A value may stand in quotes; nothing in it is expanded. An error tells
// the number of a line and not what it holds, which may be a secret.
func readEnv(path string, getenv func(string) string) (func(string) string, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	values := map[string]string{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !found {
			return nil, fmt.Errorf("%s: line %d is not NAME=VALUE", path, i+1)
		}
		values[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	return func(name string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return values[name]
	}, nil
}

// unquote drops the quotes around a value.
func unquote(value string) string {
	for _, quote := range []string{`"`, `'`} {
		if len(value) >= 2 && strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote) {
			return value[1 : len(value)-1]
		}
	}
	return value
}
