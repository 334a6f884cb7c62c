package console

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// settings are what the form says, and fields are its fields by the paths that the API
// has for them. Rows of headers with the same key are one header with several values;
// empty rows are nothing. It is an Invalid error if the options of a target cannot be read.
func (f *form) settings() (s apiv1.TriggerSettings, fields map[string]string, err error) {
	fields = map[string]string{}
	s = apiv1.TriggerSettings{Name: f.Name, Description: f.Description, Enabled: &f.Enabled, Actions: f.Actions, Rule: f.Rule, Targets: []apiv1.Target{}, Labels: map[string]string{}}
	for _, line := range lines(f.Labels) {
		key, value, _ := strings.Cut(line, "=")
		s.Labels[key] = value
	}
	s.Retry = strings.FieldsFunc(f.Retry, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	for i, t := range f.Targets {
		path := fmt.Sprintf("targets[%d]", i)
		target, problem := t.settings(path, fields)
		if problem != nil {
			err = problem
		}
		s.Targets = append(s.Targets, target)
	}
	return s, fields, err
}

// settings are what the form says of a target whose path in the API is path.
func (t *targetForm) settings(path string, fields map[string]string) (apiv1.Target, error) {
	for _, name := range []string{"url", "format", "secret", "headers", "preset", "template", "options"} {
		fields[path+"."+name] = t.Field(name)
	}
	fields[path+".id"] = t.Field("url") // which people see
	fields[path] = t.Field("options")   // all others
	options, err := t.options(path)
	id, _ := strconv.ParseInt(t.ID, 10, 64)
	target := apiv1.Target{
		ID: shipbell.TargetID(id), URL: t.URL, Headers: t.headers(path+".headers", fields), Format: shipbell.Format(t.Format),
		Secret: t.Secret, DropFormerSecret: t.DropFormer, PathSecret: t.PathSecret, Template: t.Template, TargetOptions: options,
	}
	target.Preset = t.Preset
	return target, err
}

func (t *targetForm) headers(path string, fields map[string]string) []apiv1.Header {
	list := []apiv1.Header{}
	place := map[string]int{}
	for _, row := range t.Headers {
		if row.Key == "" && row.Value == "" {
			continue
		}
		i, again := place[strings.ToLower(row.Key)]
		if !again {
			i = len(list)
			place[strings.ToLower(row.Key)] = i
			list = append(list, apiv1.Header{Key: row.Key})
			fields[fmt.Sprintf("%s[%d].key", path, i)] = t.HeaderField(row, "key")
		}
		fields[fmt.Sprintf("%s[%d].values[%d]", path, i, len(list[i].Values))] = t.HeaderField(row, "value")
		list[i].Values = append(list[i].Values, row.Value)
	}
	return list
}

// problems are what is wrong with the fields of a form; what belongs to no field
// stands under "".
type problems map[string]string

// problemsOf sorts the fields of an error to those of a form. ok is false for an error
// that is not about what the form says.
func (v *visit) problemsOf(err error, fields map[string]string) (list problems, ok bool) {
	var e *shipbell.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return nil, false
	}
	list = problems{}
	for _, one := range e.Fields {
		field, known := fields[one.Field]
		if !known {
			field = withoutIndex(one.Field)
			// Of a target, all that has no field of its own is in the field of options.
			if target, rest, inside := strings.Cut(one.Field, "."); inside && fields[target] != "" {
				field, one.Message = fields[target], text.New(text.FieldMessage, rest, one.Message)
			}
		}
		if list[field] == "" {
			list[field] = one.Message.In(v.language.code)
		}
	}
	return list, true
}

// withoutIndex leaves out the number at the end of a path such as "actions[1]".
func withoutIndex(path string) string {
	if at := strings.LastIndexByte(path, '['); at >= 0 && strings.HasSuffix(path, "]") {
		return path[:at]
	}
	return path
}

// ofFilled leaves out the problems of fields that are empty: nobody has come to them
// yet.
func (p problems) ofFilled(value func(field string) string) problems {
	kept := problems{}
	for field, problem := range p {
		if value(field) != "" {
			kept[field] = problem
		}
	}
	return kept
}

// slug is the id of the element of a field.
func slug(field string) string {
	return strings.NewReplacer("[", "-", "].", "-", "]", "", ".", "-").Replace(field)
}
