package template

import (
	"text/template/parse"

	"github.com/shipbell/shipbell/shared/text"
)

// maxText is the most bytes that a function may give.
const maxText = 64 << 10

// machine is one run of a template.
type machine struct {
	*Template
	root  any
	vars  []variable
	out   []byte
	limit int
	work  *int // steps that are left
	// printed are the parts of out that came from values.
	printed []span
}

// variable is one that range declared.
type variable struct {
	name  string
	value any
}

// span is a part of what a template made.
type span struct{ begin, end int }

func (m *machine) list(dot any, l *parse.ListNode) error {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if err := m.node(dot, n); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) node(dot any, n parse.Node) error {
	switch n := n.(type) {
	case *parse.TextNode:
		return m.write(n, n.Text)
	case *parse.ActionNode:
		value, err := m.pipe(dot, n.Pipe)
		if err != nil {
			return err
		}
		begin := len(m.out)
		if err := m.write(n, m.shown(value, m.quoted[n])); err != nil {
			return err
		}
		m.printed = append(m.printed, span{begin, len(m.out)})
	case *parse.IfNode:
		return m.branch(dot, &n.BranchNode, false)
	case *parse.WithNode:
		return m.branch(dot, &n.BranchNode, true)
	case *parse.RangeNode:
		return m.rangeOver(dot, n)
	}
	return nil
}

func (m *machine) write(n parse.Node, b []byte) error {
	if len(m.out)+len(b) > m.limit {
		return m.at(n, text.TemplateOutput, m.limit)
	}
	m.out = append(m.out, b...)
	return nil
}

func (m *machine) branch(dot any, b *parse.BranchNode, with bool) error {
	value, err := m.pipe(dot, b.Pipe)
	switch {
	case err != nil:
		return err
	case !truth(value):
		return m.list(dot, b.ElseList)
	case with:
		return m.list(value, b.List)
	}
	return m.list(dot, b.List)
}

func (m *machine) rangeOver(dot any, n *parse.RangeNode) error {
	value, err := m.operand(dot, n.Pipe.Cmds[0].Args[0])
	if err != nil {
		return err
	}
	elements, _ := value.([]any)
	if len(elements) == 0 {
		return m.list(dot, n.ElseList)
	}
	outer := m.vars
	for i, element := range elements {
		m.vars = outer
		switch declared := n.Pipe.Decl; len(declared) {
		case 1:
			m.vars = append(m.vars, variable{declared[0].Ident[0], element})
		case 2:
			m.vars = append(m.vars, variable{declared[0].Ident[0], int64(i)}, variable{declared[1].Ident[0], element})
		}
		if err := m.list(element, n.List); err != nil {
			return err
		}
	}
	m.vars = outer
	return nil
}

func (m *machine) pipe(dot any, p *parse.PipeNode) (value any, err error) {
	for i, c := range p.Cmds {
		var piped []any
		if i > 0 {
			piped = []any{value}
		}
		if value, err = m.command(dot, c, piped); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func (m *machine) command(dot any, c *parse.CommandNode, piped []any) (any, error) {
	if err := m.spend(c, len(c.Args)); err != nil {
		return nil, err
	}
	called, isCall := c.Args[0].(*parse.IdentifierNode)
	if !isCall {
		return m.operand(dot, c.Args[0])
	}
	args := make([]any, 0, len(c.Args))
	for _, n := range c.Args[1:] {
		arg, err := m.operand(dot, n)
		if err != nil {
			return nil, err
		}
		// These two end as soon as they know.
		if called.Ident == "and" && !truth(arg) || called.Ident == "or" && truth(arg) {
			return arg, nil
		}
		args = append(args, arg)
	}
	args = append(args, piped...)
	f, _ := define(called.Ident)
	value, err := f.call(args)
	if err != nil {
		return nil, m.atLine(c, err)
	}
	return value, m.spend(c, size(append(args, value))/4)
}

// spend takes steps off what is left.
func (m *machine) spend(n parse.Node, steps int) error {
	if *m.work -= steps; *m.work < 0 {
		return m.at(n, text.TemplateWork)
	}
	return nil
}

func (m *machine) operand(dot any, n parse.Node) (any, error) {
	switch n := n.(type) {
	case *parse.StringNode:
		return n.Text, nil
	case *parse.NumberNode:
		return n.Int64, nil
	case *parse.BoolNode:
		return n.True, nil
	case *parse.FieldNode:
		return m.field(n, dot, n.Ident)
	case *parse.VariableNode:
		return m.field(n, m.variable(n.Ident[0]), n.Ident[1:])
	case *parse.ChainNode:
		value, err := m.operand(dot, n.Node)
		if err != nil {
			return nil, err
		}
		return m.field(n, value, n.Field)
	case *parse.PipeNode:
		return m.pipe(dot, n)
	}
	return dot, nil
}

// variable is the value of a variable, which the parser has found declared. "$" is the whole.
func (m *machine) variable(name string) any {
	for i := len(m.vars) - 1; i >= 0; i-- {
		if m.vars[i].name == name {
			return m.vars[i].value
		}
	}
	return m.root
}

// field is what a value has by the names, which are one or none.
func (m *machine) field(n parse.Node, value any, names []string) (any, error) {
	for _, name := range names {
		fields, _ := value.(map[string]any)
		found := false
		if value, found = fields[name]; !found {
			return nil, m.at(n, text.TemplateNoField, "."+name)
		}
	}
	return value, nil
}
