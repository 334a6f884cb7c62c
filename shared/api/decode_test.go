package api_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// example is a request with a field of every sort.
type example struct {
	Name    string          `json:"name"`
	Count   int             `json:"count"`
	Ratio   float64         `json:"ratio"`
	Enabled *bool           `json:"enabled"`
	List    []inner         `json:"list"`
	Inner   inner           `json:"inner"`
	Map     map[string]bool `json:"map"`
	Secret  shipbell.Secret `json:"secret"`
}

type inner struct {
	Text    string            `json:"text"`
	Secrets []shipbell.Secret `json:"secrets"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const malformed, invalid, large = shipbell.Malformed, shipbell.Invalid, shipbell.TooLarge
	for _, test := range []struct {
		name, body string
		kind       shipbell.Kind // Internal for none
		message    string        // of the field if one is named, else of the error
		field      string
	}{
		{"nothing in it", `{}`, 0, "", ""},
		{"all fields", `{"name":"a","count":1,"ratio":1.5,"enabled":true,"list":[{"text":"b"}],"inner":{"secrets":["c"]},"map":{"d":true},"secret":"e"}`, 0, "", ""},
		{"white space around", " \r\n\t{\"name\":\"a\"}\r\n ", 0, "", ""},
		{"names that differ in case, in a map", `{"map":{"d":true,"D":true}}`, 0, "", ""},
		{"a name without letters", `{"":1}`, invalid, "there is no such field", `""`},
		{"a name in capitals", `{"NAME":"a"}`, invalid, "names are case-sensitive: write name", "NAME"},
		{"a name in other letters", `{"name":"a","Name":"b"}`, invalid, "names are case-sensitive: write name", "Name"},
		{"a name twice", `{"name":"a","name":"a"}`, invalid, "is given twice", "name"},
		{"a name twice, escaped", `{"name":"a","n\u0061me":"b"}`, invalid, "is given twice", "name"},
		{"a name twice below", `{"list":[{},{"text":"a","text":"b"}]}`, invalid, "is given twice", "list[1].text"},
		{"other letters below", `{"inner":{"Text":"b"}}`, invalid, "names are case-sensitive: write text", "inner.Text"},
		{"a name twice in a map", `{"map":{"d":true,"d":false}}`, invalid, "is given twice", "map.d"},
		{"null fields", `{"name":null,"enabled":null,"list":null}`, 0, "", ""},
		{"empty", "", malformed, "the request's body is not JSON: it is empty or cut short", ""},
		{"white space", " \n", malformed, "the request's body is not JSON: it is empty or cut short", ""},
		{"cut in an object", `{"name":"a"`, malformed, "the request's body is not JSON: it is empty or cut short", ""},
		{"cut in a text", `{"name":"a`, malformed, "the request's body is not JSON: it is empty or cut short", ""},
		{"not JSON", "name=a", malformed, "the request's body is not JSON: invalid character 'a' in literal null (expecting 'u') at byte 2", ""},
		{"a comma too many", `{"name":"a",}`, malformed, "the request's body is not JSON: invalid character '}' looking for beginning of object key string at byte 13", ""},
		{"two objects", `{} {}`, malformed, "the request's body goes on after the JSON value", ""},
		{"text after it", `{} x`, malformed, "the request's body goes on after the JSON value", ""},
		{"a bracket after it", `{}]`, malformed, "the request's body goes on after the JSON value", ""},
		{"nested too deep", strings.Repeat("[", 10_001), malformed, "", ""},
		{"null", "null", malformed, "the request's body is a JSON null, but should be an object", ""},
		{"null with white space", " null\n", malformed, "the request's body is a JSON null, but should be an object", ""},
		{"an array", "[]", malformed, "the request's body is a JSON array, but should be an object", ""},
		{"a text", `"a"`, malformed, "the request's body is a JSON string, but should be an object", ""},
		{"a number", "1", malformed, "the request's body is a JSON number, but should be an object", ""},
		{"true", "true", malformed, "the request's body is a JSON bool, but should be an object", ""},
		{"unknown field", `{"nmae":"a"}`, invalid, "there is no such field", "nmae"},
		{"unknown field within", `{"inner":{"txt":"a"}}`, invalid, "there is no such field", "txt"},
		{"unknown field with quotes", `{"a\"b":1}`, invalid, "there is no such field", `a\"b`},
		{"number for a text", `{"name":1}`, invalid, "is a JSON number, but should be a string", "name"},
		{"object for a text", `{"name":{}}`, invalid, "is a JSON object, but should be a string", "name"},
		{"text for a number", `{"count":"1"}`, invalid, "is a JSON string, but should be a number", "count"},
		{"fraction for a whole number", `{"count":1.5}`, invalid, "is a JSON number 1.5, but should be a whole number", "count"},
		{"text for a fraction", `{"ratio":"1"}`, invalid, "is a JSON string, but should be a number", "ratio"},
		{"number too large", `{"count":1e99}`, invalid, "is a JSON number 1e99, but should be a whole number", "count"},
		{"text for a bool", `{"enabled":"true"}`, invalid, "is a JSON string, but should be a bool", "enabled"},
		{"object for an array", `{"list":{}}`, invalid, "is a JSON object, but should be an array", "list"},
		{"text in an array", `{"list":[{},"a"]}`, invalid, "is a JSON string, but should be an object", "list"},
		{"number within an array", `{"list":[{"text":1}]}`, invalid, "is a JSON number, but should be a string", "list.text"},
		{"array for an object", `{"inner":[]}`, invalid, "is a JSON array, but should be an object", "inner"},
		{"text for a map", `{"map":"a"}`, invalid, "is a JSON string, but should be an object", "map"},
		{"text in a map", `{"map":{"a":"b"}}`, invalid, "is a JSON string, but should be a bool", "map"},
		{"number for a secret", `{"secret":42}`, invalid, "is a JSON number, but should be a string", "secret"},
		{"number among secrets", `{"inner":{"secrets":["a",42]}}`, invalid, "is a JSON number, but should be a string", "inner.secrets"},
		{"as large as may be", `{"name":"` + strings.Repeat("a", 256<<10-11) + `"}`, 0, "", ""},
		{"one byte too large", `{"name":"` + strings.Repeat("a", 256<<10-10) + `"}`, large, "the request's body is larger than 256 KiB", ""},
	} {
		for _, sized := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
			if !sized {
				r.ContentLength = -1
			}
			err := api.Decode(r, new(example))
			name := fmt.Sprintf("%s, its length known: %t", test.name, sized)
			if test.kind == shipbell.Internal {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			var e *shipbell.Error
			if !errors.As(err, &e) || e.Kind != test.kind {
				t.Errorf("%s: %v, want one of kind %d", name, err, test.kind)
				continue
			}
			message, field := e.Message.String(), ""
			if len(e.Fields) > 0 {
				message, field = e.Fields[0].Message.String(), e.Fields[0].Field
			}
			if field != test.field || test.message != "" && message != test.message {
				t.Errorf("%s: %q %q, want %q %q", name, field, message, test.field, test.message)
			}
		}
	}
}

func TestDecodeKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	got := example{Name: "a", Inner: inner{Text: "b"}}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"count":2,"inner":{}}`))
	if err := api.Decode(r, &got); err != nil {
		t.Fatal(err)
	}
	want := example{Name: "a", Count: 2, Inner: inner{Text: "b"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(shipbell.Secret{})); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		body   io.Reader
		length int64 // as the request says
		want   string
		kind   shipbell.Kind
	}{
		{"empty", strings.NewReader(""), 0, "", 0},
		{"short", strings.NewReader("abc"), 3, "abc", 0},
		{"of unknown length", strings.NewReader("abc"), -1, "abc", 0},
		{"byte by byte", iotest.OneByteReader(strings.NewReader("abcdefgh")), -1, "abcdefgh", 0},
		{"as long as may be", strings.NewReader("abcdefgh"), 8, "abcdefgh", 0},
		{"too long", strings.NewReader("abcdefghi"), 9, "", shipbell.TooLarge},
		{"too long, which is not said", strings.NewReader("abcdefghi"), -1, "", shipbell.TooLarge},
		{"too long, said but not sent", iotest.ErrReader(errors.New("must not be read")), 1 << 40, "", shipbell.TooLarge},
		{"broken off", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), 8, "", shipbell.Malformed},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", test.body)
		r.ContentLength = test.length
		got, err := api.ReadBody(r, 8)
		if string(got) != test.want || (err != nil) != (test.kind != 0) || err != nil && shipbell.KindOf(err) != test.kind {
			t.Errorf("%s: %q, %v, want %q and the kind %d", test.name, got, err, test.want, test.kind)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		"", "null", "{}", "[]", `{"name":1}`, `{"a\"b":1}`, `{"list":[{"text":"a","secrets":["b"]}]}`, `{"enabled":null}{}`, `{"name":"\ud800"}`,
		`{"count":1e99}`, `{"NAME":"a"}`, "\ufeff{}", "{\"name\":\"\xff\"}", `{"secret":42}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var value example
		err := api.DecodeBytes(body, &value)
		if err == nil {
			return
		}
		var e *shipbell.Error
		if !errors.As(err, &e) || e.Message.IsZero() {
			t.Fatalf("%q gives %v, which says nothing to a user", body, err)
		}
		named := len(e.Fields) == 1 && !e.Fields[0].Message.IsZero()
		if e.Kind != shipbell.Malformed && !(e.Kind == shipbell.Invalid && named) {
			t.Errorf("%q gives %v of kind %d", body, err, e.Kind)
		}
	})
}
