package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestWhatIsKeptOfAnAnswer: lines of the header without secrets, a redirect without its
// query, sizes and the address.
func TestWhatIsKeptOfAnAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Set-Cookie", "session=s3cr3t-0")
		h.Set("Location", "https://user:s3cr3t-0@next.example/hook/"+r.URL.Query().Get("key")+"?token=s3cr3t-0#s3cr3t-0")
		h.Set("X-Echo", r.Header.Get("Authorization"))
		h.Set("X-Latin", "caf\xe9")
		h.Set("X-Long", strings.Repeat("a", 1000))
		h.Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, "elsewhere")
	}))
	defer server.Close()
	target := shipbell.Target{
		URL: server.URL + "/hook?key=s3cr3t-1", Options: shipbell.Options{Method: http.MethodPut},
		Headers: []shipbell.Header{{Key: "Authorization", Values: secrets("Bearer s3cr3t-2")}},
	}
	o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
	x := o.Exchange
	if want := "status 302 to https://next.example/hook/••••: redirects are not followed"; o.Error.String() != want {
		t.Errorf("error %q, want %q", o.Error, want)
	}
	want := []shipbell.HeaderLine{
		{"Content-Length", "9"}, {"Content-Type", "text/plain"}, {"Location", "https://next.example/hook/••••"},
		{"Set-Cookie", "••••"}, {"X-Echo", "••••"}, {"X-Latin", "caf\uFFFD"}, {"X-Long", strings.Repeat("a", 256)},
	}
	if diff := cmp.Diff(want, x.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if "http://"+x.Remote != server.URL || x.AnswerBytes != 9 || x.RequestBytes < 100 || x.Reused {
		t.Errorf("%+v", x)
	}
	if all := fmt.Sprintf("%+v %+v", o, x); strings.Contains(all, "s3cr3t") {
		t.Errorf("a secret is kept: %s", all)
	}
}

// TestAnswerWithManyHeaders keeps no more than some of them.
func TestAnswerWithManyHeaders(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := range 200 {
			w.Header().Set(fmt.Sprintf("X-%03d", i), strings.Repeat("a", 200))
		}
	}))
	defer server.Close()
	o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{URL: server.URL}, 1)
	if n := len(o.Exchange.Header); n != 24 {
		t.Errorf("%d lines are kept", n)
	}
}

// TestRequestURL: what is sent is the form that ParseURL gives.
func TestRequestURL(t *testing.T) {
	url, got := recorder(t)
	for path, want := range map[string]string{
		"/a%2Fb/c?x=%2F&y=1": "/a%2Fb/c?x=%2F&y=1",
		"/a%2Fb/é?x=é&y={1}": "/a%2Fb/%C3%A9?x=%C3%A9&y={1}",
		"":                   "/",
		"?x":                 "/?x",
	} {
		if o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{URL: url + path}, 1); !o.Succeeded() {
			t.Errorf("%q: %v", path, o.Error)
		}
		if got.URI != want {
			t.Errorf("%q is sent as %q, want %q", path, got.URI, want)
		}
	}
}

// TestTargetThatCannotBeDialledAsItWants ends for good with a message, and sends nothing.
func TestTargetThatCannotBeDialledAsItWants(t *testing.T) {
	target := shipbell.Target{URL: "https://127.0.0.1:1", Options: shipbell.Options{CA: "s3cr3t"}}
	o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
	if !o.Final || o.Succeeded() || strings.Contains(o.Error.String(), "s3cr3t") || !strings.HasPrefix(o.Error.String(), "tls: ") {
		t.Errorf("%+v", o)
	}
}
