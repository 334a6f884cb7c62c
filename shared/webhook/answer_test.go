package webhook_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/webhook"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2020, 5, 10, 10, 30, 6, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"5":                              5 * time.Second,
		"007":                            7 * time.Second,
		"9223372036":                     9223372036 * time.Second,
		"9223372037":                     9223372036 * time.Second,
		"99999999999999999999999":        9223372036 * time.Second,
		"-5":                             0,
		"+5":                             0,
		"5s":                             0,
		"1.5":                            0,
		"1_000":                          0,
		"5, 6":                           0,
		"soon":                           0,
		"Sun, 10 May 2020 10:30:36 GMT":  30 * time.Second,
		"Sunday, 10-May-20 10:30:36 GMT": 30 * time.Second,
		"Sun May 10 10:30:36 2020":       30 * time.Second,
		"Sun, 10 May 2020 10:29:36 GMT":  0,
		"Mon, 01 Jan 0001 00:00:00 GMT":  0,
		"2020-05-10T10:30:36Z":           0,
	} {
		if got := webhook.RetryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 1023)
	for _, tt := range []struct{ name, body, want string }{
		{"nothing", "", ""},
		{"short", "ok\n\t\"<>", "ok\n\t\"<>"},
		{"at the limit", long + "b", long + "b"},
		{"over the limit", long + "bc", long + "b"},
		{"a character across the limit", long + "é", long},
		{"a character that just fits", long[1:] + "é", long[1:] + "é"},
		{"NUL and broken bytes", "a\x00b\xffc\xe9\x98", "a\uFFFDb\uFFFDc\uFFFD\uFFFD"},
		{"replaced bytes grow", strings.Repeat("\x00", 2000), strings.Repeat("\uFFFD", 341)},
		{"secret across the limit", long + "s3cr3t", long},
		{"secrets", "s3cr3t1=s3cr3t1s3cr3t2", "••••=••••••••"},
		{"short values stay", "1 true s3", "1 true s3"},
	} {
		if got := webhook.Excerpt([]byte(tt.body), []string{"", "1", "true", "s3cr3t1", "s3cr3t2", "s3cr3t"}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "5", "-1", "99999999999999999999", "Sun, 10 May 2020 10:30:36 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(seed, int64(sampleTime))
	}
	f.Fuzz(func(t *testing.T, text string, now int64) {
		if got := webhook.RetryAfter(text, time.Unix(now, 0)); got < 0 {
			t.Errorf("%q at %d: %v", text, now, got)
		}
	})
}

func FuzzExcerpt(f *testing.F) {
	for _, seed := range []string{"", "ok", "a\x00\xff", strings.Repeat("é", 600), strings.Repeat("a", 1022) + "阿", "s3cr3t"} {
		f.Add([]byte(seed), "s3cr3t")
	}
	f.Fuzz(func(t *testing.T, body []byte, secret string) {
		before := string(body)
		got := webhook.Excerpt(body, []string{secret})
		if len(got) > 1024 || !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Errorf("%q gives %q", body, got)
		}
		if string(body) != before {
			t.Errorf("the body was changed")
		}
		if plain := utf8.ValidString(before) && len(before) <= 1024 && !strings.ContainsRune(before, 0); plain && !strings.Contains(before, secret) && got != before {
			t.Errorf("%q gives %q", body, got)
		}
	})
}
