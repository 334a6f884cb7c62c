package shipbell_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://Example.COM":              "https://example.com",
		"HTTPS://Example.com:8443/A?B=C":   "https://example.com:8443/A?B=C",
		"https://BÜCHER.example/":          "https://xn--bcher-kva.example/",
		"https://Bücher.example:8080/x":    "https://xn--bcher-kva.example:8080/x",
		"https://例え。テスト/":                  "https://xn--r8jz45g.xn--zckzah/",
		"http://①②⑦.⓪.⓪.①/":                "http://127.0.0.1/",
		"http://[::1]:80/":                 "http://[::1]:80/",
		"https://e.example/a%2Fb":          "https://e.example/a%2Fb",
		"https://e.example/a%2fb/é":        "https://e.example/a%2fb/%C3%A9",
		"https://e.example/中文?q=中文&r=%2F":  "https://e.example/%E4%B8%AD%E6%96%87?q=%E4%B8%AD%E6%96%87&r=%2F",
		"https://e.example/a|b/%2F":        "https://e.example/a%7Cb/%2F",
		"https://e.example/?q={\"a\":1}":   "https://e.example/?q={\"a\":1}",
		"https://e.example?":               "https://e.example?",
		"https://e.example/%7Ename/:x;y=z": "https://e.example/%7Ename/:x;y=z",
	} {
		u, err := shipbell.ParseURL(raw)
		if err != nil || u.String() != want {
			t.Errorf("%s becomes %v, %v; want %s", raw, u, err, want)
			continue
		}
		if again, err := shipbell.ParseURL(want); err != nil || again.String() != want {
			t.Errorf("%s changes once more, to %v, %v", want, again, err)
		}
	}
	for _, raw := range []string{"https://xn--\u00fc.example/", "https://e.example/%zz"} {
		if u, err := shipbell.ParseURL(raw); err == nil {
			t.Errorf("%s becomes %s", raw, u)
		}
	}
}

// FuzzParseURL: the form of a form is the same, and is ASCII.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"https://BÜCHER.example/a%2Fb/é?q=é", "http://[::1%25eth0]/", "http://①②⑦.⓪.⓪.①/|", "x:y", "//h/p?", "https://e/\\%2F"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := shipbell.ParseURL(raw)
		if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" || u.Host == "" {
			return
		}
		form := u.String()
		for _, c := range []byte(form) {
			if c <= ' ' || c > '~' {
				t.Fatalf("%q becomes %q", raw, form)
			}
		}
		again, err := shipbell.ParseURL(form)
		if err != nil || again.String() != form {
			t.Errorf("%q becomes %q, and that %v, %v", raw, form, again, err)
		}
	})
}

func TestSecretPathOfAHostInOtherLetters(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"HOOKS.slack.com.", "hooks。slack。com", "ｈooks.slack.com"} {
		if !shipbell.SecretPathHost(host) {
			t.Errorf("%s is not known", host)
		}
	}
}
