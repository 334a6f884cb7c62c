package console

import (
	"net/url"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// logFilter is which deliveries of a registry are meant, as addresses and forms say it. Its
// times are moments as a form has them, in UTC, or in RFC 3339.
type logFilter struct{ shipbell.Filter }

func readLogFilter(values url.Values) logFilter {
	return logFilter{shipbell.FilterOf(func(name string) string { return strings.TrimSpace(values.Get(name)) })}
}

// Values are the filter as an address has it.
func (f logFilter) Values() url.Values {
	values := url.Values{}
	for _, field := range f.Fields() {
		if *field.Value != "" {
			values.Set(field.Name, *field.Value)
		}
	}
	return values
}

// With is the query of a page with the filter and one value more.
func (f logFilter) With(name, value string) string {
	values := f.Values()
	values.Set(name, value)
	return "?" + values.Encode()
}

// logAt is the address of a page below a registry's log with a filter.
func logAt(registry, page string, f logFilter) string {
	address := inRegistry(registry, "/log"+page)
	if f.Any() {
		address += "?" + f.Values().Encode()
	}
	return address
}

// Any reports whether the filter leaves something out.
func (f logFilter) Any() bool { return f != logFilter{} }

// mainFields are those that the log always shows; the others are behind "More".
func mainFields() []string {
	return []string{"trigger", "status", "repository_contains", "tag", "since"}
}

// More reports whether something is set that stands behind "More".
func (f logFilter) More() bool {
	for _, name := range mainFields() {
		for _, field := range f.Fields() {
			if field.Name == name {
				*field.Value = ""
			}
		}
	}
	return f.Any()
}

// chip is a field of the filter that is set.
type chip struct {
	// Name is the field's, and Value is what it is set to.
	Name, Value string
	// Without is the query of the page without it.
	Without string
	// Moment is set for a time.
	Moment time.Time
}

// Chips are the fields that are set.
func (f logFilter) Chips() []chip {
	var chips []chip
	for _, field := range f.Fields() {
		if *field.Value == "" {
			continue
		}
		values := f.Values()
		values.Del(field.Name)
		one := chip{Name: field.Name, Value: *field.Value, Without: "?" + values.Encode()}
		if field.Name == "since" || field.Name == "until" {
			one.Moment = moment(inRFC3339(one.Value))
		}
		chips = append(chips, one)
	}
	return chips
}

// Statuses are what can be chosen from.
func (f logFilter) Statuses() []shipbell.Status {
	return []shipbell.Status{shipbell.Pending, shipbell.Succeeded, shipbell.Failed, shipbell.Cancelled}
}

// Answers are the classes of answers that can be chosen from.
func (f logFilter) Answers() []shipbell.AnswerClass { return shipbell.AnswerClasses() }

// ErrorKinds are the kinds of errors that can be chosen from.
func (f logFilter) ErrorKinds() []shipbell.ErrorKind { return shipbell.ErrorKinds() }

// Written is the filter as the API has it.
func (f logFilter) Written() shipbell.Filter {
	f.Since, f.Until = inRFC3339(f.Since), inRFC3339(f.Until)
	return f.Filter
}

// query is the filter for the deliveries of the visit's registry.
func (v *visit) query(f logFilter) (app.DeliveryQuery, error) {
	return v.c.App.Find(v.Context(), v.key, v.registry.ID, f.Written())
}

// nameOf is the name of the trigger whose number was written, which is easier to read.
func nameOf(set *match.Set, written shipbell.FilterTrigger) shipbell.FilterTrigger {
	if t, found := set.Trigger(shipbell.ID(number(string(written)))); found && number(t.Name) == 0 {
		return shipbell.FilterTrigger(t.Name)
	}
	return written
}

// inRFC3339 is a moment as a form has it, written out; anything else stays as it is.
func inRFC3339(text string) string {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return text
}

// SinceLocal and UntilLocal are the moments as a form has them.
func (f logFilter) SinceLocal() string { return inForm(f.Since) }

// UntilLocal is SinceLocal for the end.
func (f logFilter) UntilLocal() string { return inForm(f.Until) }

func inForm(text string) string {
	t, err := time.Parse(time.RFC3339, inRFC3339(text))
	if err != nil {
		return text
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

// moment is a time in RFC 3339, or the zero time.
func moment(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text) // what is wrong is told elsewhere
	return t
}

// textField is a field of the filter that takes any text.
type textField struct{ Name, Value, Example string }

// TextFields are those behind "More".
func (f logFilter) TextFields() []textField {
	examples := map[string]string{
		"namespace": "public", "repository": "public/nginx", "repository_pattern": "team-*/**", "digest": "sha256:…", "target": "1",
	}
	var fields []textField
	for _, field := range f.Fields() {
		switch field.Name {
		case "target", "namespace", "repository", "repository_pattern", "digest", "event":
			fields = append(fields, textField{field.Name, *field.Value, examples[field.Name]})
		}
	}
	return fields
}
