package pattern

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// Expression judges whether a text of the dialect tcr is a regular expression: the TCR
// document calls patterns so, and people write them. It is one only if, read as a pattern,
// it can match no name that a registry has: it begins with ".*" or ".+", or has one of
// ^ $ | ( ) or \d \w outside of a class, or a + behind one of . ) ] \d \w. "nginx.*", "1.*"
// and "1.0+build" are patterns.
//
// Namespaces are never regular expressions in TCR.
//
// meaning is the pattern that matches the same names, each as a whole, or "" where none
// does: then the text matches nothing, and its writer must hear of it.
func Expression(f Field, written string) (meaning string, is bool) {
	if f == Namespace || !isExpression(written) {
		return "", false
	}
	parsed, err := syntax.Parse(written, syntax.Perl)
	if err != nil {
		return "", true
	}
	elements := flatten(parsed)
	elements = slices.DeleteFunc(elements, func(e *syntax.Regexp) bool { return anchors(e.Op) })
	text, ok := translator{f}.sequence(elements)
	if !ok {
		return "", true
	}
	return text, true
}

// isExpression reports whether a text has what no legal name can match.
func isExpression(text string) bool {
	text = strings.TrimSpace(text)
	if (strings.HasPrefix(text, ".*") || strings.HasPrefix(text, ".+")) && len(text) > 2 {
		return true
	}
	before := ""
	for i := 0; i < len(text); i += next(text[i:]) {
		token := text[i : i+next(text[i:])]
		switch {
		case strings.ContainsRune("^$|()", rune(token[0])), token == `\d`, token == `\w`:
			return true
		case token == "+" && (before == "." || strings.HasPrefix(before, "[")):
			return true // the versions of charts have a plus elsewhere
		}
		before = token
	}
	return false
}

func flatten(e *syntax.Regexp) []*syntax.Regexp {
	switch e.Op {
	case syntax.OpConcat:
		return e.Sub
	case syntax.OpCapture:
		return flatten(e.Sub[0])
	}
	return []*syntax.Regexp{e}
}

func anchors(op syntax.Op) bool {
	return op == syntax.OpBeginText || op == syntax.OpEndText || op == syntax.OpBeginLine || op == syntax.OpEndLine
}

// translator writes expressions for a field as patterns.
type translator struct{ field Field }

// sequence writes expressions that follow each other. ".*" passes slashes, which only whole
// elements of a pattern do: at the ends it is "**/*" and "*/**".
func (t translator) sequence(elements []*syntax.Regexp) (string, bool) {
	var b strings.Builder
	for i, e := range elements {
		switch {
		case !isAnything(e):
			part, ok := t.one(e)
			if !ok {
				return "", false
			}
			b.WriteString(part)
		case t.field == Tag:
			b.WriteString("*")
		case len(elements) == 1:
			b.WriteString("**")
		case i == 0:
			b.WriteString("**/*")
		case i == len(elements)-1:
			b.WriteString("*/**")
		default:
			return "", false
		}
	}
	return b.String(), true
}

// isAnything reports whether an expression is ".*".
func isAnything(e *syntax.Regexp) bool {
	return e.Op == syntax.OpStar && (e.Sub[0].Op == syntax.OpAnyCharNotNL || e.Sub[0].Op == syntax.OpAnyChar)
}

// one writes one expression, unless no pattern means the same.
func (t translator) one(e *syntax.Regexp) (string, bool) {
	switch e.Op {
	case syntax.OpLiteral:
		return t.literal(e)
	case syntax.OpCapture:
		return t.sequence(flatten(e))
	case syntax.OpCharClass:
		return class(e)
	case syntax.OpAlternate:
		return t.alternatives(e.Sub)
	case syntax.OpQuest:
		return t.alternatives([]*syntax.Regexp{e.Sub[0], {Op: syntax.OpEmptyMatch}})
	case syntax.OpEmptyMatch:
		return "", true
	case syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		return "?", t.field == Tag // elsewhere it is a slash, too
	case syntax.OpConcat:
		return t.sequence(e.Sub)
	}
	return "", false
}

func (t translator) literal(e *syntax.Regexp) (string, bool) {
	if e.Flags&syntax.FoldCase != 0 {
		return "", false
	}
	var b strings.Builder
	for _, r := range e.Rune {
		if strings.ContainsRune(`*?[]{}\,`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

// alternatives writes a group. One of plain words alone would mean prefixes in a tag; one
// in another does not.
func (t translator) alternatives(all []*syntax.Regexp) (string, bool) {
	texts := make([]string, len(all))
	for i, e := range all {
		if slices.ContainsFunc(flatten(e), isAnything) && t.field != Tag {
			return "", false // its slashes would be those of a part
		}
		text, ok := t.sequence(flatten(e))
		if !ok {
			return "", false
		}
		texts[i] = text
	}
	return "{{" + strings.Join(texts, ",") + "}}", true
}

// class writes the characters of a class, all of which can be in names.
func class(e *syntax.Regexp) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(e.Rune); i += 2 {
		low, high := e.Rune[i], e.Rune[i+1]
		if high > 'z' || low < '-' || low <= '/' && '/' <= high {
			return "", false // a negated class, or one with slashes
		}
		if low == '-' || low == '\\' || low == ']' || high == '\\' || high == ']' {
			return "", false
		}
		b.WriteRune(low)
		if high > low {
			b.WriteString("-" + string(high))
		}
	}
	return "[" + b.String() + "]", true
}
