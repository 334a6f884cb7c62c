package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is one tab in a profile that no other test shares.
type Tab struct {
	t    testing.TB
	ctx  context.Context
	seen *wrongs
}

// Open opens a tab for a person whose browser wishes for a language, such as
// "zh-CN", and closes it when the test ends. By then nothing may have gone wrong in
// any page that it showed.
func (b *Browser) Open(t testing.TB, language string) *Tab {
	t.Helper()
	require(t)
	parent, err := b.running()
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	tab := &Tab{t: t, seen: &wrongs{}}
	ctx, closeTab := chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.seen.see))
	tab.ctx, tab.seen.ctx = ctx, ctx
	t.Cleanup(func() {
		for _, wrong := range tab.seen.all() {
			t.Errorf("browser: %s", wrong)
		}
		closeTab()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("browser: open a tab: %v", err)
	}
	do(tab, "listen for strangers' scripts", runtime.AddBinding, runtime.AddBindingParams{Name: Alarm})
	do(tab, "keep the focus", emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	do(tab, "choose a language", network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": language},
	})
	return tab
}

// Visit shows the page at an address, which may answer with any status.
func (b *Tab) Visit(url string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		b.t.Fatalf("browser: visit %s: %v", url, err)
	}
}

// See waits until the page shows all of the texts.
func (b *Tab) See(texts ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("see %q", texts), func() error {
		shown := b.Text()
		for _, text := range texts {
			if !strings.Contains(shown, squeeze(text)) {
				return fmt.Errorf("it does not show %q", text)
			}
		}
		return nil
	})
}

// Miss waits until the page does not show the text.
func (b *Tab) Miss(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("no longer see %q", text), func() error {
		if strings.Contains(b.Text(), squeeze(text)) {
			return fmt.Errorf("it shows %q", text)
		}
		return nil
	})
}

// Row waits until one row of a table shows all of the texts.
func (b *Tab) Row(texts ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("see a row with %q", texts), func() error {
		rows, err := Eval[[]string](b, `[...document.querySelectorAll("tr")].map(row => row.innerText)`)
		for _, row := range rows {
			found := true
			for _, text := range texts {
				found = found && strings.Contains(squeeze(row), squeeze(text))
			}
			if found {
				return nil
			}
		}
		if err == nil {
			err = fmt.Errorf("no row shows them all")
		}
		return err
	})
}

// Text is what the page shows, with one space for any white space.
func (b *Tab) Text() string {
	text, err := Eval[string](b, `document.body ? document.body.innerText : ""`)
	if err != nil {
		return "" // the page is about to be another
	}
	return squeeze(text)
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// URL is the address of the page.
func (b *Tab) URL() string {
	url, err := Eval[string](b, `location.href`)
	if err != nil {
		return fmt.Sprintf("unknown: %v", err)
	}
	return url
}

// Until waits until the expression is true in the page.
func (b *Tab) Until(what, expression string) {
	b.t.Helper()
	b.until(what, func() error {
		ok, err := Eval[bool](b, expression)
		if err == nil && !ok {
			err = fmt.Errorf("%s is false", expression)
		}
		return err
	})
}

// Eval is the value of an expression in the page.
func Eval[T any](b *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// until asks until there is no error.
func (b *Tab) until(what string, try func() error) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("browser: %s: not within %s: %v\nthe page is %s and shows:\n%s", what, patience, err, b.URL(), b.Text())
		}
	}
}

// Await waits until cond is true.
func (b *Tab) Await(what string, cond func() bool) {
	b.t.Helper()
	b.until(what, func() error {
		if !cond() {
			return errors.New("it is not so")
		}
		return nil
	})
}

// EvalLater is the value that a promise in the page comes to.
func EvalLater[T any](b *Tab, promise string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](promise, chromedp.EvalAwaitPromise))
}
