package sign_test

import (
	"encoding/json"
	"reflect"
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
