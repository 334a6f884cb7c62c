package shipbell_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestSetParameter puts a parameter in place of those of its name.
func TestSetParameter(t *testing.T) {
	for query, want := range map[string]string{
		"":                                 "sign=a%2F%3D",
		"access_token=x%2fy&b":             "access_token=x%2fy&b&sign=a%2F%3D",
		"sign=1&x=2&%73ign=3&sign&signs=4": "sign=a%2F%3D&x=2&signs=4",
		"&&%zz=1&":                         "&&%zz=1&&sign=a%2F%3D",
	} {
		if got := shipbell.SetParameter(query, "sign", "a/="); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func FuzzSetParameter(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "sign=&sign=1", "%zz&+=1", "a;b"} {
		f.Add(seed, "value")
	}
	f.Fuzz(func(t *testing.T, query, value string) {
		changed := shipbell.SetParameter(query, "sign", value)
		before, errBefore := url.ParseQuery(query)
		after, errAfter := url.ParseQuery(changed)
		before["sign"] = []string{value}
		if (errBefore == nil) != (errAfter == nil) && !strings.Contains(query, "sign") {
			t.Errorf("%q becomes %q: %v", query, changed, errAfter)
		}
		for name, values := range before {
			if !slices.Equal(after[name], values) {
				t.Errorf("%q becomes %q: %s is %q", query, changed, name, after[name])
			}
		}
	})
}
