package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// checkNames refuses what encoding/json takes but hardly means what its sender does: a
// name in other letters than a field's, and a name that comes twice in an object. body is
// JSON that was decoded into a value of the type without an error.
func checkNames(body []byte, decoded reflect.Type) error {
	return nameChecker{json.NewDecoder(bytes.NewReader(body))}.value(decoded, "")
}

type nameChecker struct{ decoder *json.Decoder }

// value checks the next value, which is for a type; nil is one without names of its own.
func (c nameChecker) value(t reflect.Type, path string) error {
	token, err := c.decoder.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		for i := 0; c.decoder.More(); i++ {
			if err := c.value(elements(t), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		if err := c.members(t, path); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err = c.decoder.Token() // the end
	return err
}

// members checks the members of an object.
func (c nameChecker) members(t reflect.Type, path string) error {
	seen := map[string]bool{}
	for c.decoder.More() {
		token, err := c.decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // between the members of an object it is one
		at := strings.TrimPrefix(path+"."+named(name), ".")
		if seen[name] {
			return shipbell.InvalidField(at, text.FieldTwice)
		}
		seen[name] = true
		next := elements(t)
		if fields := fieldsOf(t); fields != nil {
			field, known := fields[name]
			if !known {
				return shipbell.InvalidField(at, text.FieldCase, inItsLetters(fields, name))
			}
			next = field
		}
		if err := c.value(next, at); err != nil {
			return err
		}
	}
	return nil
}

// inItsLetters is the field that encoding/json takes a name for.
func inItsLetters(fields map[string]reflect.Type, name string) string {
	for field := range fields {
		if strings.EqualFold(field, name) {
			return field
		}
	}
	return name
}

// fieldsOf are the fields of a struct by their names in JSON, those of embedded structs
// among them; nil if the type is no struct, or reads its JSON itself.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t = pointed(t); t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			for name, below := range fieldsOf(field.Type) {
				fields[name] = below
			}
			continue
		}
		fields[name] = field.Type
	}
	return fields
}

// elements is the type of the elements of a list or map; nil if the type has none.
func elements(t reflect.Type) reflect.Type {
	if t = pointed(t); t == nil || t.Kind() != reflect.Slice && t.Kind() != reflect.Map {
		return nil
	}
	return t.Elem()
}

// pointed is what a type of pointers points to, if it is left to encoding/json to decode.
func pointed(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pointer := reflect.PointerTo(t)
	if pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) || pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return nil
	}
	return t
}
