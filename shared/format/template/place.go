package template

import (
	"text/template/parse"

	"github.com/shipbell/shipbell/shared/text"
)

// place is where in a JSON text something stands.
type place struct {
	where where
	// digits are those of \uXXXX that are still to come.
	digits int
	// printed tells that a value was printed in the string that was last begun, or
	// outside of strings since the last comma or bracket.
	printed bool
}

type where int

const (
	outside   where = iota // of strings
	quoted                 // in a string
	backslash              // behind a backslash in a string
	digits                 // of \uXXXX
)

// findPlaces follows the text of a template that makes JSON, and notes which values stand
// in strings. It is an error if that depends on the event, if a value stands in an escape,
// and if one is the name of a field, or in it: no event can change which fields there are.
func (t *Template) findPlaces() error {
	end, err := t.placeList(t.root, place{})
	if err == nil && end.where != outside {
		return t.at(t.root, text.TemplateOpenString)
	}
	return err
}

func (t *Template) placeList(l *parse.ListNode, p place) (place, error) {
	if l == nil {
		return p, nil
	}
	for _, n := range l.Nodes {
		var err error
		if p, err = t.placeNode(n, p); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (t *Template) placeNode(n parse.Node, p place) (place, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		for _, c := range n.Text {
			if c == ':' && p.where == outside && p.printed {
				return p, t.at(n, text.TemplateName)
			}
			p = p.after(c)
		}
	case *parse.ActionNode:
		if p.where == backslash || p.where == digits {
			return p, t.at(n, text.TemplateEscape)
		}
		t.quoted[n] = p.where == quoted
		p.printed = true
	case *parse.IfNode:
		return t.placeBranch(&n.BranchNode, p)
	case *parse.WithNode:
		return t.placeBranch(&n.BranchNode, p)
	case *parse.RangeNode:
		return t.placeRange(n, p)
	}
	return p, nil
}

func (t *Template) placeBranch(b *parse.BranchNode, p place) (place, error) {
	first, err := t.placeList(b.List, p)
	if err != nil {
		return p, err
	}
	second, err := t.placeList(b.ElseList, p)
	if err != nil {
		return p, err
	}
	return t.join(b, first, second)
}

// placeRange follows a body twice: it begins where the text before or the body itself ends.
func (t *Template) placeRange(n *parse.RangeNode, p place) (place, error) {
	begin := p
	for range 2 {
		end, err := t.placeList(n.List, begin)
		if err == nil {
			begin, err = t.join(n, begin, end)
		}
		if err != nil {
			return p, err
		}
	}
	none, err := t.placeList(n.ElseList, p)
	if err != nil {
		return p, err
	}
	return t.join(n, begin, none)
}

// join is the place behind branches, which must be the same but for what was printed.
func (t *Template) join(n parse.Node, a, b place) (place, error) {
	if a.where != b.where || a.digits != b.digits {
		return a, t.at(n, text.TemplateBranches)
	}
	a.printed = a.printed || b.printed
	return a, nil
}

// after is the place behind one byte of a JSON text.
func (p place) after(c byte) place {
	switch p.where {
	case backslash:
		if p.where = quoted; c == 'u' {
			p.where, p.digits = digits, 4
		}
	case digits:
		if p.digits--; p.digits == 0 {
			p.where = quoted
		}
	case quoted:
		switch c {
		case '"':
			p.where = outside
		case '\\':
			p.where = backslash
		}
	default:
		switch c {
		case '"':
			p.where, p.printed = quoted, false
		case ' ', '\t', '\r', '\n':
		default:
			p.printed = false
		}
	}
	return p
}
