package shipbell

import (
	"time"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/text"
)

// Warnings are hints about the patterns of a valid rule, by their fields: what can never
// match, or hardly what was meant.
func (r *Rule) Warnings() (hints []FieldError) {
	for _, part := range r.parts() {
		if p, err := pattern.Parse(r.Dialect, part.field, part.text); err == nil {
			for _, hint := range p.Warnings() {
				hints = append(hints, FieldError{Field: part.name, Message: hint})
			}
		}
	}
	if meant, is := pattern.RepeatedNamespace(r.Namespace, r.Repository); is {
		hints = append(hints, FieldError{Field: "rule.repository", Message: text.New(text.WarningNamespaceRepeated, r.Namespace, meant)})
	}
	return hints
}

// Slowest names the field of a valid rule whose pattern takes longest to match.
func (r *Rule) Slowest() (field string) {
	var most time.Duration
	for _, part := range r.parts() {
		if p, err := pattern.Parse(r.Dialect, part.field, part.text); err == nil && p.Work() > most {
			field, most = part.name, p.Work()
		}
	}
	return field
}

// rulePart is a pattern of a rule.
type rulePart struct {
	name  string
	field pattern.Field
	text  string
}

func (r *Rule) parts() []rulePart {
	return []rulePart{
		{"rule.namespace", pattern.Namespace, r.Namespace},
		{"rule.repository", pattern.Repository, r.Repository},
		{"rule.tag", pattern.Tag, r.Tag},
	}
}
