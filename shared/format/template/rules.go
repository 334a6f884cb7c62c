package template

import (
	"slices"
	"strings"
	"text/template/parse"

	"github.com/shipbell/shipbell/shared/text"
)

// resources is the field that range goes over.
const resources = "Resources"

// rules checks a template for what it may not have. Whatever passes ends soon: nothing but
// the resources of an event is ever repeated, and that not within itself.
type rules struct {
	*Template
	fields  []string
	inRange bool
}

func (r *rules) list(l *parse.ListNode) error {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if err := r.node(n); err != nil {
			return err
		}
	}
	return nil
}

func (r *rules) node(n parse.Node) error {
	switch n := n.(type) {
	case *parse.TextNode:
		return nil
	case *parse.ActionNode:
		return r.pipe(n.Pipe)
	case *parse.IfNode:
		return r.branch(&n.BranchNode)
	case *parse.WithNode:
		return r.branch(&n.BranchNode)
	case *parse.RangeNode:
		return r.rangeOver(n)
	case *parse.BreakNode:
		return r.at(n, text.TemplateNotAllowed, "break")
	case *parse.ContinueNode:
		return r.at(n, text.TemplateNotAllowed, "continue")
	}
	return r.at(n, text.TemplateNotAllowed, "template")
}

func (r *rules) branch(b *parse.BranchNode) error {
	if err := r.pipe(b.Pipe); err != nil {
		return err
	}
	if err := r.list(b.List); err != nil {
		return err
	}
	return r.list(b.ElseList)
}

// rangeOver is the one loop, and the one place where variables are declared.
func (r *rules) rangeOver(n *parse.RangeNode) error {
	if r.inRange || n.Pipe.IsAssign || len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 1 || !namesResources(n.Pipe.Cmds[0].Args[0]) {
		return r.at(n, text.TemplateRange)
	}
	r.inRange = true
	err := r.list(n.List)
	r.inRange = false
	if err != nil {
		return err
	}
	return r.list(n.ElseList)
}

// namesResources reports whether a node is .Resources or $.Resources.
func namesResources(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.FieldNode:
		return slices.Equal(n.Ident, []string{resources})
	case *parse.VariableNode:
		return slices.Equal(n.Ident, []string{"$", resources})
	}
	return false
}

func (r *rules) pipe(p *parse.PipeNode) error {
	if len(p.Decl) > 0 {
		return r.at(p, text.TemplateVariable, p.Decl[0].Ident[0])
	}
	for i, c := range p.Cmds {
		if err := r.command(c, i > 0); err != nil {
			return err
		}
	}
	return nil
}

// command checks a value or the call of a function, which gets a value more if it is piped.
func (r *rules) command(c *parse.CommandNode, piped bool) error {
	called, isCall := c.Args[0].(*parse.IdentifierNode)
	if !isCall {
		if piped || len(c.Args) > 1 {
			return r.at(c, text.TemplateNotFunction, c.Args[0].String())
		}
		return r.operand(c.Args[0])
	}
	f, known := define(called.Ident)
	if !known {
		return r.at(c, text.TemplateFunction, called.Ident, functionNames())
	}
	args := len(c.Args) - 1
	if piped {
		args++
	}
	if args < f.least || args > f.most {
		return r.at(c, text.TemplateArguments, called.Ident, args)
	}
	if len(c.Args) > 1 && called.Ident == "markdown" {
		if kind, literal := c.Args[1].(*parse.StringNode); literal && !knownMarkup(kind.Text) {
			return r.at(c, text.TemplateMarkup, kind.Text, markupNames())
		}
	}
	for _, arg := range c.Args[1:] {
		if err := r.operand(arg); err != nil {
			return err
		}
	}
	return nil
}

func (r *rules) operand(n parse.Node) error {
	switch n := n.(type) {
	case *parse.DotNode, *parse.StringNode, *parse.BoolNode:
		return nil
	case *parse.NumberNode:
		if n.IsInt {
			return nil
		}
	case *parse.FieldNode:
		return r.field(n, n.Ident)
	case *parse.VariableNode:
		return r.field(n, n.Ident[1:])
	case *parse.ChainNode:
		if err := r.field(n, n.Field); err != nil {
			return err
		}
		return r.operand(n.Node)
	case *parse.PipeNode:
		return r.pipe(n)
	}
	return r.at(n, text.TemplateNotAllowed, n.String())
}

// field checks a name behind a dot. Values are not deeper than the elements of Resources.
func (r *rules) field(n parse.Node, names []string) error {
	if len(names) > 1 || len(names) == 1 && !slices.Contains(r.fields, names[0]) {
		return r.at(n, text.TemplateField, "."+strings.Join(names, "."), r.fields)
	}
	return nil
}
