package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/shipbell/shipbell/shared/text"
)

//go:embed text/*.json
var textFiles embed.FS

// language is one language that the console speaks.
type language struct {
	code text.Language
	// texts is the catalogue, and pages are the templates, which speak this language.
	// Each is read when it is first asked for: to read all would be most of a function's
	// start.
	texts func() map[string]string
	pages func() *template.Template
}

// languageCookie keeps the language that somebody chose; without it the browser's
// wish decides.
const languageCookie = "shipbell_language"

// spoken are the languages, by their codes and their own names for themselves; the
// first is for those who wish for none of them.
func spoken() []struct {
	Code text.Language
	Name string
} {
	return []struct {
		Code text.Language
		Name string
	}{{text.English, "English"}, {text.Chinese, "中文"}}
}

// newLanguage makes a language of the embedded files. One file of pages is one page; its
// parts and the layout are templates by name.
func (c *console) newLanguage(code text.Language) *language {
	l := &language{code: code}
	l.texts = sync.OnceValue(func() map[string]string {
		return readJSON[map[string]string]("text/" + string(code) + ".json")
	})
	l.pages = sync.OnceValue(func() *template.Template {
		return must(template.New("").Option("missingkey=error").Funcs(c.functions(l)).ParseFS(pageFiles, "pages/*.html"))
	})
	return l
}

func readJSON[T any](name string) T {
	var value T
	must(name, json.Unmarshal(must(textFiles.ReadFile(name)), &value))
	return value
}

// text is a text of the catalogue with its verbs filled in. A key that the catalogue
// lacks stands for itself.
func (l *language) text(key string, args ...any) string {
	format, ok := l.texts()[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// count is a text about a number of things, which may have a form for one and a form
// for several, with "|" in between. The number is the first that is filled in.
func (l *language) count(key string, n int, args ...any) string {
	one, several, ok := strings.Cut(l.texts()[key], "|")
	if ok && n != 1 {
		one = several
	}
	return fmt.Sprintf(one, append([]any{n}, args...)...)
}

// choose finds the language for a request: the one chosen before, or the one that the
// browser likes best.
func (c *console) choose(r *http.Request) *language {
	if cookie, err := r.Cookie(languageCookie); err == nil {
		if l := c.speaks(cookie.Value); l != nil {
			return l
		}
	}
	return c.speaks(string(text.Prefer(r.Header.Get("Accept-Language"))))
}

func (c *console) speaks(code string) *language {
	for _, l := range c.languages {
		if string(l.code) == code {
			return l
		}
	}
	return nil
}

// t is a text in the visitor's language.
func (v *visit) t(key string, args ...any) string { return v.language.text(key, args...) }

const (
	themeCookie = "shipbell_theme"
	yearInSec   = 365 * 24 * 60 * 60
)

// themes are the ways to choose between light and dark; the first leaves it to the
// browser.
func themes() []string { return []string{"auto", "light", "dark"} }

// prefer keeps the language or the theme that somebody chose.
func (c *console) prefer(v *visit) error {
	if l := c.speaks(v.PostForm.Get("language")); l != nil {
		v.setCookie(&http.Cookie{Name: languageCookie, Value: string(l.code), MaxAge: yearInSec})
	}
	for _, theme := range themes() {
		if v.PostForm.Get("theme") == theme {
			v.setCookie(&http.Cookie{Name: themeCookie, Value: theme, MaxAge: yearInSec})
		}
	}
	return v.redirect(local(v.PostForm.Get("next")))
}

// theme is the theme that the person chose.
func (v *visit) theme() string {
	if cookie, err := v.Cookie(themeCookie); err == nil {
		for _, theme := range themes() {
			if cookie.Value == theme {
				return theme
			}
		}
	}
	return themes()[0]
}
