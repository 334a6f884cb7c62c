package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func queried(query string) *api.Request {
	return &api.Request{Request: httptest.NewRequest(http.MethodGet, "/?"+query, nil)}
}

// invalid reports whether err is one that names this field alone.
func invalid(err error, field string) bool {
	var e *shipbell.Error
	return errors.As(err, &e) && e.Kind == shipbell.Invalid && len(e.Fields) == 1 && e.Fields[0].Field == field
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int{
		"": 100, "limit=": 100, "limit=1": 1, "limit=99": 99, "limit=100": 100, "limit=007": 7, "limit=5&limit=x": 5,
		"limit=0": 0, "limit=-1": 0, "limit=101": 0, "limit=x": 0, "limit=1.0": 0, "limit=1e1": 0, "limit=+": 0, "limit=99999999999999999999": 0, "limit=0x10": 0,
	} {
		got, err := api.Limit(queried(query), 100)
		if got != want || (err == nil) != (want != 0) || err != nil && !invalid(err, "limit") {
			t.Errorf("%q: %d, %v, want %d", query, got, err, want)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                               {},
		"2026-11-22T12:00:00Z":           noon,
		"2026-11-22T20:00:00+08:00":      noon,
		"2026-11-22T12:00:00.25Z":        noon.Add(250 * time.Millisecond),
		"1970-01-01T00:00:00Z":           time.Unix(0, 0),
		"9999-12-31T23:59:59Z":           time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		"2026-11-22T12:00:00.123456789Z": noon.Add(123456789),
	} {
		got, err := api.Time(queried("since="+url.QueryEscape(text)), "since")
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"yesterday", "2026-11-22", "2026-11-22T12:00:00", "2026-11-22 12:00:00Z", "1589106605", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
		"2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z", " 2026-11-22T12:00:00Z",
	} {
		if got, err := api.ParseTime("until", text); !invalid(err, "until") || !got.IsZero() {
			t.Errorf("%q: %v, %v, want it refused", text, got, err)
		}
	}
}

func newCursor(t testing.TB, query string) api.Cursor {
	t.Helper()
	keys, err := access.ParseSealKeys(strings.Repeat("A", 43) + "=")
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := access.NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return api.Cursor{Sealer: sealer, Query: query}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	here := newCursor(t, "triggers\x00default")
	sealed, err := here.Seal("42")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := here.Open(sealed); err != nil || got != "42" {
		t.Errorf("it opens as %q, %v", got, err)
	}
	if got, err := here.Open(""); err != nil || got != "" {
		t.Errorf("none opens as %q, %v", got, err)
	}
	if strings.Contains(sealed, "42") || strings.Contains(sealed, "default") || url.QueryEscape(sealed) != sealed {
		t.Errorf("the cursor %q tells something, or cannot stand in a URL as it is", sealed)
	}
	for _, query := range []string{"", "triggers\x00other", "deliveries\x00default", "triggers\x00default\x00"} {
		if got, err := newCursor(t, query).Open(sealed); shipbell.KindOf(err) != shipbell.Malformed || got != "" {
			t.Errorf("for %q it opens as %q, %v", query, got, err)
		}
	}
	// What else is sealed with the same key is no cursor, and no cursor is a secret.
	secret, err := here.Sealer.Seal("triggers\x00default", "secret")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := here.Open(secret); shipbell.KindOf(err) != shipbell.Malformed {
		t.Errorf("a sealed secret opens as the cursor %q, %v", got, err)
	}
	if got, err := here.Sealer.Open("triggers\x00default", sealed); err == nil {
		t.Errorf("a cursor opens as the secret %q", got)
	}
}

func FuzzCursorOpen(f *testing.F) {
	here := newCursor(f, "triggers\x00default")
	sealed, err := here.Seal("42")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"", "x", "s1..", "s1.x.y", sealed[:len(sealed)-1], "s1.00000000.AAAA", "s1.66687aad.", "\x00", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := here.Open(text)
		if text == "" {
			if err != nil || got != "" {
				t.Errorf("none opens as %q, %v", got, err)
			}
			return
		}
		if err == nil || got != "" || shipbell.KindOf(err) != shipbell.Malformed {
			t.Errorf("%q opens as %q, %v", text, got, err)
		}
	})
}
