package shipbell_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestTargetTemplates checks where there may be templates, and their names and sizes.
func TestTargetTemplates(t *testing.T) {
	t.Parallel()
	template := func(options shipbell.Options) shipbell.Target {
		return shipbell.Target{Format: shipbell.FormatTemplate, Template: "{}", Options: options}
	}
	headers := func(names ...string) shipbell.Options {
		var o shipbell.Options
		for _, name := range names {
			o.EventHeaders = append(o.EventHeaders, shipbell.Field{Name: name})
		}
		return o
	}
	query := func(names ...string) shipbell.Options {
		return shipbell.Options{Query: headers(names...).EventHeaders}
	}
	for _, test := range []struct {
		name   string
		target shipbell.Target
		want   []string
	}{
		{"a template", template(shipbell.Options{}), nil},
		{"none", shipbell.Target{Format: shipbell.FormatTemplate}, []string{"template"}},
		{"longest", shipbell.Target{Format: shipbell.FormatTemplate, Template: strings.Repeat("a", 16<<10)}, nil},
		{"too long", shipbell.Target{Format: shipbell.FormatTemplate, Template: strings.Repeat("a", 16<<10+1)}, []string{"template"}},
		{"of another format", shipbell.Target{Format: shipbell.FormatTCR, Template: "{}"}, []string{"template"}},
		{"content type of another format", shipbell.Target{Format: shipbell.FormatTCR, Options: shipbell.Options{ContentType: "application/json"}}, []string{"content_type"}},
		{"query", template(query("tag", "a b", "标签", "Tag")), nil},
		{"query of another format", shipbell.Target{Format: shipbell.FormatTCR, Options: query("tag")}, nil},
		{"query names", template(query("", "a\nb", "\xff", strings.Repeat("a", 256), "tag", "tag")), []string{
			"query[0].name", "query[1].name", "query[2].name", "query[3].name", "query[5].name",
		}},
		{"query too long", template(shipbell.Options{Query: []shipbell.Field{{Name: "a", Value: strings.Repeat("a", 1025)}}}), []string{"query[0].value"}},
		{"32 parameters", template(query(numbered(32)...)), nil},
		{"33 parameters", template(query(numbered(33)...)), []string{"query"}},
		{"headers", template(headers("X-Tag", "user-agent")), nil},
		{"header names", template(headers("", "a b", "Host", "content-type", "Webhook-Id", "x-shipbell-x", "X-Tag", "x-tag")), []string{
			"event_headers[0].name", "event_headers[1].name", "event_headers[2].name", "event_headers[3].name", "event_headers[4].name", "event_headers[5].name", "event_headers[7].name",
		}},
		{"a header that the target has", shipbell.Target{Format: shipbell.FormatTCR, Headers: []shipbell.Header{header("X-Tag", "v")}, Options: headers("x-tag")}, []string{"event_headers[0].name"}},
	} {
		subject := good()
		test.target.URL = "https://example.com/"
		subject.Targets = []shipbell.Target{test.target}
		var want []string
		for _, field := range test.want {
			want = append(want, "targets[0]."+field)
		}
		if diff := cmp.Diff(want, wrong(t, subject.Validate())); diff != "" {
			t.Errorf("%s: wrong fields (-want +got):\n%s", test.name, diff)
		}
	}
}

// numbered are names that differ.
func numbered(n int) []string {
	var names []string
	for i := range n {
		names = append(names, strings.Repeat("a", i+1))
	}
	return names
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	for contentType, ok := range map[string]bool{
		"":                                     true,
		"application/json":                     true,
		"Application/JSON; charset=UTF-8":      true,
		"application/vnd.kafka.json.v2+json":   true,
		"text/plain;charset=\"utf-8\"":         true,
		"application/x-www-form-urlencoded":    true,
		"text/html":                            false,
		"application/xml":                      false,
		"application/+json":                    false,
		"text/x+json":                          false,
		"multipart/form-data; boundary=a":      false,
		"application/json; charset=latin1":     false,
		"application/json; a=b":                false,
		"application/json; charset=utf-8; a=b": false,
		"application/json\r\nX-Evil: 1":        false,
		"json":                                 false,
	} {
		subject := good()
		subject.Targets = []shipbell.Target{{URL: "https://example.com/", Format: shipbell.FormatTemplate, Template: "{}", Options: shipbell.Options{ContentType: contentType}}}
		if got := wrong(t, subject.Validate()); slices.Equal(got, []string{"targets[0].content_type"}) == ok || len(got) > 1 {
			t.Errorf("%q: wrong fields %v, allowed %t", contentType, got, ok)
		}
	}
}

func TestJoinInvalid(t *testing.T) {
	t.Parallel()
	a, b := shipbell.InvalidField("a", text.OptionMissing), shipbell.InvalidField("b", text.OptionMissing)
	for name, test := range map[string]struct {
		errs []error
		want string
	}{
		"none":         {[]error{nil, nil}, "<nil>"},
		"one":          {[]error{nil, b}, b.Error()},
		"both":         {[]error{a, b}, a.Error() + "; b: is missing"},
		"another kind": {[]error{a, shipbell.NoRegistry("x"), b}, shipbell.NoRegistry("x").Error()},
		"no kind":      {[]error{errors.New("x"), b}, "x"},
		"no fields":    {[]error{nil, shipbell.NewError(shipbell.Invalid, text.OptionMissing)}, "is missing"},
	} {
		got := "<nil>"
		if err := shipbell.JoinInvalid(test.errs...); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
