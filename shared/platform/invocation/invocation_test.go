package invocation_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform/invocation"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	type seen struct{ Path, Escaped, URI, Host, RemoteAddr, Body string }
	for _, test := range []struct {
		request invocation.Request
		want    seen
	}{
		{invocation.Request{Path: "/a/b c", Query: "x=1", SourceIP: "192.0.2.1", Body: []byte("text")}, seen{"/a/b c", "/a/b%20c", "/a/b%20c?x=1", "reg.example.com", "192.0.2.1:0", "text"}},
		{invocation.Request{Path: "/a%2Fb/c%20d", SourceIP: "2001:db8::1"}, seen{"/a/b/c d", "/a%2Fb/c%20d", "/a%2Fb/c%20d", "reg.example.com", "[2001:db8::1]:0", ""}},
		{invocation.Request{Path: "/100%"}, seen{"/100%", "/100%25", "/100%25", "reg.example.com", ":0", ""}},
		{invocation.Request{}, seen{"/", "/", "/", "reg.example.com", ":0", ""}},
	} {
		test.request.Method, test.request.Header = http.MethodPost, http.Header{"Host": {"reg.example.com"}}
		var got seen
		test.request.Serve(t.Context(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.ContentLength != int64(len(body)) || r.Header.Get("Host") != "" {
				t.Errorf("body %q (%v) of length %d, header %v", body, err, r.ContentLength, r.Header)
			}
			got = seen{r.URL.Path, r.URL.EscapedPath(), r.RequestURI, r.Host, r.RemoteAddr, string(body)}
		}))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.request.Path, diff)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	type answer struct {
		Status  int
		Header  map[string]string
		Cookies []string
		Body    string
		Base64  bool
	}
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		want   answer
	}{
		"nothing": {func(http.ResponseWriter, *http.Request) {}, answer{Status: 200, Header: map[string]string{}}},
		"what comes too late": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Set("A", "1")
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("A", "2")
			w.WriteHeader(http.StatusConflict)
		}, answer{Status: 202, Header: map[string]string{"A": "1"}}},
		"repeated headers": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Vary"] = []string{"a", "b"}
			w.Header()["Set-Cookie"] = []string{"c=1", "d=2"}
			_, _ = io.WriteString(w, "é")
		}, answer{Status: 200, Header: map[string]string{"Vary": "a, b", "Content-Type": "text/plain; charset=utf-8"}, Cookies: []string{"c=1", "d=2"}, Body: "é"}},
		"no text": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte{0, 1, 0xff})
		}, answer{Status: 200, Header: map[string]string{"Content-Type": "image/png"}, Body: "AAH/", Base64: true}},
	} {
		request := invocation.Request{Method: http.MethodGet, Header: http.Header{}}
		answered := request.Serve(t.Context(), test.handle)
		got := answer{Status: answered.Status, Header: answered.Joined(), Cookies: answered.Sent.Values("Set-Cookie")}
		got.Body, got.Base64 = answered.Body()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWork(t *testing.T) {
	t.Parallel()
	away := errors.New("the store is away")
	for body, want := range map[string]string{"good": "", "bad": away.Error(), "panic": "panic: oh\n"} {
		err := invocation.HandleOne(t.Context(), func(_ context.Context, got []byte) error {
			switch string(got) {
			case "bad":
				return away
			case "panic":
				panic("oh")
			}
			return nil
		}, body)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	ctx, cancel = invocation.WithMargin(ctx)
	defer cancel()
	if got, _ := ctx.Deadline(); !got.Equal(deadline.Add(-500 * time.Millisecond)) {
		t.Errorf("the work may last until %v, the invocation until %v", got, deadline)
	}
	ctx, cancel = invocation.WithMargin(t.Context())
	if _, limited := ctx.Deadline(); limited {
		t.Error("an invocation without a deadline got one")
	}
	if cancel(); ctx.Err() == nil {
		t.Error("the work was not cancelled")
	}
}
