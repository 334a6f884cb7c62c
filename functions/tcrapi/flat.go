package tcrapi

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// maxDepth is how deep the names of parameters may go, which is one more than any
// does.
const maxDepth = 8

// common reports whether a parameter is one of every action, which is not the
// action's own.
func common(name string) bool {
	return slices.Contains([]string{
		"Action", "Version", "Region", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Token", "Language", "RequestClient",
	}, name)
}

// branch is a level of flattened names: strings and further branches.
type branch map[string]any

// unflatten makes the JSON object that parameters stand for by their names, such as
// Trigger.Targets.0.Address. All values are strings.
func unflatten(parameters map[string]string) ([]byte, error) {
	root := branch{}
	for name, value := range parameters {
		if common(name) {
			continue
		}
		if !root.set(strings.SplitN(name, ".", maxDepth+1), value) {
			return nil, shipbell.InvalidField(name, text.TCRParameterMixed)
		}
	}
	data, err := json.Marshal(root.object())
	if err != nil {
		return nil, shipbell.Wrap(shipbell.Malformed, err, text.TCRParametersUnreadable)
	}
	return data, nil
}

// set puts a value where the path leads, unless something else is there or the path
// is too long.
func (b branch) set(path []string, value string) bool {
	if len(path) > maxDepth {
		return false
	}
	for _, part := range path[:len(path)-1] {
		if b[part] == nil {
			b[part] = branch{}
		}
		next, is := b[part].(branch)
		if !is {
			return false
		}
		b = next
	}
	last := path[len(path)-1]
	if b[last] != nil {
		return false
	}
	b[last] = value
	return true
}

// object is the branch as a value for JSON, with lists in it.
func (b branch) object() map[string]any {
	values := make(map[string]any, len(b))
	for name, value := range b {
		if below, is := value.(branch); is {
			value = below.value()
		}
		values[name] = value
	}
	return values
}

// value is a list if all names are numbers, and else an object.
func (b branch) value() any {
	values := b.object()
	var numbers []int
	for name := range b {
		number, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(number) != name {
			return values
		}
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	list := make([]any, len(numbers))
	for i, number := range numbers {
		list[i] = values[strconv.Itoa(number)]
	}
	return list
}
