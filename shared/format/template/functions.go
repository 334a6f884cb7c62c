package template

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/text"
)

// function is one that templates can call.
type function struct {
	least, most int // arguments
	// call gives the value or a text.Message. Whatever is piped comes last.
	call func(args []any) (any, error)
}

// many is the most arguments of a function that takes any number.
const many = 1 << 20

// functionNames are the functions, as docs/templates.md describes them.
func functionNames() []string {
	return []string{
		"json", "trunc", "truncBytes", "lower", "replace", "short", "time", "query", "join", "default", "markdown",
		"eq", "ne", "lt", "and", "or", "not", "len", "index",
	}
}

// define looks a function up.
func define(name string) (function, bool) {
	switch name {
	case "json":
		return function{1, 1, func(args []any) (any, error) { return limited(rawJSON(encode(args[0]))) }}, true
	case "trunc":
		return function{2, 2, truncRunes}, true
	case "truncBytes":
		return function{2, 2, truncBytes}, true
	case "lower":
		return function{1, 1, texts("lower", func(s []string) (any, error) { return strings.ToLower(s[0]), nil })}, true
	case "replace":
		return function{3, 3, texts("replace", replace)}, true
	case "short":
		return function{1, 1, texts("short", func(s []string) (any, error) { return short(s[0]), nil })}, true
	case "time":
		return function{1, 3, formatTime}, true
	case "query":
		return function{1, 1, texts("query", func(s []string) (any, error) { return limited(url.QueryEscape(s[0])) })}, true
	case "join":
		return function{2, 2, join}, true
	case "default":
		return function{2, 2, func(args []any) (any, error) {
			if truth(args[1]) {
				return args[1], nil
			}
			return args[0], nil
		}}, true
	case "markdown":
		return function{2, 2, texts("markdown", func(s []string) (any, error) { return markdown(s[0], s[1]) })}, true
	}
	return defineLogic(name)
}

// argument is the error for an argument of the wrong kind. They are counted from 1.
func argument(n int, of string, must text.Code) error {
	return text.New(text.TemplateArgument, n, of, must)
}

// limited refuses a text that is too long.
func limited[S ~string](s S) (any, error) {
	if len(s) > maxText {
		return nil, text.New(text.TemplateText, maxText)
	}
	return s, nil
}

// texts makes a function of texts one of values.
func texts(name string, f func([]string) (any, error)) func([]any) (any, error) {
	return func(args []any) (any, error) {
		list := make([]string, len(args))
		for i, arg := range args {
			var is bool
			if list[i], is = asText(arg); !is {
				return nil, argument(i+1, name, text.JSONString)
			}
		}
		return f(list)
	}
}

// cut are the arguments of a function that shortens: a length, and a text.
func cut(name string, args []any) (int, string, error) {
	n, isNumber := args[0].(int64)
	if !isNumber || n < 0 {
		return 0, "", argument(1, name, text.JSONWholeNumber)
	}
	s, isText := asText(args[1])
	if !isText {
		return 0, "", argument(2, name, text.JSONString)
	}
	return int(min(n, maxText)), s, nil
}

func truncRunes(args []any) (any, error) {
	n, s, err := cut("trunc", args)
	return firstRunes(s, n), err
}

// firstRunes are at most n characters.
func firstRunes(s string, n int) string {
	for at := range s {
		if n == 0 {
			return s[:at]
		}
		n--
	}
	return s
}

// truncBytes keeps whole characters.
func truncBytes(args []any) (any, error) {
	n, s, err := cut("truncBytes", args)
	if err != nil || len(s) <= n {
		return s, err
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], nil
}

func replace(s []string) (any, error) {
	before, after, in := s[0], s[1], s[2]
	if n := strings.Count(in, before); len(in)+n*(len(after)-len(before)) > maxText {
		return nil, text.New(text.TemplateText, maxText)
	}
	return strings.ReplaceAll(in, before, after), nil
}

// short is a digest as people know it: 12 characters without the algorithm.
func short(digest string) string {
	if _, hash, found := strings.Cut(digest, ":"); found {
		digest = hash
	}
	return firstRunes(digest, 12)
}

func join(args []any) (any, error) {
	separator, isText := asText(args[0])
	if !isText {
		return nil, argument(1, "join", text.JSONString)
	}
	list, isList := args[1].([]any)
	if !isList {
		return nil, argument(2, "join", text.JSONArray)
	}
	var b strings.Builder
	for i, element := range list {
		if i > 0 {
			b.WriteString(separator)
		}
		s, _ := asText(element)
		if b.WriteString(s); b.Len() > maxText {
			return nil, text.New(text.TemplateText, maxText)
		}
	}
	return b.String(), nil
}

// formatTime writes Unix seconds: [LAYOUT [ZONE]] SECONDS. The layout is as Go has it,
// RFC 3339 without one; the zone is its distance from UTC, such as "+08:00".
func formatTime(args []any) (any, error) {
	last := len(args) - 1
	seconds, isNumber := args[last].(int64)
	if !isNumber {
		return nil, argument(last+1, "time", text.JSONWholeNumber)
	}
	layout, at := time.RFC3339, time.Unix(seconds, 0).UTC()
	if last > 0 {
		var isText bool
		if layout, isText = asText(args[0]); !isText || len(layout) > 100 {
			return nil, argument(1, "time", text.JSONString)
		}
	}
	if last > 1 {
		name, _ := asText(args[1])
		zone, err := time.Parse("-07:00", name)
		if err != nil {
			return nil, text.New(text.TemplateZone, name)
		}
		_, offset := zone.Zone()
		at = at.In(time.FixedZone("", offset))
	}
	return at.Format(layout), nil
}
