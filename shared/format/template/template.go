// Package template runs the templates that users write for what targets get. They are in
// the language of Go's text/template, whose parser reads them. This package runs them: it
// has few functions, counts its work, and prints each value as its place demands. It knows
// nothing but the plain value that a template is run on: there are no methods to call, no
// files and no environment.
//
// docs/templates.md describes the language.
package template

import (
	"strings"
	"text/template/parse"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/text"
)

// Kind is what a template makes.
type Kind int

// The kinds.
const (
	// Text has values printed as they are. In all others what calls people in chats is
	// disarmed if it comes from a value.
	Text Kind = iota
	// Plain has values printed as they are, too.
	Plain
	// JSON has values within a string escaped, and others printed as whole JSON values.
	JSON
	// Form has values escaped as in a query.
	Form
)

// Template is a template that keeps the rules. It is safe for concurrent use.
type Template struct {
	kind   Kind
	source string
	root   *parse.ListNode
	// quoted are the actions that stand in a string of a JSON text.
	quoted map[*parse.ActionNode]bool
}

// Parse reads a template and checks it by the rules. fields are the names that the value
// has which it will be run on, and the elements of its Resources. Its error is a
// text.Message that names the line.
func Parse(source string, kind Kind, fields []string) (*Template, error) {
	if !utf8.ValidString(source) {
		return nil, text.New(text.TextNotUTF8)
	}
	const name = "template"
	trees := map[string]*parse.Tree{}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck // the rules say which there are
	if _, err := tree.Parse(source, "{{", "}}", trees); err != nil {
		return nil, syntaxError(strings.TrimPrefix(err.Error(), "template: "+name+":"))
	}
	t := &Template{kind: kind, source: source, root: tree.Root, quoted: map[*parse.ActionNode]bool{}}
	for _, other := range trees {
		if other != tree {
			return nil, t.at(other.Root, text.TemplateNotAllowed, "define")
		}
	}
	rules := rules{Template: t, fields: fields}
	if err := rules.list(t.root); err != nil {
		return nil, err
	}
	if kind == JSON {
		return t, t.findPlaces()
	}
	return t, nil
}

// syntaxError makes "3: unexpected …" a message.
func syntaxError(problem string) error {
	line, rest, found := strings.Cut(problem, ": ")
	if !found {
		return text.New(text.TemplateSyntax, "1", problem)
	}
	return text.New(text.TemplateSyntax, line, rest)
}

// at makes an error about a place of the template.
func (t *Template) at(n parse.Node, code text.Code, args ...any) error {
	return t.atLine(n, text.New(code, args...))
}

func (t *Template) atLine(n parse.Node, problem error) error {
	before := t.source[:min(int(n.Position()), len(t.source))]
	return text.New(text.TemplateLine, 1+strings.Count(before, "\n"), problem)
}

// Execute runs the template on a value: strings, int64, bool, []any and map[string]any. The
// same value always gives the same text. It is an error if the text has more than limit
// bytes. Each part of a command is a step of work, and so are 4 bytes that a function is
// given or gives; the steps are taken from work, and it is an error if they do not suffice.
// A million of them take less than 0.2 s.
func (t *Template) Execute(value map[string]any, limit int, work *int) ([]byte, error) {
	m := machine{Template: t, root: value, limit: limit, work: work}
	if err := m.list(value, t.root); err != nil {
		return nil, err
	}
	if t.kind != Text {
		m.out = disarm(t.kind, m.out, m.printed)
	}
	if len(m.out) > limit {
		return nil, m.at(t.root, text.TemplateOutput, limit)
	}
	return m.out, nil
}
