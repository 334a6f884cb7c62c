package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// tester shows what the rule of a form matches, and what its targets would get.
type tester struct {
	Repositories, Tags tried
	// Namespaces are those that were seen in the registry, as suggestions.
	Namespaces []string
	// Bodies are what targets would get, by their numbers in the form.
	Bodies map[int]string
}

// tried is the patterns of one field held against names.
type tried struct {
	Names []triedName
	// Matching is how many of the names match.
	Matching int
	// Effective are the patterns that the field stands for, Warnings hints about it.
	Effective []string
	Warnings  []text.Message
	// Wrong says that there is nothing to hold against: a pattern is not valid.
	Wrong bool
}

type triedName struct {
	Name    string
	Matches bool
	// Own says that the person gave the name; the others were seen in the registry.
	Own bool
}

// maxTried is how many names of each kind are shown.
const maxTried = 40

// maxSuggested is how many repositories give their namespaces as suggestions.
const maxSuggested = 1000

// test tries a form on what was seen in the registry and on names of the person's own.
// It is help and no more: what fails leaves it empty.
func (v *visit) test(f form) tester {
	var repositories []string
	names, err := v.seen()
	if err == nil {
		repositories, err = source.Repositories(v.Context(), names, "", maxSuggested)
	}
	if err != nil {
		v.warn("the repositories of the registry cannot be shown", err)
	}
	t := tester{Namespaces: namespacesOf(repositories), Bodies: v.bodies(f)}
	t.Repositories = v.tryRepositories(f.Rule, gather(lines(f.Repositories), repositories))
	tags, err := names.tags(v.Context(), t.Repositories)
	if err != nil {
		v.warn("the tags of the registry cannot be shown", err)
	}
	t.Tags = v.tryPattern("tag", f.Rule.Dialect, f.Rule.Tag, gather(lines(f.Tags), tags))
	return t
}

// lines are the names that somebody wrote, one a line.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// gather puts a person's own names in front of those that were seen.
func gather(own, seen []string) []triedName {
	var names []triedName
	known := map[string]bool{}
	for i, name := range slices.Concat(own, seen) {
		if !known[name] && len(names) < maxTried {
			known[name] = true
			names = append(names, triedName{Name: name, Own: i < len(own)})
		}
	}
	return names
}

// tryRepositories holds repositories against the two patterns that one must match.
func (v *visit) tryRepositories(rule shipbell.Rule, names []triedName) tried {
	namespaces, repositories := slices.Clone(names), slices.Clone(names)
	for i, one := range names {
		r := shipbell.Repository{FullName: one.Name}
		namespaces[i].Name, repositories[i].Name = r.Namespace(), r.Name()
	}
	in := v.tryPattern("namespace", rule.Dialect, rule.Namespace, namespaces)
	t := v.tryPattern("repository", rule.Dialect, rule.Repository, repositories)
	t.Wrong, t.Matching = t.Wrong || in.Wrong, 0
	t.Warnings = append(in.Warnings, t.Warnings...)
	if meant, is := pattern.RepeatedNamespace(rule.Namespace, rule.Repository); is {
		t.Warnings = append(t.Warnings, text.New(text.WarningNamespaceRepeated, rule.Namespace, meant))
	}
	for i := range t.Names {
		t.Names[i].Name = names[i].Name
		t.Names[i].Matches = t.Names[i].Matches && in.Names[i].Matches
		if t.Names[i].Matches {
			t.Matching++
		}
	}
	return t
}

// tryPattern tells what a pattern matches.
func (v *visit) tryPattern(field string, dialect pattern.Dialect, written string, names []triedName) tried {
	t := tried{Names: names}
	question := app.PatternTrial{Field: field, Dialect: dialect, Pattern: written}
	for _, one := range names {
		question.Names = append(question.Names, one.Name)
	}
	answer, err := app.TryPattern(question)
	if err != nil {
		if shipbell.KindOf(err) != shipbell.Invalid {
			v.warn("a pattern cannot be tried", err)
		}
		t.Wrong = true
		return t
	}
	t.Effective, t.Warnings = answer.Effective, answer.Warnings
	for i, matches := range answer.Matches {
		if t.Names[i].Matches = matches; matches {
			t.Matching++
		}
	}
	return t
}

// bodies are what the form's targets would get for a sample event, laid out for
// reading.
func (v *visit) bodies(f form) map[int]string {
	now := v.c.Now()
	event := shipbell.Sample(v.registry, &shipbell.Trigger{Actions: f.Actions, Rule: f.Rule}, "test", now.Unix())
	list := map[int]string{}
	for _, target := range f.Targets {
		d := shipbell.Delivery{
			ID: shipbell.NewDeliveryID(now, v.registry.ID, event.ID, max(f.ID, 1), target.URL), Registry: v.registry.ID,
			TriggerID: f.ID, TriggerName: f.Name, TargetURL: target.URL, Format: shipbell.Format(target.Format), Event: event,
		}
		o, err := target.options("")
		if err != nil {
			continue
		}
		content, err := format.Render(&d, shipbell.Target{Template: target.Template, Options: o.Options})
		if err != nil {
			continue // the field says it
		}
		var b bytes.Buffer
		if err := json.Indent(&b, content.Body, "", "  "); err != nil {
			b.Reset()
			fmt.Fprintf(&b, "%s", content.Body)
		}
		list[target.Number] = b.String()
	}
	return list
}
