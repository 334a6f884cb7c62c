package sign_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/sign"
)

// TestFeishuBody adds the fields behind the others, which stay as they are written.
func TestFeishuBody(t *testing.T) {
	const added = `"timestamp":"1","sign":"s="}`
	for body, want := range map[string]string{
		`{}`:                               `{` + added,
		" {\n}\n":                          `{` + added,
		`{"b":1.00,"a":"\u00e9<&>é"}`:      `{"b":1.00,"a":"\u00e9<&>é",` + added,
		"{\n  \"b\": [1, 2],\n \"a\" : 1}": `{"b": [1, 2],"a" : 1,` + added,
		`{"a":1,"a":2}`:                    `{"a":1,"a":2,` + added,
		`{"sign":"old","a":{"sign":1},"t\u0069mestamp":2}`: `{"a":{"sign":1},` + added,
		`{"timestamp":1}`: `{` + added,
		`[]`:              "", `"{}"`: "", `1`: "", ``: "", `{`: "", `{}{}`: "", `{"a"}`: "", "\ufeff{}": "",
	} {
		got, ok := sign.SetSign([]byte(body), "1", "s=")
		if string(got) != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", body, got, ok)
		}
	}
}

func FuzzFeishuBody(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"a":1}`, ` {"sign":{},"b":"é\ud800","timestamp" : 1 } `, `{"a":1,"a":2,"":[{}]}`, "{\"\xff\":1e400}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var before, after map[string]any
		isObject := json.Unmarshal(body, &before) == nil && before != nil
		changed, ok := sign.SetSign(body, "1589106605", "Yt2J/+=")
		if !ok {
			if isObject {
				t.Fatalf("%q is an object", body)
			}
			return
		}
		if !json.Valid(changed) {
			t.Fatalf("%q becomes %q", body, changed)
		}
		if !isObject { // a number that Go has no type for
			return
		}
		if err := json.Unmarshal(changed, &after); err != nil {
			t.Fatal(err)
		}
		before["timestamp"], before["sign"] = "1589106605", "Yt2J/+="
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%q becomes %q", body, changed)
		}
		if again, _ := sign.SetSign(changed, "1589106605", "Yt2J/+="); string(again) != string(changed) {
			t.Errorf("%q becomes %q", changed, again)
		}
	})
}

// TestQuery puts a parameter in place of those of its name.
func TestQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":                                 "sign=a%2F%3D",
		"access_token=x%2fy&b":             "access_token=x%2fy&b&sign=a%2F%3D",
		"sign=1&x=2&%73ign=3&sign&signs=4": "x=2&signs=4&sign=a%2F%3D",
		"&&%zz=1&":                         "%zz=1&sign=a%2F%3D",
	} {
		if got := sign.SetQuery(query, "sign", "a/="); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "sign=&sign=1", "%zz&+=1", "a;b"} {
		f.Add(seed, "value")
	}
	f.Fuzz(func(t *testing.T, query, value string) {
		changed := sign.SetQuery(query, "sign", value)
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
