package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/shared/webhook"
)

func TestSendRequest(t *testing.T) {
	content, err := format.Render(sample(shipbell.FormatTCR), shipbell.Target{})
	if err != nil {
		t.Fatal(err)
	}
	ours := func(extra http.Header) http.Header {
		h := http.Header{
			"Accept-Encoding":    {"identity"},
			"Content-Type":       {"application/json"},
			"Content-Length":     {fmt.Sprint(len(content.Body))},
			"User-Agent":         {"Shipbell/1.2.3"},
			"Webhook-Id":         {string(sampleID)},
			"Webhook-Timestamp":  {"1589106606"},
			"X-Shipbell-Attempt": {"3"},
		}
		for name, values := range extra {
			h[name] = values
		}
		return h
	}
	for _, tt := range []struct {
		name   string
		target shipbell.Target
		want   http.Header
	}{
		{name: "bare", want: ours(nil)},
		{
			name:   "signed",
			target: shipbell.Target{Secret: shipbell.NewSecret(sampleSecret)},
			want:   ours(http.Header{"Webhook-Signature": {"v1,L9+uejSbn2zvOd+Fwr9qD49Npzs44kalRStaBBfeT2E="}}),
		},
		{
			name: "user's headers",
			target: shipbell.Target{Headers: []shipbell.Header{
				{Key: "Authentication", Values: secrets("xxxx")},
				{Key: "x-many", Values: secrets("one", "two", "")},
				{Key: "X-Many", Values: secrets("one")},
				{Key: "X-None"},
				{Key: "User-Agent", Values: secrets("mine/1")},
			}},
			want: ours(http.Header{"Authentication": {"xxxx"}, "X-Many": {"one", "two", "", "one"}, "User-Agent": {"mine/1"}}),
		},
		{
			name: "ours are not replaced",
			target: shipbell.Target{Headers: []shipbell.Header{
				{Key: "content-type", Values: secrets("text/plain")},
				{Key: "webhook-id", Values: secrets("1")},
				{Key: "webhook-timestamp", Values: secrets("2")},
				{Key: "webhook-signature", Values: secrets("v1,AAAA")},
				{Key: "x-shipbell-attempt", Values: secrets("4")},
			}},
			want: ours(nil),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url, got := recorder(t)
			tt.target.URL = url + "/hook?key=1"
			o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), tt.target, 3)
			if !o.Succeeded() || o.Duration <= 0 {
				t.Errorf("outcome %+v", o)
			}
			want := received{Method: "POST", URI: "/hook?key=1", Header: tt.want, Body: string(content.Body)}
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(masked(tt.want, tt.target), shown(tt.target)); diff != "" {
				t.Errorf("shown headers (-want +got):\n%s", diff)
			}
		})
	}
}

// shown are the headers of the sample's third attempt as people see them.
func shown(target shipbell.Target) http.Header {
	attempt := shipbell.Attempt{Number: 3, StartedAt: time.Unix(sampleTime, 0)}
	h := webhook.Headers(sample(shipbell.FormatTCR), target, attempt, http.Header{"Content-Type": {"application/json"}})
	if h.Get("User-Agent") == "Shipbell/"+shipbell.Version {
		h.Set("User-Agent", "Shipbell/1.2.3")
	}
	return h
}

// masked is what of a request's headers people may see.
func masked(sent http.Header, target shipbell.Target) http.Header {
	seen := sent.Clone()
	seen.Del("Content-Length")
	seen.Del("Accept-Encoding")
	for _, header := range target.Headers {
		for _, value := range header.Values {
			for i, clear := range seen[http.CanonicalHeaderKey(header.Key)] {
				if shipbell.NewSecret(clear) == value {
					seen[http.CanonicalHeaderKey(header.Key)][i] = value.String()
				}
			}
		}
	}
	if seen["Webhook-Signature"] != nil {
		seen.Set("Webhook-Signature", shipbell.Mask)
	}
	return seen
}

func TestSendStatuses(t *testing.T) {
	for _, tt := range []struct {
		status     int
		retryAfter string
		want       shipbell.Outcome
	}{
		{status: 200, want: shipbell.Outcome{}},
		{status: 201, want: shipbell.Outcome{}},
		{status: 204, want: shipbell.Outcome{}},
		{status: 299, retryAfter: "9", want: shipbell.Outcome{}},
		{status: 300, want: shipbell.Outcome{Error: text.New(text.StatusRedirectTo, 300, "http://127.0.0.1:1/")}},
		{status: 302, retryAfter: "7", want: shipbell.Outcome{Error: text.New(text.StatusRedirectTo, 302, "http://127.0.0.1:1/"), RetryAfter: 7 * time.Second}},
		{status: 308, want: shipbell.Outcome{Error: text.New(text.StatusRedirectTo, 308, "http://127.0.0.1:1/")}},
		{status: 400, want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 400)}},
		{status: 401, want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 401)}},
		{status: 404, want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 404)}},
		{status: 410, want: shipbell.Outcome{Error: text.Literal("status 410: the target is gone"), Final: true}},
		{status: 429, retryAfter: "120", want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 429), RetryAfter: 2 * time.Minute}},
		{status: 500, want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 500)}},
		{status: 503, retryAfter: "Sun, 10 May 2020 10:31:06 GMT", want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 503), RetryAfter: time.Minute}},
		{status: 503, retryAfter: "soon", want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 503)}},
		{status: 599, want: shipbell.Outcome{Error: text.New(text.StatusNotSuccess, 599)}},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			if tt.retryAfter != "" {
				w.Header().Set("Retry-After", tt.retryAfter)
			}
			w.WriteHeader(tt.status)
			if tt.status != 204 {
				io.WriteString(w, "the answer")
				tt.want.Response = "the answer"
			}
		}))
		got := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{URL: server.URL}, 1)
		server.Close()
		tt.want.StatusCode = tt.status
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(shipbell.Outcome{}, "Duration", "Exchange"), bySentence()); diff != "" {
			t.Errorf("status %d (-want +got):\n%s", tt.status, diff)
		}
		if got.Succeeded() != (tt.status < 300) {
			t.Errorf("status %d: succeeded %v", tt.status, got.Succeeded())
		}
	}
}

// What cannot be sent ends the delivery, with an error that says which part.
func TestSendWhatCannotBeSent(t *testing.T) {
	url, got := recorder(t)
	header := func(key string, value shipbell.Secret) []shipbell.Header {
		return []shipbell.Header{{Key: "X-Good", Values: secrets("good")}, {Key: key, Values: []shipbell.Secret{value}}}
	}
	const badURL = "the target's URL is not one of http or https with a host"
	for _, tt := range []struct {
		name   string
		format shipbell.Format
		target shipbell.Target
		want   string
	}{
		{name: "format", format: "xml", want: `there is no body format "xml"`},
		{name: "URL that does not parse", target: shipbell.Target{URL: "http://127.0.0.1:s3cr3t/"}, want: badURL},
		{name: "scheme", target: shipbell.Target{URL: "ftp://127.0.0.1/s3cr3t"}, want: badURL},
		{name: "no host", target: shipbell.Target{URL: "http:s3cr3t"}, want: badURL},
		{name: "header name", target: shipbell.Target{Headers: header("X Bad", shipbell.NewSecret("s3cr3t"))}, want: `header "X Bad": it cannot be sent`},
		{name: "no header name", target: shipbell.Target{Headers: header("", shipbell.NewSecret("s3cr3t"))}, want: `header "": it cannot be sent`},
		{name: "header value", target: shipbell.Target{Headers: header("X-Bad", shipbell.NewSecret("s3cr3t\r\nX: y"))}, want: `header "X-Bad": it cannot be sent`},
		{name: "sealed header", target: shipbell.Target{Headers: header("X-Bad", shipbell.UnopenedSecret("s3cr3t"))}, want: `header "X-Bad": ` + shipbell.ErrSealed.Error()},
		{name: "sealed secret", target: shipbell.Target{Secret: shipbell.UnopenedSecret("s3cr3t")}, want: "signing secret: " + shipbell.ErrSealed.Error()},
		{name: "bad secret", target: shipbell.Target{Secret: shipbell.NewSecret("s3cr3t")}, want: `signing secret: want "whsec_" and the base64 of 24 to 64 bytes, or "whsk_" and that of an ed25519 key`},
	} {
		d := sample(shipbell.FormatTCR)
		if tt.format != "" {
			d.Format = tt.format
		}
		if tt.target.URL == "" {
			tt.target.URL = url
		}
		o := newSender(safehttp.Options{}).Send(t.Context(), d, tt.target, 1)
		if diff := cmp.Diff(shipbell.Outcome{Error: text.Literal(tt.want), Final: true}, o, bySentence()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if got.Method != "" {
		t.Errorf("something was sent: %+v", got)
	}
}

// Whatever net/http would refuse to send is refused before, and nothing else.
func TestHeadersThatNetHTTPWouldRefuse(t *testing.T) {
	url, _ := recorder(t)
	for c := range rune(256) {
		name, value := "X"+string(c), "v"+string(c)+"v"
		for _, h := range []shipbell.Header{{Key: name, Values: secrets("v")}, {Key: "X-Value", Values: secrets(value)}} {
			o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{URL: url, Headers: []shipbell.Header{h}}, 1)
			if !o.Final && !o.Succeeded() {
				t.Errorf("%q: %q: %s", h.Key, value, o.Error)
			}
			if refused := strings.HasPrefix(o.Error.String(), "header "); refused != netHTTPRefuses(h) {
				t.Errorf("%q: %q: refused %v", h.Key, value, refused)
			}
		}
	}
}

func netHTTPRefuses(h shipbell.Header) bool {
	value, _ := h.Values[0].Reveal()
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1/", nil)
	req.Header = http.Header{h.Key: {value}}
	_, err := new(http.Transport).RoundTrip(req)
	return strings.Contains(err.Error(), "invalid header")
}
