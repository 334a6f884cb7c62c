package shipbell

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/text"
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
	maxMergeWindow = 60 // seconds
)

// problems collects all that is wrong with a request, so that its sender learns
// of everything at once.
type problems []FieldError

func (p *problems) add(field string, code text.Code, args ...any) {
	p.addMessage(field, text.New(code, args...))
}

func (p *problems) addMessage(field string, m text.Message) {
	*p = append(*p, FieldError{Field: field, Message: m})
}

// err is nil when nothing is wrong.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: text.New(text.RequestInvalid), Fields: p}
}

// Normalise fills in what a user may leave out: the dialect, the formats, and
// empty lists for absent ones. The format of a target with a preset is the preset's.
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
		if target.Format == "" && target.Preset == "" {
			target.Format = FormatTCR
		}
		if target.AutoPause == NoAutoPause {
			target.AutoPause = ""
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
	p.checkRetry(t.Retry)
	if n := len(t.Targets); n < 1 || n > maxTargets {
		p.add("targets", text.TargetsCount, n, maxTargets)
	}
	urls := make(map[string]int)
	for i := range t.Targets {
		at := fmt.Sprintf("targets[%d]", i)
		p.checkTarget(at, &t.Targets[i])
		if first, again := urls[t.Targets[i].URL]; again {
			p.add(at+".url", text.URLListedTwice, first+1)
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
	if r.ChartRepositories != "" {
		if _, err := pattern.Parse(pattern.TCR, pattern.Repository, r.ChartRepositories); err != nil {
			p.addMessage("chart_repositories", text.Of(err))
		}
	}
	if r.MergeWindow < 0 || r.MergeWindow > maxMergeWindow {
		p.add("merge_window", text.MergeWindowInvalid, maxMergeWindow)
	}
	p.checkSender(r)
	return p.err()
}

// Validate checks an access key and returns an Invalid error that names every
// wrong field.
func (k *AccessKey) Validate() error {
	var p problems
	if !k.Role.Valid() {
		p.add("role", text.RoleUnknown, k.Role, RoleAdmin, RoleViewer, RoleIngest)
	}
	if n := len(k.Registries); n > maxRegistries {
		p.add("registries", text.RegistriesTooMany, n, maxRegistries)
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
		p.add(field, text.NameInvalid, maxName)
	}
}

func (p *problems) checkDescription(description string) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	switch {
	case !utf8.ValidString(description):
		p.add("description", text.TextNotUTF8)
	case utf8.RuneCountInString(description) > maxDescription:
		p.add("description", text.DescriptionTooLong, utf8.RuneCountInString(description), maxDescription)
	case strings.ContainsFunc(description, control):
		p.add("description", text.DescriptionControlCharacter)
	}
}

func (p *problems) checkActions(actions []Action) {
	if len(actions) == 0 {
		p.add("actions", text.ActionsMissing, Actions())
	}
	for i, a := range actions {
		field := fmt.Sprintf("actions[%d]", i)
		if !a.Valid() {
			p.add(field, text.ActionUnknown, a, Actions())
		} else if slices.Index(actions, a) < i {
			p.add(field, text.ActionListedTwice, a)
		}
	}
}

// checkLabels checks labels by the rules of Tencent Cloud's tags:
// https://www.tencentcloud.com/document/product/436/31509.
func (p *problems) checkLabels(labels map[string]string) {
	if n := len(labels); n > maxLabels {
		p.add("labels", text.LabelsTooMany, n, maxLabels)
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value := labels[key]
		switch {
		case !labelText(key, maxLabelKey) || !labelText(value, maxLabelValue):
			p.add("labels", text.LabelInvalid, key, value, maxLabelKey, maxLabelValue)
		case reservedLabel(key):
			p.add("labels", text.LabelReserved, key)
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
		p.addMessage("rule.dialect", text.Of(err))
		return
	}
	for _, part := range r.parts() {
		if _, err := pattern.Parse(r.Dialect, part.field, part.text); err != nil {
			p.addMessage(part.name, text.Of(err))
		}
	}
}
