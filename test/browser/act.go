package browser

import (
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// point is where an element may be clicked; Free is false if another one is there.
type point struct {
	X, Y float64
	Free bool
}

const middle = `function() {
  this.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
  const box = this.getClientRects()[0];
  if (!box) return {x: 0, y: 0, free: false};
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const there = document.elementFromPoint(x, y);
  return {x, y, free: there !== null && (this.contains(there) || there.contains(this) && there.closest("label, summary") !== null)};
}`

// Click clicks the one element of a role and name, in its middle, as soon as it is
// there and nothing covers it.
func (b *Tab) Click(role, name string) {
	b.t.Helper()
	b.click(name, role)
}

func (b *Tab) click(name string, roles ...string) {
	b.t.Helper()
	var at point
	b.until(fmt.Sprintf("click the %s %q", roles[0], name), func() error {
		e, err := b.one(name, roles)
		if err != nil {
			return err
		}
		at, err = on[point](b, e, middle)
		if err == nil && !at.Free {
			err = errors.New("something covers it")
		}
		return err
	})
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		event := input.DispatchMouseEventParams{Type: kind, X: at.X, Y: at.Y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			event.Button, event.ClickCount = input.MouseButtonLeft, 1
		}
		do(b, "click", input.DispatchMouseEvent, event)
	}
}

// Fill puts a text into the field of a name, in place of what it holds.
func (b *Tab) Fill(name, text string) {
	b.t.Helper()
	b.click(name, fields()...)
	b.until(fmt.Sprintf("select what %q holds", name), func() error {
		e, err := b.one(name, fields())
		if err != nil {
			return err
		}
		focused, err := on[bool](b, e, `function() { this.select(); return document.activeElement === this; }`)
		if err == nil && !focused {
			err = errors.New("it has not the focus")
		}
		return err
	})
	b.Type(text)
}

// Type puts a text in where the keys go to; nothing deletes what is selected there.
func (b *Tab) Type(text string) {
	b.t.Helper()
	if text == "" {
		b.Press(kb.Backspace)
		return
	}
	do(b, "type", input.InsertText, input.InsertTextParams{Text: text})
}

// Choose chooses an option of a list by what it shows.
func (b *Tab) Choose(name, option string) {
	b.t.Helper()
	b.until(fmt.Sprintf("choose %q of %q", option, name), func() error {
		e, err := b.one(name, fields())
		if err != nil {
			return err
		}
		chosen, err := on[bool](b, e, `function(text) {
  const option = [...this.options].find(option => option.text === text);
  if (!option) return false;
  this.value = option.value;
  for (const type of ["input", "change"]) this.dispatchEvent(new Event(type, {bubbles: true}));
  return true;
}`, option)
		if err == nil && !chosen {
			err = errors.New("there is no such option")
		}
		return err
	})
}

// Press presses keys one after the other.
func (b *Tab) Press(keys string, modifiers ...chromedp.KeyOption) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.KeyEvent(keys, modifiers...)); err != nil {
		b.t.Fatalf("browser: press %q: %v", keys, err)
	}
}

// TabTo presses the tab key until the focus is on the element of a role and name.
func (b *Tab) TabTo(role, name string) {
	b.t.Helper()
	b.Find(role, name)
	const most = 80
	var passed []string
	for range most {
		b.Press(kb.Tab)
		e, err := b.Focused()
		if err != nil {
			b.t.Fatalf("browser: look where the focus is: %v", err)
		}
		if e.Role == role && e.Name == name {
			return
		}
		passed = append(passed, fmt.Sprintf("%s %q", e.Role, e.Name))
	}
	b.t.Fatalf("browser: the tab key does not reach the %s %q, but %s", role, name, passed)
}

// Tick ticks the box of a name, or unticks it.
func (b *Tab) Tick(name string, ticked bool) {
	b.t.Helper()
	want := fmt.Sprint(ticked)
	if b.Find("checkbox", name).Checked != want {
		b.Click("checkbox", name)
	}
	b.until(fmt.Sprintf("see %q ticked: %s", name, want), func() error {
		if e, err := b.one(name, []string{"checkbox"}); err != nil || e.Checked != want {
			return fmt.Errorf("it is %q, error %v", e.Checked, err)
		}
		return nil
	})
}
