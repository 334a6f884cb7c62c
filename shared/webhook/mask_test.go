package webhook_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

// echoes are forms in which a target may send back a text that it was sent.
func echoes() map[string]func(string) string {
	inJSON := func(text string) string {
		quoted, _ := json.Marshal(text) // a string always encodes
		return string(quoted)
	}
	everyByte := func(format string) func(string) string {
		return func(text string) string {
			var b strings.Builder
			for i := range len(text) {
				fmt.Fprintf(&b, format, text[i])
			}
			return b.String()
		}
	}
	return map[string]func(string) string{
		"as it is":            func(text string) string { return text },
		"upper case":          strings.ToUpper,
		"lower case":          strings.ToLower,
		"JSON":                inJSON,
		"JSON in JSON":        func(text string) string { return inJSON(inJSON(text)) },
		"JSON, slashes":       func(text string) string { return strings.ReplaceAll(inJSON(text), "/", `\/`) },
		"JSON, ASCII alone":   asciiJSON,
		"query":               url.QueryEscape,
		"query twice":         func(text string) string { return url.QueryEscape(url.QueryEscape(text)) },
		"path":                url.PathEscape,
		"every byte escaped":  everyByte("%%%02x"),
		"JavaScript":          everyByte(`\x%02X`),
		"HTML":                html.EscapeString,
		"HTML, numbers":       everyByteOfASCII("&#%d;"),
		"HTML of JSON":        func(text string) string { return html.EscapeString(inJSON(text)) },
		"query of JSON":       func(text string) string { return url.QueryEscape(inJSON(text)) },
		"hexadecimal":         func(text string) string { return hex.EncodeToString([]byte(text)) },
		"base64":              func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"base64 of a URL":     func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) },
		"base64 of more":      func(text string) string { return base64.StdEncoding.EncodeToString([]byte("x-token=" + text + "!")) },
		"base64 of more, two": func(text string) string { return base64.StdEncoding.EncodeToString([]byte("token: " + text + "\r\n")) },
	}
}

// asciiJSON is a JSON string in which everything but ASCII is \uXXXX, as in Python.
func asciiJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			fmt.Fprintf(&b, `\%c`, r)
		case r < ' ' || r > '~' && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func everyByteOfASCII(format string) func(string) string {
	return func(text string) string {
		var b strings.Builder
		for _, r := range text {
			fmt.Fprintf(&b, format, r)
		}
		return b.String()
	}
}

// TestEveryFormIsMasked sends every part of every secret of a target back in every
// form.
func TestEveryFormIsMasked(t *testing.T) {
	const signing = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	basic := base64.StdEncoding.EncodeToString([]byte("user:s3cr3t-pass-0003"))
	target := shipbell.Target{
		Headers: []shipbell.Header{
			{Key: "Authorization", Values: secrets("Bearer s3cr3t-token-0001")},
			{Key: "Proxy-Key", Values: secrets("Basic " + basic)},
			{Key: "X-Api-Key", Values: secrets(`s3cr3t"quo\te/0002`, "第二个密钥 0004", "s3cr3t%41&amp;0005")},
			{Key: "Cookie", Values: secrets(`session=s3cr3t-0006; csrf="s3cr3t-0007"`)},
			{Key: "X-Token", Values: secrets(`Token token="s3cr3t-0008", nonce=s3cr3t-0009`)},
			{Key: "X-Stage", Values: secrets("prod")},
		},
		Secret: shipbell.NewSecret("whsec_" + signing), PathSecret: true,
	}
	parts := []string{
		"Bearer s3cr3t-token-0001", "s3cr3t-token-0001", "Basic " + basic, basic, "user:s3cr3t-pass-0003", "s3cr3t-pass-0003",
		`s3cr3t"quo\te/0002`, "第二个密钥 0004", "s3cr3t%41&amp;0005", "s3cr3t-0006", "s3cr3t-0007", "s3cr3t-0008", "s3cr3t-0009",
		"whsec_" + signing, signing, "01234567890123456789012345678901",
		"s3cr3t%2Dquery-0010", "s3cr3t-query-0010", "s3cr3t-alone-0011", "bot12345:s3cr3t-0012", "12345:s3cr3t-0012", "s3cr3t-0012", "s3cr3t%2Fpath-0013", "s3cr3t/path-0013",
	}
	var answer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	defer server.Close()
	target.URL = server.URL + "/bot12345:s3cr3t-0012/s3cr3t%2Fpath-0013/hook?key=s3cr3t%2Dquery-0010&s3cr3t-alone-0011&n=1"
	sender := newSender(safehttp.Options{})
	for form, echo := range echoes() {
		for _, part := range parts {
			answer = `prod hook, n=1: "` + echo(part) + `".`
			got := sender.Send(t.Context(), sample(shipbell.FormatTCR), target, 1).Response
			around, found := strings.CutPrefix(got, `prod hook, n=1: "`)
			// Of base64, characters at the borders hold bits of what is around it.
			left := strings.NewReplacer(shipbell.Mask, "", "&#34;", "", "%22", "").Replace(around)
			if !found || !strings.Contains(around, shipbell.Mask) || !strings.HasPrefix(form, "base64") && strings.ContainsAny(left, "013456789") || len(left) > 20 {
				t.Errorf("%s of %q is shown as %s", form, part, got)
			}
		}
	}
}

// TestSecretPathsAreMasked sends a path back: only one that is secret is masked.
func TestSecretPathsAreMasked(t *testing.T) {
	for host, want := range map[string]string{
		"http://hooks.slack.com": "•••• and ••••", "http://open.feishu.cn": "•••• and ••••", "http://api.telegram.org": "•••• and ••••",
		"http://ci.example.com": "services/T024BE7LD/s3cr3t-path and s3cr3t-path",
	} {
		req, err := http.NewRequest(http.MethodPost, host+"/services/T024BE7LD/s3cr3t-path", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer := []byte("services/T024BE7LD/s3cr3t-path and s3cr3t-path")
		if got := webhook.Excerpt(answer, webhook.SecretsOf(req, shipbell.Target{}, nil)); got != want {
			t.Errorf("%s is shown %q, want %q", host, got, want)
		}
	}
}

// TestCutSecretIsMasked cuts an answer within a secret.
func TestCutSecretIsMasked(t *testing.T) {
	const secret = "s3cr3t-token-0001"
	for n := 8; n < len(secret); n++ {
		if got := webhook.Excerpt([]byte("token="+secret[:n]), []string{secret}); got != "token="+shipbell.Mask {
			t.Errorf("of %d bytes is shown %q", n, got)
		}
	}
}

// FuzzNoFormSurvives echoes a secret of at least 8 bytes in every form within a text.
func FuzzNoFormSurvives(f *testing.F) {
	for _, seed := range []string{"s3cr3t-0001", `s3cr3t"quote`, "s3cr3t/+=&%41", `C:\new\users`, "密钥密钥", "&lt;&#x41;&amp;amp;", "%25%2525252541", `\\\\u0041""`, "aaaaaaaaaaaa", "Bearer abcdefgh", "\xff\xfe12345678"} {
		f.Add("before ", seed, " after")
	}
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		secret = strings.TrimSpace(secret)
		if len(secret) < 8 || !shipbell.ValidHeader("X-Token", secret) || strings.Contains(secret, "•") || len(before)+len(secret)+len(after) > 100 {
			return
		}
		for form, echo := range echoes() {
			if !utf8.ValidString(secret) && (strings.Contains(form, "JSON") || strings.Contains(form, "HTML") || strings.Contains(form, "case")) {
				continue // such a form changes the text itself
			}
			if strings.Contains(form, "numbers") && strings.ContainsFunc(secret, func(r rune) bool { return r >= 0x80 && r < 0xa0 }) {
				continue // HTML takes their numbers for those of Windows' characters
			}
			sent := echo(secret)
			got := webhook.Excerpt([]byte(before+" "+sent+" "+after), []string{secret})
			if !strings.Contains(got, shipbell.Mask) {
				t.Fatalf("%s of %q, %q, is shown as %q", form, secret, sent, got)
			}
			if strings.Contains(strings.ToLower(got), strings.ToLower(secret)) || len(sent) > 12 && strings.Contains(got, sent) {
				t.Fatalf("%s of %q, %q, survives in %q", form, secret, sent, got)
			}
		}
	})
}
