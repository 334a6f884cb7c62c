// Package pattern compiles and matches the patterns that a rule holds for
// namespaces, repositories and tags, in two dialects; docs/patterns.md describes
// both.
package pattern

import (
	"strings"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/text"
)

// Dialect is the language that a rule's patterns are written in.
type Dialect string

// The dialects; docs/patterns.md describes them.
const (
	TCR        Dialect = "tcr"
	Doublestar Dialect = "doublestar"
)

// Field is the part of a rule that a pattern stands in.
type Field int

// The fields. A namespace pattern is read as a repository pattern is.
const (
	Namespace Field = iota
	Repository
	Tag
)

// Limit is the longest name, in bytes, that the field's patterns can match.
func (f Field) Limit() int {
	if f == Tag {
		return 128
	}
	return 255
}

// Fits reports whether a registry can have the name: it is UTF-8 of at most Limit bytes.
func (f Field) Fits(name string) bool {
	return len(name) <= f.Limit() && utf8.ValidString(name)
}

// Pattern is a compiled pattern, safe for concurrent use. The zero Pattern
// matches nothing.
type Pattern struct {
	dialect Dialect
	field   Field
	written string
	globs   []Glob
	// expressed tells that the text is a regular expression and is matched as that.
	expressed bool
}

// Parse compiles what a user wrote in one field of a rule; an empty pattern matches
// everything, and an empty dialect is TCR. The error is a text.Message for that user:
// what is wrong, and what to write instead.
func Parse(d Dialect, f Field, pattern string) (Pattern, error) {
	switch d {
	case "", TCR:
		d, pattern = TCR, strings.TrimSpace(pattern)
	case Doublestar:
	default:
		return Pattern{}, text.New(text.DialectUnknown, d, TCR, Doublestar)
	}
	if pattern == "" {
		pattern = "**"
	}
	written := pattern
	if d == TCR {
		if meaning, _ := Expression(f, pattern); meaning != "" {
			pattern = meaning
		}
	}
	if err := checkText(pattern); err != nil {
		return Pattern{}, err
	}
	texts := []string{pattern}
	if d == TCR {
		var err error
		if texts, err = effective(f, pattern); err != nil {
			return Pattern{}, err
		}
	}
	p := Pattern{dialect: d, field: f, written: written, expressed: written != pattern, globs: make([]Glob, len(texts))}
	for i, t := range texts {
		p.globs[i] = newGlob(t)
	}
	return p, p.checkWork()
}

// Match reports whether the whole name matches. A name that no registry can
// have, because it is too long or not UTF-8, never does. Match allocates only
// for braces in the doublestar dialect.
func (p *Pattern) Match(name string) bool {
	return p.field.Fits(name) && p.MatchFitting(name)
}

// MatchFitting is Match for a name that is known to fit.
func (p *Pattern) MatchFitting(name string) bool {
	for i := range p.globs {
		if p.globs[i].Match(name) {
			return true
		}
	}
	return false
}

// Effective lists the patterns without braces that the text stands for, any of
// which may match. In the doublestar dialect it is the text as it was written.
func (p *Pattern) Effective() []string {
	texts := make([]string, len(p.globs))
	for i, g := range p.globs {
		texts[i] = g.text
	}
	return texts
}

// Globs are the alternatives of the pattern: it matches what any of them does.
func (p *Pattern) Globs() []Glob { return p.globs }
