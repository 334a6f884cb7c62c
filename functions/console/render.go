package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

//go:embed pages/*.html
var pageFiles embed.FS

// view is what a template is made of. It holds what pages show and nothing else: all
// that a template could reach would also be kept in the function's binary.
type view struct {
	Title string
	// Data is what the page is about.
	Data any
	// Main is the page's own part, for the layout around it.
	Main template.HTML

	// Key is the access key of whoever signed in; it has no id if nobody did.
	Key shipbell.AccessKey
	// Registry is the one that the page is of, if it is of one, and Registries are
	// those that the key may touch.
	Registry   shipbell.Registry
	Registries []shipbell.Registry
	// Here is the address of the page, to come back to it, and Path its path.
	Here, Path string
	// Done says what was done before the page was shown.
	Done  string
	Theme string
}

// Admin reports whether the person may change things.
func (v view) Admin() bool { return v.Key.Role == shipbell.RoleAdmin }

// view is what the templates of a visit are made of.
func (v *visit) view(title string, data any) view {
	return view{
		Title: title, Data: data, Key: v.key, Registry: v.registry, Registries: v.registries,
		Here: v.here(), Path: v.URL.Path, Done: v.language.texts()["done."+v.URL.Query().Get("done")], Theme: v.theme(),
	}
}

// functions are what templates call, in a language.
func (c *console) functions(l *language) template.FuncMap {
	return template.FuncMap{
		"t":         l.text,
		"count":     l.count,
		"asset":     c.assets.path,
		"languages": spoken,
		"themes":    themes,
		"in":        inRegistry,
		"lang":      func() text.Language { return l.code },
		"time":      l.time,
		"attrs":     attributes,
		"problem":   problem,
		"again":     problemAgain,
		"slug":      slug,
		"chart":     chart,
		"inc":       func(i int) int { return i + 1 },
		"dialects":  func() []pattern.Dialect { return []pattern.Dialect{pattern.TCR, pattern.Doublestar} },
		"targetView": func(page formPage, t targetForm) targetView {
			return targetView{Target: t, Problems: page.Problems, Bodies: page.Tester.Bodies, Tested: page.Tested[t.Number]}
		},
		"logAt":   logAt,
		"whyAt":   whyAt,
		"plain":   plain,
		"short":   short,
		"ahead":   func(t time.Time) string { return l.ahead(t.Sub(c.Now())) },
		"trigger": triggerPath,
		"actions": shipbell.Actions,
		"formats": shipbell.Formats,
		"presets": preset.All,
		"preset":  presetOf,
		"has":     func(list []shipbell.Action, one shipbell.Action) bool { return slices.Contains(list, one) },
		"say":     func(m text.Message) string { return m.In(l.code) },
		"part":    l.part,
		"join":    strings.Join,
		"grouped": grouped,
		"brief":   brief,
		"age":     func(t time.Time) string { return l.age(c.Now().Sub(t)) },
	}
}

// presetOf is the preset of a name, or nil.
func presetOf(name string) *preset.Preset {
	if p, found := preset.Find(name); found {
		return &p
	}
	return nil
}

// time shows a moment, in UTC; the page's script turns it into the reader's own time.
func (l *language) time(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, t.Format(time.RFC3339), t.Format("2006-01-02 15:04:05 UTC")))
}

// brief shows a moment below a chart, where there is little room.
func brief(t time.Time) template.HTML {
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s" data-brief>%s</time>`, t.Format(time.RFC3339), t.Format("01-02 15:04")))
}

// age says how long something has lasted.
func (l *language) age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.text("age.now")
	case d < time.Hour:
		return l.count("age.minutes", int(d/time.Minute))
	case d < 24*time.Hour:
		return l.count("age.hours", int(d/time.Hour))
	}
	return l.count("age.days", int(d/(24*time.Hour)))
}

// grouped writes a number with a comma at every thousand.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// render makes a template of a page, or of a part of one.
func (l *language) render(name string, v view) (template.HTML, error) {
	var b bytes.Buffer
	if err := l.pages().ExecuteTemplate(&b, name, v); err != nil {
		return "", fmt.Errorf("make the page %s: %w", name, err)
	}
	return template.HTML(b.String()), nil
}

// part is render for a template within another.
func (l *language) part(name string, v view, data any) (template.HTML, error) {
	v.Data = data
	return l.render(name, v)
}

// show answers with a page: the template of this name, in the layout. To the page's
// script a form that is not right yet is an answer like any other; browsers would call
// it an error.
func (v *visit) show(status int, name, title string, data any) error {
	if status == http.StatusUnprocessableEntity && name != "error" && v.live() {
		status = http.StatusOK
	}
	view := v.view(title, data)
	var err error
	if view.Main, err = v.language.render(name, view); err != nil {
		return err
	}
	page, err := v.language.render("layout", view)
	if err != nil {
		return err
	}
	v.send(status, []byte(page))
	return nil
}

// showPart answers with a part of a page, for the page's script.
func (v *visit) showPart(status int, name string, data any) error {
	part, err := v.language.render(name, v.view("", data))
	if err != nil {
		return err
	}
	v.send(status, []byte(part))
	return nil
}

func (v *visit) send(status int, page []byte) {
	v.status = status
	header := v.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	// The language of what stands at an address is chosen for each request.
	header.Set("Vary", "Accept-Language, Cookie, HX-Request")
	v.w.WriteHeader(status)
	// A browser that is gone needs no answer.
	_, _ = v.w.Write(page)
}

// showError answers with a page that says what went wrong.
func (v *visit) showError(err error) error {
	shown := withoutCause(err)
	v.status = api.Status(shown.Kind)
	return v.show(v.status, "error", v.t(fmt.Sprintf("error.%d", v.status)), shown)
}

// section is one entry of the navigation.
type section struct {
	// name is the entry's text, as "section.NAME" in the catalogue.
	name string
	// path is below the registry's own path, or a whole path for what is about all
	// registries.
	path string
	// role is what an access key must have to see it.
	role shipbell.Role
}

// sections are the entries of the navigation.
func sections() []section {
	const admin, viewer = shipbell.RoleAdmin, shipbell.RoleViewer
	return []section{
		{"overview", "/overview", viewer},
		{"triggers", "/triggers", viewer},
		{"log", "/log", viewer},
		{"why", "/why", viewer},
		{"audit", "/audit", admin},
		{"registries", registriesPath, admin},
		{"keys", keysPath, admin},
	}
}

// Sections are the entries of the navigation for whoever signed in. Without a
// registry, those of a registry lead nowhere.
func (v view) Sections() []section {
	return slices.DeleteFunc(sections(), func(s section) bool {
		return access.Allow(v.Key, s.role) != nil || v.Registry.ID == "" && !s.ofAll()
	})
}

// ofAll reports whether the section is about all registries.
func (s section) ofAll() bool { return strings.HasPrefix(s.path, base) }

// Name gives the entry's key in the catalogue.
func (s section) Name() string { return "section." + s.name }

// Path is where the entry leads in a registry.
func (s section) Path(registry string) string {
	if s.ofAll() {
		return s.path
	}
	return inRegistry(registry, s.path)
}

// In reports whether a visit is to a page of the section.
func (s section) In(v view) bool { return strings.HasPrefix(v.Path, s.Path(v.Registry.ID)) }

// Switch is the page of another registry that is most like this one.
func (v view) Switch(registry string) string {
	for _, s := range sections() {
		if s.In(v) && !s.ofAll() {
			return s.Path(registry)
		}
	}
	return inRegistry(registry, sections()[0].path)
}
