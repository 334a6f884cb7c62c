package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// visit is one request and the person who makes it.
type visit struct {
	*http.Request
	c *console
	w http.ResponseWriter

	language *language
	// key is the access key of whoever signed in; it has no id if nobody did.
	key shipbell.AccessKey
	// registries are those that the key may touch.
	registries []shipbell.Registry
	// registry is the one that the path names, or else the one that was looked at last.
	registry shipbell.Registry

	status int
	attrs  []slog.Attr
}

// policy lets a page load what the console itself serves, run no script that stands
// in it, and be part of no other page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// secured sets the headers that every answer has.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	})
}

// maxForm is the largest form; the API has limits of its own for what is in it.
const maxForm = 1 << 20

// serve answers one request, with a page that says so if it fails, and writes its log
// line.
func (c *console) serve(w http.ResponseWriter, r *http.Request, handle func(*visit) error) {
	begin := c.Now()
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := &visit{Request: r, c: c, w: w, language: c.choose(r), status: http.StatusOK}
	err := v.run(handle)
	if err != nil {
		if showErr := v.showError(err); showErr != nil {
			err = errors.Join(err, showErr)
			http.Error(w, http.StatusText(v.status), v.status)
		}
	}
	level := slog.LevelInfo
	attrs := append([]slog.Attr{
		slog.String("route", r.Pattern), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", v.status),
		slog.Duration("duration", c.Now().Sub(begin)), slog.String("key", v.key.ID),
	}, v.attrs...)
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		if v.status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
	}
	c.Logger.LogAttrs(r.Context(), level, "console", attrs...)
}

// run handles the visit. A request that another site's page made changes nothing.
func (v *visit) run(handle func(*visit) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := v.c.csrf.Check(v.Request); err != nil {
		return shipbell.Wrap(shipbell.Forbidden, err, text.RequestCrossSite)
	}
	if err := v.ParseForm(); err != nil {
		return shipbell.Wrap(shipbell.Malformed, err, text.FormUnreadable)
	}
	return handle(v)
}

// signedIn handles a route for whoever has a session, and leads everybody else to the
// form to sign in.
func (c *console) signedIn(v *visit, one route) error {
	key, err := c.session(v.Request)
	if err != nil {
		if shipbell.KindOf(err) == shipbell.Unauthorised {
			return v.redirect(loginPath + "?next=" + url.QueryEscape(v.here()))
		}
		return err
	}
	v.key = key
	if err := v.readRegistries(); err != nil {
		return err
	}
	if err := access.Allow(key, one.role); err != nil {
		return err
	}
	if name := v.PathValue("registry"); name != "" && v.registry.ID == "" {
		return shipbell.NoRegistry(name)
	}
	return one.handle(v)
}

// registryCookie keeps which registry was looked at last, for pages that are about
// none.
const registryCookie = "shipbell_registry"

func (v *visit) readRegistries() error {
	own, err := v.c.App.ListRegistries(v.Context(), v.key)
	if err != nil {
		return err
	}
	wanted, last := v.PathValue("registry"), ""
	if cookie, err := v.Cookie(registryCookie); err == nil {
		last = cookie.Value
	}
	v.registries = own
	for _, registry := range own {
		if registry.ID == cmp.Or(wanted, last) {
			v.registry = registry
		}
	}
	switch {
	case v.registry.ID == "" && wanted == "" && len(v.registries) > 0:
		v.registry = v.registries[0]
	case v.registry.ID == wanted && wanted != last && !v.live():
		v.setCookie(&http.Cookie{Name: registryCookie, Value: wanted, MaxAge: yearInSec})
	}
	return nil
}

// here is the page to come back to: the one that is asked for, or the one that a form
// is on.
func (v *visit) here() string {
	if v.Method == http.MethodGet && !v.live() {
		return v.URL.RequestURI()
	}
	page, err := url.Parse(v.Header.Get("HX-Current-URL"))
	if err != nil || page.Path == "" {
		return home
	}
	return page.RequestURI()
}

// live reports whether the page's script asks, which wants a part of the page.
func (v *visit) live() bool { return v.Header.Get("HX-Request") == "true" }

// warn writes to the log that a part of a page was left out.
func (v *visit) warn(what string, err error) {
	v.c.Logger.LogAttrs(v.Context(), slog.LevelWarn, what, slog.String("path", v.URL.Path), slog.Any("error", err))
}

// redirect leads to another page of the console, the whole of it also when the page's
// script asks.
func (v *visit) redirect(to string) error {
	if v.live() {
		v.w.Header().Set("HX-Redirect", to)
		v.status = http.StatusNoContent
		v.w.WriteHeader(v.status)
		return nil
	}
	v.status = http.StatusSeeOther
	http.Redirect(v.w, v.Request, to, v.status)
	return nil
}

// local gives a path of the console that a request names, or its first page for
// anything else: nobody is to be led elsewhere.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, base) ||
		strings.Contains(path, `\`) || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/../") {
		return home
	}
	return u.RequestURI()
}

// withoutCause is an error as a person may see it.
func withoutCause(err error) *shipbell.Error {
	var e *shipbell.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return &shipbell.Error{Kind: shipbell.Unavailable, Message: text.New(text.RequestGivenUp)}
	}
	return &shipbell.Error{Message: text.New(text.Internal)}
}
