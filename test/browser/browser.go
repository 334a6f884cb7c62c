// Package browser drives Debian's chromium beside a test, as a person uses it: by
// the roles and names that a screen reader is told, with the mouse and the keys. It
// waits by condition, and a test fails for what no page may do: write an error to
// the console, break the Content-Security-Policy, open a dialog.
//
// One browser serves all tests of a package, each in a profile of its own:
//
//	var chromium browser.Browser
//
//	func TestMain(m *testing.M) { os.Exit(chromium.Main(m.Run)) }
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	// patience bounds every wait; none should come near it.
	patience = 30 * time.Second
	// startTimeout is how long the browser may take to start.
	startTimeout = time.Minute
)

// Browser is a browser that starts with its first tab.
type Browser struct {
	once sync.Once
	ctx  context.Context
	stop context.CancelFunc
	err  error
}

// Main runs tests and ends the browser that they used. It returns their exit code.
func (b *Browser) Main(run func() int) int {
	defer func() {
		if b.stop != nil {
			b.stop()
		}
	}()
	return run()
}

// running starts the browser if it does not run yet.
func (b *Browser) running() (context.Context, error) {
	b.once.Do(func() {
		flags := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(binary()), chromedp.WSURLReadTimeout(startTimeout), chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
			chromedp.Flag("hide-scrollbars", true), chromedp.WindowSize(1280, 900))
		if os.Geteuid() == 0 {
			flags = append(flags, chromedp.NoSandbox) // which chromium has for others only
		}
		allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, closeBrowser := chromedp.NewContext(allocator)
		b.ctx = ctx
		b.stop = func() {
			closeBrowser()
			stop()
		}
		if err := chromedp.Do(ctx); err != nil {
			b.err = fmt.Errorf("start %s: %w", binary(), err)
		}
	})
	return b.ctx, b.err
}

func binary() string {
	if name := os.Getenv("CHROMIUM_BIN"); name != "" {
		return name
	}
	return "chromium"
}

// require skips the test where the browser is not installed; in CI it fails.
func require(t testing.TB) {
	t.Helper()
	_, err := exec.LookPath(binary())
	if err == nil {
		_, err = os.Stat(axeFile())
	}
	if err == nil {
		return
	}
	message := errors.Join(errors.New("no browser to test with: run make deps"), err).Error()
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// axeFile is the checker of accessibility.
func axeFile() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "node_modules", "axe-core", "axe.min.js")
}
