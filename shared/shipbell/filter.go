package shipbell

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/text"
)

// Filter says which deliveries are meant, as it is written in queries, bodies, forms and
// flags. An empty field does not restrict.
type Filter struct {
	// Trigger is a trigger's number or name, also of one that was deleted.
	Trigger FilterTrigger `json:"trigger,omitempty"`
	// Target is the number of a target within its trigger.
	Target FilterNumber `json:"target,omitempty"`
	Status Status       `json:"status,omitempty"`
	// Answer is the class of the last answer's status, such as 5xx.
	Answer AnswerClass `json:"answer,omitempty"`
	// ErrorKind is what the last attempt failed of.
	ErrorKind  ErrorKind `json:"error_kind,omitempty"`
	Action     Action    `json:"action,omitempty"`
	Namespace  string    `json:"namespace,omitempty"`
	Repository string    `json:"repository,omitempty"`
	// RepositoryContains is a part of the full name, in any case of letters, and
	// RepositoryPattern a pattern of it.
	RepositoryContains string `json:"repository_contains,omitempty"`
	RepositoryPattern  string `json:"repository_pattern,omitempty"`
	Tag                string `json:"tag,omitempty"`
	// Digest is a digest or the beginning of one.
	Digest string `json:"digest,omitempty"`
	// Event is the id of an event, or of a delivery.
	Event string `json:"event,omitempty"`
	// Cleared is true or false.
	Cleared string `json:"cleared,omitempty"`
	// Since and Until bound when the event was received, in RFC 3339; Until is not included.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
}

// FilterTrigger is a trigger's number or name. In JSON a number may be written as one.
type FilterTrigger string

// FilterNumber is a number as it is written; 0 is none. In JSON it may be written as one.
type FilterNumber string

// UnmarshalJSON reads a text or a number.
func (t *FilterTrigger) UnmarshalJSON(data []byte) error { return unmarshalEither((*string)(t), data) }

// UnmarshalJSON reads a text or a number.
func (n *FilterNumber) UnmarshalJSON(data []byte) error { return unmarshalEither((*string)(n), data) }

func unmarshalEither(to *string, data []byte) error {
	var number json.Number
	if len(data) > 0 && data[0] != '"' && !bytes.Equal(data, []byte("null")) && json.Unmarshal(data, &number) == nil {
		if *to = number.String(); *to == "0" {
			*to = ""
		}
		return nil
	}
	return json.Unmarshal(data, to)
}

// FilterField is a field of a filter by its name.
type FilterField struct {
	Name  string
	Value *string
}

// Fields are the fields of the filter, to be read and set.
func (f *Filter) Fields() []FilterField {
	return []FilterField{
		{"trigger", (*string)(&f.Trigger)}, {"target", (*string)(&f.Target)}, {"status", (*string)(&f.Status)},
		{"answer", (*string)(&f.Answer)}, {"error_kind", (*string)(&f.ErrorKind)}, {"action", (*string)(&f.Action)},
		{"namespace", &f.Namespace}, {"repository", &f.Repository}, {"repository_contains", &f.RepositoryContains},
		{"repository_pattern", &f.RepositoryPattern}, {"tag", &f.Tag}, {"digest", &f.Digest}, {"event", &f.Event},
		{"cleared", &f.Cleared}, {"since", &f.Since}, {"until", &f.Until},
	}
}

// FilterNames are the names of the fields of a filter.
func FilterNames() []string {
	var names []string
	for _, field := range new(Filter).Fields() {
		names = append(names, field.Name)
	}
	return names
}

// FilterOf reads a filter field by field.
func FilterOf(value func(name string) string) (f Filter) {
	for _, field := range f.Fields() {
		*field.Value = value(field.Name)
	}
	return f
}

// maxFilterText is the most bytes of a text in a filter.
const maxFilterText = 512

// Selection is what a filter means, but for its trigger.
type Selection struct {
	Filter
	Target       TargetID
	Since, Until time.Time
	pattern      *pattern.Pattern
	contains     string
	cleared      *bool
}

// Select checks all of a filter but whether there is its trigger. The error names every
// field that is wrong.
func (f Filter) Select() (Selection, error) {
	s := Selection{Filter: f, contains: strings.ToLower(f.RepositoryContains)}
	var p problems
	for _, field := range f.Fields() {
		if len(*field.Value) > maxFilterText || !utf8.ValidString(*field.Value) {
			p.add(field.Name, text.TextTooLong, maxFilterText)
		}
	}
	if f.Target != "" {
		n, err := strconv.ParseInt(string(f.Target), 10, 32)
		if s.Target = TargetID(n); err != nil || n < 1 {
			p.add("target", text.TargetNumberInvalid)
		}
	}
	if f.Status != "" && !f.Status.Valid() {
		p.add("status", text.StatusInvalid)
	}
	if f.Answer != "" && !slices.Contains(AnswerClasses(), f.Answer) {
		p.add("answer", text.OneOfRequired, AnswerClasses())
	}
	if f.ErrorKind != "" && !slices.Contains(ErrorKinds(), f.ErrorKind) {
		p.add("error_kind", text.OneOfRequired, ErrorKinds())
	}
	if f.Action != "" && !f.Action.Valid() {
		p.add("action", text.OneOfRequired, Actions())
	}
	if f.RepositoryPattern != "" {
		parsed, err := pattern.Parse(pattern.TCR, pattern.Repository, f.RepositoryPattern)
		if s.pattern = &parsed; err != nil {
			p.addMessage("repository_pattern", text.Of(err))
		}
	}
	switch f.Cleared {
	case "":
	case "true", "false":
		yes := f.Cleared == "true"
		s.cleared = &yes
	default:
		p.add("cleared", text.BoolRequired, f.Cleared)
	}
	s.Since, s.Until = p.moment("since", f.Since), p.moment("until", f.Until)
	return s, p.err()
}

// moment reads a time in RFC 3339; "" is the zero time.
func (p *problems) moment(field, given string) time.Time {
	if given == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, given)
	switch {
	case err != nil:
		p.add(field, text.TimeInvalid)
	case t.Before(time.Unix(0, 0)):
		p.add(field, text.TimeTooEarly)
	}
	return t
}
