package console

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// form is a trigger as a person fills it in. Its fields have the names that the API
// has for them, with the numbers that the form gave to targets and headers; so a
// problem finds its field.
type form struct {
	// ID is 0 for a trigger that is yet to be made; Version is the one that was shown.
	ID      shipbell.ID
	Version string

	Name, Description string
	Enabled           bool
	Actions           []shipbell.Action
	Rule              shipbell.Rule
	Targets           []targetForm
	// Labels are KEY=VALUE, one a line, and Retry the waits, separated by commas.
	Labels, Retry string

	// Repositories and Tags are names to try the rule on, one a line.
	Repositories, Tags string
	// Submitted says that the form was sent before, so that empty fields may be
	// complained about.
	Submitted bool
}

type targetForm struct {
	// Number is the target's in the form; targets taken out leave holes.
	Number int
	// ID is the target's within the trigger, "" for a new one.
	ID, URL, Format, Secret string
	PathSecret              bool
	// FormerUntil is until when the former secret signs too, and is only shown. DropFormer ends
	// that.
	FormerUntil time.Time
	DropFormer  bool
	Headers     []headerForm
	// Preset is the name of a preset, or "". Template is the text of the body template, and
	// Options the other settings of the target, as JSON.
	Preset, Template, Options string
	// Filled is the preset that was filled in.
	Filled string
}

type headerForm struct {
	Number     int
	Key, Value string
}

// Field is the name of one of the target's fields.
func (t targetForm) Field(name string) string { return fmt.Sprintf("targets[%d].%s", t.Number, name) }

// HeaderField is the name of one field of one of the target's headers.
func (t targetForm) HeaderField(h headerForm, name string) string {
	return fmt.Sprintf("targets[%d].headers[%d].%s", t.Number, h.Number, name)
}

// newForm is an empty form, with room for one target.
func newForm() form {
	return form{
		Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Dialect: pattern.TCR},
		Targets: []targetForm{{Format: string(shipbell.FormatTCR)}},
	}
}

// formOf is the form of a trigger as the API shows it, its secrets masked.
func formOf(t shipbell.Trigger) form {
	f := form{
		ID: t.ID, Version: strconv.FormatInt(t.Version, 10), Name: t.Name, Description: t.Description,
		Enabled: t.Enabled, Actions: t.Actions, Rule: t.Rule, Retry: strings.Join(t.Retry, ", "),
	}
	for _, key := range slices.Sorted(maps.Keys(t.Labels)) {
		f.Labels += key + "=" + t.Labels[key] + "\n"
	}
	for i, target := range t.Targets {
		one := targetForm{
			Number: i, ID: strconv.FormatInt(int64(target.ID), 10), URL: target.URL, Format: string(target.Format),
			Secret: target.Secret.String(), FormerUntil: target.FormerSecretUntil, PathSecret: target.PathSecret,
			Preset: target.Preset, Filled: target.Preset, Template: target.Template, Options: optionsText(target),
		}
		for _, header := range target.Headers {
			for _, value := range header.Values {
				one.Headers = append(one.Headers, headerForm{len(one.Headers), header.Key, value.String()})
			}
		}
		f.Targets = append(f.Targets, one)
	}
	return f
}

// copied is the form of a new trigger that is like another. Its secrets stay where
// they are: nobody can read them, and a mask stands for a secret of its own trigger
// only.
func (f form) copied() form {
	f.ID, f.Version, f.Name = 0, "", ""
	for i := range f.Targets {
		f.Targets[i].ID, f.Targets[i].Secret, f.Targets[i].FormerUntil = "", "", time.Time{}
		for j := range f.Targets[i].Headers {
			f.Targets[i].Headers[j].Value = ""
		}
	}
	return f
}

// inTarget and inHeader are the names of fields of targets and of their headers.
var (
	inTarget = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^targets\[(\d{1,3})\]\.(id|url|format|secret|former_until|drop_former|path_secret|preset|filled|template|options)$`)
	})
	inHeader = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^targets\[(\d{1,3})\]\.headers\[(\d{1,3})\]\.(key|value)$`)
	})
)

// readForm reads what was sent.
func readForm(values url.Values) form {
	id, _ := strconv.ParseInt(values.Get("trigger"), 10, 64) // a new trigger has none
	f := form{
		ID: shipbell.ID(id), Version: values.Get("version"), Name: strings.TrimSpace(values.Get("name")),
		Description: strings.ReplaceAll(values.Get("description"), "\r\n", "\n"), Enabled: values.Get("enabled") == "true",
		Rule: shipbell.Rule{
			Namespace: values.Get("rule.namespace"), Repository: values.Get("rule.repository"), Tag: values.Get("rule.tag"),
			Dialect: pattern.Dialect(values.Get("rule.dialect")),
		},
		Labels: strings.ReplaceAll(values.Get("labels"), "\r\n", "\n"), Retry: values.Get("retry"), Repositories: values.Get("repositories"), Tags: values.Get("tags"), Submitted: values.Get("submitted") == "true",
	}
	for _, action := range values["actions"] {
		f.Actions = append(f.Actions, shipbell.Action(action))
	}
	targets := map[int]map[int]bool{} // the numbers of each one's headers
	for name := range values {
		if found := inTarget().FindStringSubmatch(name); found != nil && targets[number(found[1])] == nil {
			targets[number(found[1])] = map[int]bool{}
		}
	}
	for name := range values {
		if found := inHeader().FindStringSubmatch(name); found != nil && targets[number(found[1])] != nil {
			targets[number(found[1])][number(found[2])] = true
		}
	}
	for _, i := range slices.Sorted(maps.Keys(targets)) {
		f.Targets = append(f.Targets, readTarget(values, i, slices.Sorted(maps.Keys(targets[i]))))
	}
	return f
}

// readTarget reads one target, with the headers of these numbers.
func readTarget(values url.Values, i int, headers []int) targetForm {
	t := targetForm{Number: i}
	t.URL = strings.TrimSpace(values.Get(t.Field("url")))
	t.ID, t.PathSecret = values.Get(t.Field("id")), values.Get(t.Field("path_secret")) == "true"
	t.Format, t.Secret = values.Get(t.Field("format")), strings.TrimSpace(values.Get(t.Field("secret")))
	t.DropFormer = values.Get(t.Field("drop_former")) == "true"
	t.FormerUntil, _ = time.Parse(time.RFC3339, values.Get(t.Field("former_until"))) // zero if it is none
	t.Preset, t.Filled = values.Get(t.Field("preset")), values.Get(t.Field("filled"))
	t.Template = strings.ReplaceAll(values.Get(t.Field("template")), "\r\n", "\n")
	t.Options = values.Get(t.Field("options"))
	for _, j := range headers {
		row := headerForm{Number: j}
		row.Key = strings.TrimSpace(values.Get(t.HeaderField(row, "key")))
		row.Value = strings.TrimSpace(values.Get(t.HeaderField(row, "value")))
		t.Headers = append(t.Headers, row)
	}
	if t.Preset != t.Filled {
		t.fillIn()
	}
	return t
}

// number reads digits that a pattern has found.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// maxTargets and maxHeaders are how many a form offers room for; what the API takes it
// says itself.
const (
	maxTargets = 10
	maxHeaders = 32
)

// change does what a button of the form asks for, such as "remove-header:0:2", and
// reports whether it was one: any other sends the form.
func (f *form) change(button string) bool {
	what, rest, _ := strings.Cut(button, ":")
	first, second, _ := strings.Cut(rest, ":")
	i := slices.IndexFunc(f.Targets, func(t targetForm) bool { return strconv.Itoa(t.Number) == first })
	switch {
	case what == "add-target":
		if len(f.Targets) < maxTargets {
			next := 0
			for _, t := range f.Targets {
				next = max(next, t.Number+1)
			}
			f.Targets = append(f.Targets, targetForm{Number: next, Format: string(shipbell.FormatTCR)})
		}
	case what == "try":
	case i < 0:
		return false
	case what == "remove-target":
		f.Targets = slices.Delete(f.Targets, i, i+1)
	case what == "preset":
		f.Targets[i].fillIn()
	case what == "new-secret":
		key := make([]byte, 32)
		rand.Read(key) // never fails
		f.Targets[i].Secret = "whsec_" + base64.StdEncoding.EncodeToString(key)
	case what == "add-header":
		f.Targets[i].addHeader()
	case what == "remove-header":
		f.Targets[i].Headers = slices.DeleteFunc(f.Targets[i].Headers, func(h headerForm) bool { return strconv.Itoa(h.Number) == second })
	default:
		return false
	}
	return true
}

func (t *targetForm) addHeader() {
	next := 0
	for _, h := range t.Headers {
		next = max(next, h.Number+1)
	}
	if len(t.Headers) < maxHeaders {
		t.Headers = append(t.Headers, headerForm{Number: next})
	}
}
