package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

const (
	// maxChanged bounds a value in an entry, in bytes of JSON. A longer one is left out.
	maxChanged = 2 << 10
	tooLong    = `"…"`
)

// Diff compares two values that are JSON objects, nil for none, but for the fields
// passed over. It answers the fields that differ in the order of their names; the
// fields of an object within are named with a dot.
func Diff(before, after any, passOver ...string) ([]Change, error) {
	b, err := fieldsOf(before)
	if err != nil {
		return nil, err
	}
	a, err := fieldsOf(after)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(b)
	maps.Copy(all, a)
	var changes []Change
	for _, field := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(passOver, field) || bytes.Equal(b[field], a[field]) {
			continue
		}
		changes = append(changes, Change{Field: field, Before: bounded(b[field]), After: bounded(a[field])})
	}
	return changes, nil
}

// fieldsOf is the fields of a value as JSON, with those of objects within.
func fieldsOf(value any) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("compare what was changed: %w", err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, fmt.Errorf("compare what was changed: %w", err)
	}
	for name, one := range object {
		var within map[string]json.RawMessage
		if json.Unmarshal(one, &within) == nil && len(within) > 0 {
			for inner, value := range within {
				fields[name+"."+inner] = value
			}
			continue
		}
		fields[name] = one
	}
	return fields, nil
}

func bounded(value json.RawMessage) json.RawMessage {
	switch {
	case value == nil:
		return json.RawMessage("null")
	case len(value) > maxChanged:
		return json.RawMessage(tooLong)
	}
	return value
}
