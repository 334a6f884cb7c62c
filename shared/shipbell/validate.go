package shipbell

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/pattern"
)

// The limits of what users may store.
const (
	maxName        = 64
	maxDescription = 1024
	maxTargets     = 10
	maxRegistries  = 100
	maxLabels      = 16
	maxLabelKey    = 127
	maxLabelValue  = 255
)

// problems collects all that is wrong with a request, so that its sender learns
// of everything at once.
type problems []FieldError

func (p *problems) add(field, format string, args ...any) {
	*p = append(*p, FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

// err is nil when nothing is wrong.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: "the request is not valid", Fields: p}
}

// Normalise fills in what a user may leave out: the dialect, the formats, and
// empty lists for absent ones.
func (t *Trigger) Normalise() {
	if t.Rule.Dialect == "" {
		t.Rule.Dialect = pattern.TCR
	}
	t.Actions = present(t.Actions)
	t.Targets = present(t.Targets)
	if t.Labels == nil {
		t.Labels = map[string]string{}
	}
	for i := range t.Targets {
		target := &t.Targets[i]
		if target.Format == "" {
			target.Format = FormatTCR
		}
		target.Headers = present(target.Headers)
		for j := range target.Headers {
			target.Headers[j].Values = present(target.Headers[j].Values)
		}
	}
}

// present makes a nil slice an empty one, which is [] and not null in JSON.
func present[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}

// Validate checks a normalised trigger and returns an Invalid error that names
// every wrong field, by its path in the JSON form.
func (t *Trigger) Validate() error {
	var p problems
	p.checkName("name", t.Name)
	p.checkDescription(t.Description)
	p.checkActions(t.Actions)
	p.checkRule(&t.Rule)
	p.checkLabels(t.Labels)
	if n := len(t.Targets); n < 1 || n > maxTargets {
		p.add("targets", "%d targets: name between 1 and %d", n, maxTargets)
	}
	urls := make(map[string]int)
	for i := range t.Targets {
		at := fmt.Sprintf("targets[%d]", i)
		p.checkTarget(at, &t.Targets[i])
		if first, again := urls[t.Targets[i].URL]; again {
			p.add(at+".url", "targets[%d] has the same URL: name each once", first)
			continue
		}
		urls[t.Targets[i].URL] = i
	}
	return p.err()
}

// Validate checks a registry and returns an Invalid error that names every
// wrong field.
func (r *Registry) Validate() error {
	var p problems
	p.checkName("id", r.ID)
	p.checkHost("host", r.Host)
	return p.err()
}

// Validate checks an access key and returns an Invalid error that names every
// wrong field.
func (k *AccessKey) Validate() error {
	var p problems
	if !k.Role.Valid() {
		p.add("role", "%q is not a role: write %s, %s or %s", k.Role, RoleAdmin, RoleViewer, RoleIngest)
	}
	if n := len(k.Registries); n > maxRegistries {
		p.add("registries", "%d registries: name at most %d, or none for all", n, maxRegistries)
	}
	for i, id := range k.Registries {
		p.checkName(fmt.Sprintf("registries[%d]", i), id)
	}
	p.checkDescription(k.Description)
	return p.err()
}

// ValidName reports whether a text can be the name of a trigger or the id of a
// registry or access key: 1 to 64 lower-case letters, digits, "-", "." and "_",
// beginning with a letter or digit.
func ValidName(name string) bool {
	plain := func(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
	ok := name != "" && len(name) <= maxName && plain(name[0])
	for i := range len(name) {
		ok = ok && (plain(name[i]) || strings.IndexByte("-._", name[i]) >= 0)
	}
	return ok
}

func (p *problems) checkName(field, name string) {
	if !ValidName(name) {
		p.add(field, `use 1 to %d lower-case letters, digits, "-", "." and "_", beginning with a letter or digit`, maxName)
	}
}

func (p *problems) checkDescription(text string) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	switch {
	case !utf8.ValidString(text):
		p.add("description", "this is not UTF-8 text")
	case utf8.RuneCountInString(text) > maxDescription:
		p.add("description", "%d characters: at most %d", utf8.RuneCountInString(text), maxDescription)
	case strings.ContainsFunc(text, control):
		p.add("description", "control characters other than line feed and tab are not allowed")
	}
}

func (p *problems) checkActions(actions []Action) {
	if len(actions) == 0 {
		p.add("actions", "name at least one of %s", list(Actions(), ", "))
	}
	for i, a := range actions {
		field := fmt.Sprintf("actions[%d]", i)
		if !a.Valid() {
			p.add(field, "%q is not an action: write one of %s", a, list(Actions(), ", "))
		} else if slices.Index(actions, a) < i {
			p.add(field, "%s is listed twice", a)
		}
	}
}

// checkLabels checks labels by the rules of Tencent Cloud's tags:
// https://www.tencentcloud.com/document/product/436/31509.
func (p *problems) checkLabels(labels map[string]string) {
	if n := len(labels); n > maxLabels {
		p.add("labels", "%d labels: at most %d", n, maxLabels)
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value := labels[key]
		switch {
		case !labelText(key, maxLabelKey) || !labelText(value, maxLabelValue):
			p.add("labels", "%q=%q is not a label: use 1 to %d characters for the key and 1 to %d for the value, of letters, digits, spaces and + - = . _ : / @", key, value, maxLabelKey, maxLabelValue)
		case reservedLabel(key):
			p.add("labels", "the key %q is reserved: begin with something other than qcs:, qcloud, tencent and project", key)
		}
	}
}

// labelText reports whether a text can be the key or the value of a label.
func labelText(text string, limit int) bool {
	outside := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" +-=._:/@", r)
	}
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= limit && utf8.ValidString(text) && !strings.ContainsFunc(text, outside)
}

func reservedLabel(key string) bool {
	return slices.ContainsFunc([]string{"qcs:", "qcloud", "tencent", "project"}, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

func (p *problems) checkRule(r *Rule) {
	// Without a dialect the patterns have no meaning to check.
	if _, err := pattern.Parse(r.Dialect, pattern.Tag, ""); err != nil {
		p.add("rule.dialect", "%v", err)
		return
	}
	for _, part := range []struct {
		path  string
		field pattern.Field
		text  string
	}{
		{"rule.namespace", pattern.Namespace, r.Namespace},
		{"rule.repository", pattern.Repository, r.Repository},
		{"rule.tag", pattern.Tag, r.Tag},
	} {
		if _, err := pattern.Parse(r.Dialect, part.field, part.text); err != nil {
			p.add(part.path, "%v", err)
		}
	}
}

// list joins words of any string type.
func list[S ~string](words []S, separator string) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, separator)
}
