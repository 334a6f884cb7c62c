package shipbell_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestTargetURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, want string }{
		{"https://ci.example.com/hook", ""},
		{"HTTP://CI.example.com:65535", ""},
		{"http://[2001:db8::1]:8080/?a=b%20c", ""},
		{"http://例え.jp/道", ""},
		{"https://example.com/" + strings.Repeat("a", 2028), ""},
		{"https://example.com/" + strings.Repeat("a", 2029), "at most 2048"},
		{"", "write the URL"},
		{"example.com/hook", "begins with http"},
		{"ftp://example.com", "begins with http"},
		{"//example.com", "begins with http"},
		{"http:opaque", "host is missing"},
		{`http:\\example.com`, "host is missing"},
		{"http:///path", "host is missing"},
		{"http://:80/", "host is missing"},
		{"http://example.com:80@127.0.0.1/", "user information"},
		{"http://user@example.com/", "user information"},
		{"http://example.com/#", "fragment"},
		{"http://example.com/#top", "fragment"},
		{"http://[fe80::1%25eth0]/", "zone"},
		{"http://example.com:0/", "port"},
		{"http://example.com:65536/", "port"},
		{"http://example.com:99999999999999999999/", "port"},
		{"http://example.com:/", "port"},
		{"http://example.com:http/", "not a URL"},
		{"http://[::1/", "not a URL"},
		{"http://example.com/a b", "spaces"},
		{"http://example.com/\u3000", "spaces"},
		{"http://example.com/\r\nX: y", "control characters"},
		{"http://example.com/\xff", "control characters"},
		{"https://example.com/?key=" + shipbell.Mask, "masked"},
	} {
		subject := good()
		subject.Targets[0].URL = test.url
		err := subject.Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("URL %.60q: error %v, want one that says %q", test.url, err, test.want)
		}
		if fields := wrong(t, err); len(fields) > 0 && !cmp.Equal(fields, []string{"targets[0].url"}) {
			t.Errorf("URL %.60q: wrong fields %q", test.url, fields)
		}
	}
}

// header makes a header in clear.
func header(key string, values ...string) shipbell.Header {
	h := shipbell.Header{Key: key}
	for _, v := range values {
		h.Values = append(h.Values, shipbell.NewSecret(v))
	}
	return h
}

func TestTargetHeaders(t *testing.T) {
	t.Parallel()
	var many []shipbell.Header
	for i := range 33 {
		many = append(many, header(fmt.Sprintf("X-%d", i), "v"))
	}
	for _, test := range []struct {
		name    string
		headers []shipbell.Header
		want    []string
	}{
		{"plain", []shipbell.Header{header("Authorization", "Bearer x"), header("x_y.z!", "", "a\tb", "é")}, nil},
		{"32", many[:32], nil},
		{"33", many, []string{"headers"}},
		{"8 KiB", []shipbell.Header{header("A", strings.Repeat("v", 8191))}, nil},
		{"over 8 KiB", []shipbell.Header{header("A", strings.Repeat("v", 4095), strings.Repeat("v", 4096))}, []string{"headers"}},
		{"twice", []shipbell.Header{header("X-A", "1"), header("x-a", "2")}, []string{"headers[1].key"}},
		{"no values", []shipbell.Header{header("X-A")}, []string{"headers[0].values"}},
		{"names", []shipbell.Header{header("", "v"), header("a b", "v"), header("é", "v"), header("a:", "v"), header("a\r\nb", "v"), header("ok", "v")}, []string{
			"headers[0].key", "headers[1].key", "headers[2].key", "headers[3].key", "headers[4].key",
		}},
		{"values", []shipbell.Header{header("A", "ok", "a\nb", "a\rb", "a\x00", "a\x7f")}, []string{
			"headers[0].values[1]", "headers[0].values[2]", "headers[0].values[3]", "headers[0].values[4]",
		}},
		{"mask", []shipbell.Header{header("A", "ok", shipbell.Mask)}, []string{"headers[0].values[1]"}},
		{"unopened", []shipbell.Header{{Key: "A", Values: []shipbell.Secret{shipbell.UnopenedSecret("v1:xyz")}}}, nil},
	} {
		subject := good()
		subject.Targets[0].Headers = test.headers
		var want []string
		for _, field := range test.want {
			want = append(want, "targets[0]."+field)
		}
		if diff := cmp.Diff(want, wrong(t, subject.Validate())); diff != "" {
			t.Errorf("%s: wrong fields (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestReservedHeaders(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"Host", "content-type", "Content-Length", "CONTENT-ENCODING", "Transfer-Encoding", "TE", "Trailer", "Connection", "Keep-Alive", "Upgrade",
		"Expect", "Accept-Encoding", "Proxy-Authorization", "webhook-id", "Webhook-Anything", "X-Shipbell-Attempt",
	} {
		subject := good()
		subject.Targets[0].Headers = []shipbell.Header{header(key, "v")}
		if diff := cmp.Diff([]string{"targets[0].headers[0].key"}, wrong(t, subject.Validate())); diff != "" {
			t.Errorf("%s: wrong fields (-want +got):\n%s", key, diff)
		}
	}
	for _, key := range []string{"User-Agent", "Accept", "X-Webhook-Id", "Hostname", "Contents", "Proxy"} {
		subject := good()
		subject.Targets[0].Headers = []shipbell.Header{header(key, "v")}
		if err := subject.Validate(); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestTargetSecret(t *testing.T) {
	t.Parallel()
	key := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for secret, ok := range map[string]bool{
		"":                                       true,
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": true,
		key(24):                                  true,
		key(64):                                  true,
		key(23):                                  false,
		key(65):                                  false,
		strings.TrimPrefix(key(32), "whsec_"):    false,
		strings.TrimRight(key(32), "="):          false,
		"whsec_MfKQ9r8GKYqrTwjU\nPD8ILPZIo2LaLaSw": false,
		"whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw":   false,
		shipbell.Mask:                              false,
	} {
		subject := good()
		subject.Targets[0].Secret = shipbell.NewSecret(secret)
		fields := wrong(t, subject.Validate())
		if ok && fields != nil || !ok && !cmp.Equal(fields, []string{"targets[0].secret"}) {
			t.Errorf("secret %q: wrong fields %q", secret, fields)
		}
	}
	subject := good()
	subject.Targets[0].Secret = shipbell.UnopenedSecret("v1:xyz")
	if err := subject.Validate(); err != nil {
		t.Errorf("unopened secret: %v", err)
	}
}
