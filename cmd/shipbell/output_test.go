package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", ""},
		{"public/nginx:v1.10.0", "public/nginx:v1.10.0"},
		{`a\*"b"`, `a\*"b"`},
		{"触发器 ü 🔔", "触发器 ü 🔔"},
		{"\x1b[2J\x1b]0;owned\a", `\x1b[2J\x1b]0;owned\x07`},
		{"a\r\nb\tc\x00\x7f", `a\x0d\nb\tc\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"a\u202eb\u2066c\u200bd\ufeffe\u2028f", `a\u202eb\u2066c\u200bd\ufeffe\u2028f`},
		{"\U000e0041", `\U000e0041`},
		{"a\xffb\xc3", `a\xffb\xc3`},
		{"\ufffd", "\ufffd"},
	}
	for _, tt := range tests {
		if got := escape(tt.text); got != tt.want {
			t.Errorf("escape(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
	if got, want := escapeLines("a\n\tb\x1b\r"), "a\n\tb\\x1b\\x0d"; got != want {
		t.Errorf("escapeLines = %q, want %q", got, want)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31m\u202e\xff\U000e0041")
	f.Fuzz(func(t *testing.T, text string) {
		for _, escaped := range []string{escape(text), escapeBut(text, "")} {
			if strings.ContainsFunc(escaped, steers) {
				t.Errorf("%q became %q", text, escaped)
			}
		}
		document, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := escapeJSON(document)
		var before, after string
		if err := json.Unmarshal(document, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(safe), &after); err != nil || before != after {
			t.Errorf("%q became %q: %v", document, safe, err)
		}
		if strings.ContainsFunc(safe, steers) {
			t.Errorf("%q became %q", document, safe)
		}
	})
}

func TestTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	printTable(&b, []string{"ID", "NAME", "LAST"}, []string{"1", "a\tb\x1b", ""}, []string{"200", "", "x"})
	want := "ID   NAME      LAST\n1    a\\tb\\x1b  -\n200  -         x\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "four": "four", "fives": "fiv…", "触发器触发": "触发器…"} {
		if got := shorten(text, 4); got != want {
			t.Errorf("shorten(%q) = %q", text, got)
		}
	}
}
