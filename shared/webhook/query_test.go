package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestQueryAndEventHeaders has parameters and headers that are made of the event sent, in
// every format. What else the query has stays byte for byte.
func TestQueryAndEventHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query, want string
		fields      []shipbell.Field
	}{
		{"?a=%2f&b=c%20d&e", "?a=%2f&b=c%20d&e", nil},
		{"?a=%2f&b=c%20d&e", "?a=%2f&b=c%20d&e&tag=v1.10.0", []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}}},
		{"", "?tag=v1.10.0&a+b=c%26d%3D%2B%E9%95%9C", []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}, {Name: "a b", Value: "c&d=+镜"}}},
		{"?tag=old&x=1&t%61g=older&&tag", "?tag=v1.10.0&x=1&", []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}}},
		{"?tag&%zz=1", "?tag=&%zz=1", []shipbell.Field{{Name: "tag", Value: ""}}},
	} {
		url, last := recorder(t)
		target := shipbell.Target{URL: url + "/hook" + test.query, Options: shipbell.Options{
			Query: test.fields, EventHeaders: []shipbell.Field{{Name: "x-image", Value: "{{.URL}}"}, {Name: "user-agent", Value: "{{.Name}}"}},
		}}
		if o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatHarbor), target, 1); !o.Succeeded() {
			t.Fatal(o.Error)
		}
		if last.URI != "/hook"+test.want {
			t.Errorf("%s with %v: %s, want /hook%s", test.query, test.fields, last.URI, test.want)
		}
		if got := last.Header.Get("X-Image"); got != "xxx-bj.tencentcloudcr.com/public/nginx:v1.10.0" || last.Header.Get("User-Agent") != "nginx" {
			t.Errorf("headers %v", last.Header)
		}
	}
}

// TestTemplateNotSendable has an event from which a header cannot be made end its delivery,
// with no request.
func TestTemplateNotSendable(t *testing.T) {
	t.Parallel()
	url, last := recorder(t)
	d := sample(shipbell.FormatTCR)
	d.Event.Operator = "a\r\nX-Evil: 1"
	o := newSender(safehttp.Options{}).Send(t.Context(), d, shipbell.Target{
		URL: url, Options: shipbell.Options{EventHeaders: []shipbell.Field{{Name: "X-By", Value: "{{.Operator}}"}}},
	}, 1)
	if !o.Inexpressible || !o.Final || o.Error.Code != text.TemplateHeaderFailed || last.Method != "" {
		t.Errorf("%+v, sent %+v", o, last)
	}
}

// TestEventsAreNotMasked has an answer that names the tag, which stands in the query, shown.
func TestEventsAreNotMasked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("deployed " + r.FormValue("tag") + " with " + r.FormValue("token")))
	}))
	defer server.Close()
	o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{
		URL: server.URL + "?token=very-secret", Options: shipbell.Options{Query: []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}}},
	}, 1)
	if want := "deployed v1.10.0 with " + shipbell.Mask; o.Response != want {
		t.Errorf("%q, want %q", o.Response, want)
	}
}
