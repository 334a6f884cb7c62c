package browser

import (
	"context"

	"github.com/chromedp/chromedp"
)

// Resize gives the window a size in CSS pixels; a narrow one is a phone's.
func (b *Tab) Resize(width, height int64, phone bool) {
	b.t.Helper()
	var options []chromedp.EmulateViewportOption
	if phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height, options...)); err != nil {
		b.t.Fatalf("browser: resize to %d × %d: %v", width, height, err)
	}
}

// Screenshot is a picture of the whole page, as PNG.
func (b *Tab) Screenshot() []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	const png = 100 // the quality that makes it one
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(png))
	if err != nil {
		b.t.Fatalf("browser: take a picture of %s: %v", b.URL(), err)
	}
	return picture
}
