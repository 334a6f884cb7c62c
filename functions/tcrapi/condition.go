package tcrapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// all is the condition that stands for every repository of the namespace. TCR's
// examples write it so, and as a pattern it would match next to nothing.
const all = ".*"

// anyNamespace is the name of the namespace of triggers that hold for all.
const anyNamespace = "*"

// rule is what a condition says when it is not a plain pattern. Its names are in
// the order of the alphabet, as Terraform's jsonencode has them.
type rule struct {
	Dialect    pattern.Dialect `json:"dialect,omitempty"`
	Repository string          `json:"repository,omitempty"`
	Tag        string          `json:"tag,omitempty"`
}

// condition writes a rule, but for its namespace, as a condition: the repository's
// pattern alone if that says everything, and otherwise a JSON object.
func condition(r shipbell.Rule) string {
	plain := cmp.Or(r.Repository, all)
	if r.Tag == "" && r.Dialect == pattern.TCR && r.Repository != all && !isObject(plain) {
		return plain
	}
	object := rule{Repository: r.Repository, Tag: r.Tag}
	if r.Dialect != pattern.TCR {
		object.Dialect = r.Dialect
	}
	text, _ := json.Marshal(object) // strings can always be encoded
	return string(text)
}

// parseCondition reads what condition wrote, and nothing that it would write in
// another way: whatever is accepted comes back as it was sent.
func parseCondition(given string) (r shipbell.Rule, err error) {
	r.Dialect = pattern.TCR
	if given == all {
		return r, nil
	}
	if !isObject(given) {
		r.Repository = given
		return r, nil
	}
	var object rule
	if err := api.DecodeBytes([]byte(given), &object); err != nil {
		problem := text.Of(err)
		var e *shipbell.Error
		if errors.As(err, &e) && len(e.Fields) > 0 {
			problem = text.New(text.FieldMessage, e.Fields[0].Field, e.Fields[0].Message)
		}
		return r, shipbell.InvalidMessage("Trigger.Condition", problem)
	}
	r.Repository, r.Tag, r.Dialect = object.Repository, object.Tag, cmp.Or(object.Dialect, pattern.TCR)
	if want := condition(r); want != given {
		return r, shipbell.InvalidField("Trigger.Condition", text.TCRConditionForm, want)
	}
	return r, nil
}

// isObject tells a JSON object from a pattern, which may begin with a brace too.
func isObject(text string) bool {
	return strings.HasPrefix(text, "{") && json.Valid([]byte(text))
}

// namespace is the name that TCR's API has for the namespace of a rule.
func namespace(r shipbell.Rule) string { return cmp.Or(r.Namespace, anyNamespace) }

// parseNamespace reads the namespace of a rule.
func parseNamespace(name string) string {
	if name == anyNamespace {
		return ""
	}
	return name
}

// namespaceID is the number of a namespace: the same for the same name, everywhere,
// and never 0.
func namespaceID(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return max(1, int64(binary.BigEndian.Uint32(sum[:])>>1))
}
