package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Element is something on a page, as a screen reader is told of it.
type Element struct {
	Role, Name, Description, Value string
	// Invalid, Checked and Expanded are "true", "false" or nothing.
	Invalid, Checked, Expanded string

	id cdp.BackendNodeID
}

// Menu is the role of what opens a part of a page.
const Menu = "DisclosureTriangle"

// fields are the roles of what a text may be put in.
func fields() []string { return []string{"textbox", "searchbox", "combobox", "InputTime", "Date"} }

// Find waits for the one element of a role and name.
func (b *Tab) Find(role, name string) Element {
	b.t.Helper()
	return b.find(name, role)
}

// Field waits for the one field of a name.
func (b *Tab) Field(name string) Element {
	b.t.Helper()
	return b.find(name, fields()...)
}

func (b *Tab) find(name string, roles ...string) Element {
	b.t.Helper()
	var found Element
	b.until(fmt.Sprintf("find the %s %q", roles[0], name), func() (err error) {
		found, err = b.one(name, roles)
		return err
	})
	return found
}

func (b *Tab) one(name string, roles []string) (Element, error) {
	elements, err := b.query("", name)
	elements = slices.DeleteFunc(elements, func(e Element) bool { return !slices.Contains(roles, e.Role) })
	if err != nil || len(elements) == 1 {
		return append(elements, Element{})[0], err
	}
	if len(elements) > 1 {
		return Element{}, fmt.Errorf("there are %d: %+v", len(elements), elements)
	}
	var names []string
	if elements, err = b.query(roles[0], ""); err != nil {
		return Element{}, err
	}
	for _, e := range elements {
		names = append(names, e.Name)
	}
	return Element{}, fmt.Errorf("there is none, but %q", names)
}

// All are the elements of a role.
func (b *Tab) All(role string) []Element {
	b.t.Helper()
	elements, err := b.query(role, "")
	if err != nil {
		b.t.Fatalf("browser: find every %s: %v", role, err)
	}
	return elements
}

// query finds elements once the page is whole and its scripts have run.
func (b *Tab) query(role, name string) ([]Element, error) {
	ready, err := Eval[bool](b, `document.readyState === "complete"`)
	if err != nil {
		return nil, err
	}
	if !ready {
		return nil, errors.New("the page is not whole")
	}
	root, err := Eval[*runtime.RemoteObject](b, `document`)
	if err != nil {
		return nil, err
	}
	result, err := call(b, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root.ObjectID, Role: role, AccessibleName: name})
	if err != nil {
		return nil, err
	}
	var elements []Element
	for _, node := range result.Nodes {
		if !node.Ignored {
			elements = append(elements, newElement(node))
		}
	}
	return elements, nil
}

func newElement(node *accessibility.Node) Element {
	e := Element{Role: said(node.Role), Name: said(node.Name), Description: said(node.Description), Value: said(node.Value), id: node.BackendDOMNodeID}
	for _, p := range node.Properties {
		switch p.Name {
		case accessibility.PropertyNameInvalid:
			e.Invalid = said(p.Value)
		case accessibility.PropertyNameChecked:
			e.Checked = said(p.Value)
		case accessibility.PropertyNameExpanded:
			e.Expanded = said(p.Value)
		}
	}
	return e
}

// said is a value of the accessibility tree as a text.
func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text any
	if err := json.Unmarshal(v.Value, &text); err != nil {
		return string(v.Value)
	}
	return fmt.Sprint(text)
}

// Focused is the element that the keys go to.
func (b *Tab) Focused() (Element, error) {
	active, err := Eval[*runtime.RemoteObject](b, `document.activeElement`)
	if err != nil {
		return Element{}, err
	}
	no := false
	result, err := call(b, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: active.ObjectID, FetchRelatives: &no})
	if err != nil || len(result.Nodes) == 0 {
		return Element{}, err
	}
	return newElement(result.Nodes[0]), nil
}

// on calls a function of a script with an element as its this.
func on[T any](b *Tab, e Element, function string, args ...any) (T, error) {
	var none T
	resolved, err := call(b, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: e.id})
	if err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.CallFunctionOn[T](function, func(p *runtime.CallFunctionOnParams) { p.ObjectID = resolved.Object.ObjectID }, args...))
}
