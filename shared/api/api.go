// Package api is the way into Shipbell over HTTP that all functions share:
// authentication, roles, limits, problem+json, and one log line per request.
package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// AnyRole lets every valid access key in.
const AnyRole shipbell.Role = ""

// Router authenticates requests, hands them to their routes and logs them.
type Router struct {
	Keys access.Keys
	// Logger gets one line for each request.
	Logger *slog.Logger
	Now    func() time.Time
}

// Request is a request that was let in.
type Request struct {
	*http.Request
	// Key is the access key it came with, which may touch the registry of the path.
	Key shipbell.AccessKey
	// Registry is the registry of the path, if it names one. It need not exist.
	Registry string

	attrs []slog.Attr
}

// Language is the one that the request prefers for sentences.
func (r *Request) Language() text.Language { return language(r.Request) }

func language(r *http.Request) text.Language { return text.Prefer(r.Header.Get("Accept-Language")) }

// Log adds to the request's log line.
func (r *Request) Log(attrs ...slog.Attr) { r.attrs = append(r.attrs, attrs...) }

// Answer is what a handler answers: Body as JSON, or nothing if it is nil.
type Answer struct {
	Status int
	Body   any
	// Write, if not nil, writes what is no JSON in the place of Status and Body.
	Write http.HandlerFunc
}

// Route is one method and path of a function.
type Route struct {
	// Pattern is as http.ServeMux has it, such as "GET /v1/triggers/{registry}".
	Pattern string
	// Role is what the access key must have.
	Role shipbell.Role
	// Query are the parameters that the query of a request may have. Others are refused,
	// and so are empty ones, but with AnyQuery.
	Query    []string
	AnyQuery bool
	// KeyInQuery also takes an ingest key from ?key=.
	KeyInQuery bool
	// Signed leaves it to Handle to find out whose request it is, to set its Key and
	// to hold it to its role and registries.
	Signed bool
	Handle func(*Request) (Answer, error)
	// Refused, if not nil, is told of each error before it is answered, also of those of
	// requests that are not let in.
	Refused func(*Request, error)
	// Fail, if not nil, answers errors in the words of another API than ours.
	Fail func(*Request, error) Answer
}

// others is the pattern of what no other pattern has.
const others = "/"

// Handler serves routes, and the errors of all other paths and methods, unless a route has
// the pattern "/", which is for these.
func (d *Router) Handler(routes []Route) http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, route) })
	}
	if !slices.ContainsFunc(routes, func(route Route) bool { return route.Pattern == others }) {
		mux.HandleFunc(others, nothing(mux))
	}
	return mux
}

// serve lets one request in, or not, and writes its log line.
func (d *Router) serve(w http.ResponseWriter, r *http.Request, route Route) {
	begin := d.Now()
	request := &Request{Request: r, Registry: r.PathValue("registry")}
	answer, err := d.handle(request, route)
	if err != nil && route.Refused != nil {
		route.Refused(request, err)
	}
	switch {
	case err == nil && answer.Write != nil:
		setHeaders(w)
		answer.Write(w, r)
	case err == nil:
		write(w, answer)
	case route.Fail != nil:
		answer = route.Fail(request, err)
		write(w, answer)
	default:
		p := newProblem(err, request.Language())
		answer.Status = p.Status
		setHeaders(w)
		p.write(w)
	}

	level := slog.LevelInfo
	attrs := append(make([]slog.Attr, 0, 16),
		slog.String("route", route.Pattern), slog.String("path", r.URL.Path), slog.Int("status", answer.Status),
		slog.Duration("duration", d.Now().Sub(begin)), slog.String("key", request.Key.ID))
	attrs = append(attrs, request.attrs...)
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		if Status(shipbell.KindOf(err)) >= http.StatusInternalServerError {
			level = slog.LevelError
		}
	}
	d.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

func (d *Router) handle(r *Request, route Route) (answer Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if route.Signed {
		return route.Handle(r)
	}
	if r.Key, err = access.Authenticate(r.Request, d.Keys, route.KeyInQuery); err != nil {
		return answer, err
	}
	if route.Role != AnyRole {
		if err := access.Allow(r.Key, route.Role); err != nil {
			return answer, err
		}
	}
	if r.Registry != "" {
		if err := access.AllowRegistry(r.Key, r.Registry); err != nil {
			return answer, err
		}
	}
	if !route.AnyQuery {
		if err := checkQuery(r, route); err != nil {
			return answer, err
		}
	}
	return route.Handle(r)
}

func write(w http.ResponseWriter, answer Answer) {
	setHeaders(w)
	if answer.Body == nil {
		w.WriteHeader(answer.Status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.Status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(answer.Body)
}

func setHeaders(w http.ResponseWriter) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
}

// nothing answers paths and methods that the mux does not have as problem+json.
func nothing(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, m := http.StatusNotFound, text.New(text.PathUnknown, r.URL.Path)
		if allowed := methods(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			status, m = http.StatusMethodNotAllowed, text.New(text.MethodNotAllowed, r.Method, allowed)
		}
		setHeaders(w)
		statusProblem(status, m, language(r)).write(w)
	}
}

// methods lists the methods that the mux has for the path of a request.
func methods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != others {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
