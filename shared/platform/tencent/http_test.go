package tencent_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

func event(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// seen is what a handler saw of a request.
type seen struct {
	Method, Path, EscapedPath, Query, Host, RemoteAddr, URI string
	Header                                                  http.Header
	Cookies                                                 int
	Length                                                  int64
	Body                                                    []byte
}

func see(r *http.Request) seen {
	body, _ := io.ReadAll(r.Body)
	return seen{
		r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, r.RemoteAddr, r.RequestURI, r.Header,
		len(r.Cookies()), r.ContentLength, body,
	}
}

// onRequest is the handler of a function that answers requests.
func onRequest(h http.HandlerFunc) tencent.Handler {
	return tencent.NewHandler(platform.Handlers{HTTP: h})
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		event string
		want  seen
	}{
		{"function-url.json", seen{
			Method: "POST", Path: "/v1/events/default", EscapedPath: "/v1/events/default", Query: "flag=&source=tcr&x=a+b%26c",
			Host: "1253970226-abcdefghij.ap-guangzhou.tencentscf.com", RemoteAddr: "198.51.100.7:0", URI: "/v1/events/default?flag=&source=tcr&x=a+b%26c",
			Cookies: 2, Length: 13, Body: []byte(`{"type":"é"}`),
			Header: http.Header{
				"Accept": {"*/*"}, "Authorization": {"Bearer ak1:secret"}, "Content-Type": {"application/json"}, "Cookie": {"session=1; theme=dark"},
				"X-Forwarded-For": {"203.0.113.9"}, "X-Repeated": {"one,two"}, "X-Scf-Remote-Addr": {"198.51.100.7"},
			},
		}},
		{"api-gateway.json", seen{
			Method: "PUT", Path: "/v1/a/b/c d", EscapedPath: "/v1/a%2Fb/c%20d", Query: "foo=bar&foo=baz&only=here",
			Host: "service-3ei3tii4-251000691.ap-guangzhou.apigateway.myqcloud.com", RemoteAddr: "[2001:db8::1]:0",
			URI: "/v1/a%2Fb/c%20d?foo=bar&foo=baz&only=here", Length: 3, Body: []byte{0, 1, 0xff},
			Header: http.Header{"Content-Type": {"application/octet-stream"}, "X-Repeated": {"one", "two"}, "X-Scf-Remote-Addr": {"192.0.2.99"}},
		}},
	} {
		var got seen
		handle := onRequest(func(_ http.ResponseWriter, r *http.Request) { got = see(r) })
		if _, err := handle(t.Context(), event(t, test.event)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.event, diff)
		}
	}
}

// TestSmallRequests looks at one part each of requests that have little else.
func TestSmallRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ event, want string }{
		{`{"httpMethod":"GET"}`, "GET / from :0: "},
		{`{"httpMethod":"GET","path":"/a","body":null,"headers":{"x":null},"queryString":{"b":null}}`, "GET /a?b= from :0: "},
		{`{"httpMethod":"GET","headers":{"X-SCF-Remote-Addr":"192.0.2.1:50123"}}`, "GET / from 192.0.2.1:0: "},
		{`{"httpMethod":"GET","headers":{"x-scf-remote-addr":"[2001:db8::1]:50123"}}`, "GET / from [2001:db8::1]:0: "},
		{`{"httpMethod":"GET","headers":{"x-scf-remote-addr":"[2001:db8::1]"}}`, "GET / from [2001:db8::1]:0: "},
		{`{"httpMethod":"GET","headers":{"x-forwarded-for":"192.0.2.1"}}`, "GET / from :0: "},
		{`{"httpMethod":"POST","path":"/","body":"aGk=","isBase64Encoded":"True"}`, "POST / from :0: hi"},
		{`{"httpMethod":"POST","path":"/","body":"aGk=","isBase64Encoded":false}`, "POST / from :0: aGk="},
	} {
		var got string
		handle := onRequest(func(_ http.ResponseWriter, r *http.Request) {
			s := see(r)
			got = s.Method + " " + s.URI + " from " + s.RemoteAddr + ": " + string(s.Body)
		})
		if _, err := handle(t.Context(), []byte(test.event)); err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", test.event, got, err, test.want)
		}
	}
}

// answer is what SCF reads of an answer.
type answer struct {
	StatusCode      int
	Headers         map[string]any
	Body            string
	IsBase64Encoded bool
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		handle http.HandlerFunc
		want   answer
	}{
		{"repeated headers and a cookie", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Vary"] = []string{"a", "b"}
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "1"})
		}, answer{StatusCode: 200, Headers: map[string]any{"Vary": "a, b", "Set-Cookie": "c=1"}}},
		{"cookies", func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "d", Value: "2"})
		}, answer{StatusCode: 200, Headers: map[string]any{"Set-Cookie": []any{"c=1", "d=2"}}}},
		{"bytes", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte{0, 1, 0xff})
		}, answer{StatusCode: 200, Headers: map[string]any{"Content-Type": "image/png"}, Body: "AAH/", IsBase64Encoded: true}},
	} {
		data, err := onRequest(test.handle)(t.Context(), event(t, "function-url.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got answer
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestLargeAnswers: what SCF would not pass on is an error that says so.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	for size, fits := range map[int]bool{5 << 20: true, 6 << 20: false} {
		handle := onRequest(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", size))
		})
		data, err := handle(t.Context(), event(t, "function-url.json"))
		if (err == nil) != fits || err != nil && !strings.Contains(err.Error(), "SCF passes on 6291456") {
			t.Errorf("%d bytes: answer of %d bytes, %v", size, len(data), err)
		}
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "[]", "{}", "null", `{"httpMethod":""}`, `{"httpMethod":7}`, `{"requestContext":{"httpMethod":"GET"}}`, `{"path":"/","headers":{}}`,
		`{"httpMethod":"GET","body":"?","isBase64Encoded":true}`, `{"httpMethod":"GET","headers":{"a":{}}}`, `{"httpMethod":"GET","queryString":{"a":7}}`,
	} {
		handle := onRequest(func(http.ResponseWriter, *http.Request) { t.Errorf("%s reached the handler", text) })
		if _, err := handle(t.Context(), []byte(text)); err == nil {
			t.Errorf("%s gave no error", text)
		}
	}
}

// FuzzHTTP: an event is refused, or its handler sees a request that a mux can work
// with and the answer is one that SCF reads.
func FuzzHTTP(f *testing.F) {
	f.Add(event(f, "function-url.json"))
	f.Add(event(f, "api-gateway.json"))
	f.Fuzz(func(t *testing.T, text []byte) {
		reached := 0
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			reached++
			if s := see(r); s.Length != int64(len(s.Body)) || s.Method == "" {
				t.Errorf("%+v", s)
			}
			_, _ = io.WriteString(w, r.URL.RequestURI())
		})
		data, err := onRequest(mux.ServeHTTP)(t.Context(), text)
		if err != nil {
			if reached > 0 {
				t.Errorf("the handler was reached, but %v", err)
			}
			return
		}
		var got answer
		if err := json.Unmarshal(data, &got); err != nil || got.StatusCode < 200 || got.Headers == nil {
			t.Errorf("answer %s, %v", data, err)
		}
	})
}
