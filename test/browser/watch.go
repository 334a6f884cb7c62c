package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Alarm is a function in every page. A script that calls it is one that no page
// should have run, and fails the test.
const Alarm = "__xss"

// wrongs are the things that went wrong in the pages of a tab.
type wrongs struct {
	ctx context.Context

	mu   sync.Mutex
	list []string
}

func (w *wrongs) add(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, fmt.Sprintf(format, args...))
}

func (w *wrongs) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.list)
}

// see is told of every event of the tab, and may not wait.
func (w *wrongs) see(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !refused(e.Entry) {
			w.add("the console says at %s: %s", e.Entry.URL, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var said []string
			for _, arg := range e.Args {
				said = append(said, string(arg.Value)+arg.Description)
			}
			w.add("a script says: %s", strings.Join(said, " "))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		w.add("a script broke: %s", text)
	case *page.EventJavascriptDialogOpening:
		w.add("a dialog opened: %q", e.Message)
		go w.closeDialog()
	case *runtime.EventBindingCalled:
		w.add("a script that does not belong there ran: %s(%q)", e.Name, e.Payload)
	}
}

// refused reports whether the entry only tells that the server refused a request,
// which is how the console answers to a form that is wrong.
func refused(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && strings.Contains(e.Text, "the server responded with a status of 4")
}

func (w *wrongs) closeDialog() {
	if _, err := chromedp.Call(w.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}); err != nil {
		w.add("the dialog does not close: %v", err)
	}
}

// do runs a command of the browser in the tab.
func do[P, R any](b *Tab, what string, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := call(b, command, params)
	if err != nil {
		b.t.Fatalf("browser: %s: %v", what, err)
	}
	return result
}

func call[P, R any](b *Tab, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

// IgnorePolicy shows pages from now on as a browser would that knows of no
// Content-Security-Policy.
func (b *Tab) IgnorePolicy() {
	b.t.Helper()
	do(b, "ignore the policy", page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
}
