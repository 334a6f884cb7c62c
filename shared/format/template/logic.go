package template

import (
	"github.com/shipbell/shipbell/shared/text"
)

// defineLogic looks up a function of those that Go's templates have too.
func defineLogic(name string) (function, bool) {
	switch name {
	case "eq":
		return function{2, many, equal}, true
	case "ne":
		return function{2, 2, func(args []any) (any, error) {
			same, err := equal(args)
			return err == nil && same != true, err
		}}, true
	case "lt":
		return function{2, 2, less}, true
	case "and", "or":
		// What ends them early was looked at already.
		return function{1, many, func(args []any) (any, error) { return args[len(args)-1], nil }}, true
	case "not":
		return function{1, 1, func(args []any) (any, error) { return !truth(args[0]), nil }}, true
	case "len":
		return function{1, 1, length}, true
	case "index":
		return function{2, 2, index}, true
	}
	return function{}, false
}

// equal reports whether the first value is one of the others. Only values of the same type
// can be compared, and no lists.
func equal(args []any) (any, error) {
	for i, other := range args[1:] {
		same, comparable := compare(args[0], other)
		if !comparable {
			return nil, text.New(text.TemplateCompare, i+2)
		}
		if same {
			return true, nil
		}
	}
	return false, nil
}

func compare(a, b any) (same, comparable bool) {
	switch a := a.(type) {
	case int64:
		b, is := b.(int64)
		return a == b, is
	case bool:
		b, is := b.(bool)
		return a == b, is
	case string, rawJSON:
		switch b.(type) {
		case string, rawJSON:
			first, _ := asText(a)
			second, _ := asText(b)
			return first == second, true
		}
	}
	return false, false
}

func less(args []any) (any, error) {
	var numbers [2]int64
	for i, arg := range args {
		var is bool
		if numbers[i], is = arg.(int64); !is {
			return nil, argument(i+1, "lt", text.JSONWholeNumber)
		}
	}
	return numbers[0] < numbers[1], nil
}

// length is that of a text in bytes, or how many elements there are.
func length(args []any) (any, error) {
	switch v := args[0].(type) {
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	case string:
		return int64(len(v)), nil
	case rawJSON:
		return int64(len(v)), nil
	}
	return nil, argument(1, "len", text.JSONArray)
}

// index is an element of a list, by its number from 0, or a field by its name.
func index(args []any) (any, error) {
	switch v := args[0].(type) {
	case []any:
		n, is := args[1].(int64)
		if !is {
			return nil, argument(2, "index", text.JSONWholeNumber)
		}
		if n < 0 || n >= int64(len(v)) {
			return nil, text.New(text.TemplateIndex, n, len(v))
		}
		return v[n], nil
	case map[string]any:
		name, _ := asText(args[1])
		value, found := v[name]
		if !found {
			return nil, text.New(text.TemplateNoField, "."+name)
		}
		return value, nil
	}
	return nil, argument(1, "index", text.JSONArray)
}
