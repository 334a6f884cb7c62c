package tcrapi_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestCondition(t *testing.T) {
	t.Parallel()
	const tcr, doublestar = pattern.TCR, pattern.Doublestar
	for _, test := range []struct {
		condition string
		rule      shipbell.Rule
	}{
		{".*", shipbell.Rule{Dialect: tcr}},
		{"golang", shipbell.Rule{Repository: "golang", Dialect: tcr}},
		{"release*", shipbell.Rule{Repository: "release*", Dialect: tcr}},
		{"**", shipbell.Rule{Repository: "**", Dialect: tcr}},
		{"/{path1, path2}*/**", shipbell.Rule{Repository: "/{path1, path2}*/**", Dialect: tcr}},
		{"{a,b}", shipbell.Rule{Repository: "{a,b}", Dialect: tcr}},
		{" nginx ", shipbell.Rule{Repository: " nginx ", Dialect: tcr}},
		{`{"tag":"v*"}`, shipbell.Rule{Tag: "v*", Dialect: tcr}},
		{`{"repository":"nginx*","tag":"v*"}`, shipbell.Rule{Repository: "nginx*", Tag: "v*", Dialect: tcr}},
		{`{"dialect":"doublestar"}`, shipbell.Rule{Dialect: doublestar}},
		{`{"dialect":"doublestar","repository":"a/**"}`, shipbell.Rule{Repository: "a/**", Dialect: doublestar}},
		{`{"repository":".*"}`, shipbell.Rule{Repository: ".*", Dialect: tcr}},
		{`{"repository":"{\"a\":1}"}`, shipbell.Rule{Repository: `{"a":1}`, Dialect: tcr}},
		{`{"tag":"a\u003cb"}`, shipbell.Rule{Tag: "a<b", Dialect: tcr}}, // as jsonencode has it
	} {
		got, err := tcrapi.ParseCondition(test.condition)
		if err != nil {
			t.Errorf("%s: %v", test.condition, err)
		}
		if diff := cmp.Diff(test.rule, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.condition, diff)
		}
		if got := tcrapi.Condition(test.rule); got != test.condition {
			t.Errorf("%+v is emitted as %s, want %s", test.rule, got, test.condition)
		}
	}
	for condition, says := range map[string]string{
		`{}`:                                "write .*,",
		`{"tag":""}`:                        "write .*,",
		`{"repository":"a"}`:                "write a,",
		`{"tag":"v*","repository":"a"}`:     `write {"repository":"a","tag":"v*"},`,
		`{"tag":"v*","dialect":"tcr"}`:      `write {"tag":"v*"},`,
		`{"tag":"a","tag":"b"}`:             "tag: is given twice",
		`{"TAG":"b"}`:                       "TAG: names are case-sensitive: write tag",
		`{"repository":"a<b"}`:              `write a<b,`,
		`{"tags":"v*"}`:                     "there is no such field",
		`{"tag":5}`:                         "is a JSON number",
		"{\"tag\":\"v*\"}\n":                `write {"tag":"v*"},`,
		"{\"tag\":\"\xff\"}":                "write {",
		`{"repository":{"repository":"a"}}`: "is a JSON object",
	} {
		if _, err := tcrapi.ParseCondition(condition); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s", condition, err, says)
		}
	}
}

// FuzzCondition proves that what is accepted comes back as it was sent, and what is
// emitted is accepted and means the same.
func FuzzCondition(f *testing.F) {
	f.Add(`{"dialect":"doublestar","repository":"a","tag":"v*"}`, "")
	f.Add(`{"repository":"{\"repository\":\"{}\"}"}`, "v*")
	f.Add("{a,b}*", ".*")
	f.Add(".*", `{"tag":"x"}`)
	f.Fuzz(func(t *testing.T, text, tag string) {
		rule, err := tcrapi.ParseCondition(text)
		if err == nil && text != "" {
			if got := tcrapi.Condition(rule); got != text {
				t.Errorf("%q comes back as %q", text, got)
			}
		}
		for _, rule := range []shipbell.Rule{
			{Repository: text, Dialect: pattern.TCR}, {Repository: text, Tag: tag, Dialect: pattern.Doublestar}, {Tag: tag, Dialect: pattern.TCR},
		} {
			said := shipbell.Trigger{Name: "a", Actions: []shipbell.Action{shipbell.PushImage}, Targets: []shipbell.Target{{URL: "http://a/"}}, Rule: rule}
			if said.Normalise(); said.Validate() != nil {
				continue
			}
			emitted := tcrapi.Condition(rule)
			if got, err := tcrapi.ParseCondition(emitted); err != nil || got != rule {
				t.Errorf("%+v is emitted as %q, which means %+v, %v", rule, emitted, got, err)
			}
		}
	})
}

func TestNamespaceID(t *testing.T) {
	t.Parallel()
	// Clients keep it: it may never change.
	if got := tcrapi.NamespaceID("public"); got != 2010184122 {
		t.Errorf("public is %d", got)
	}
	seen := map[int64]bool{}
	for _, name := range []string{"", "*", "public", "private", "{a,b}"} {
		if id := tcrapi.NamespaceID(name); id < 1 || id > 1<<31-1 || seen[id] {
			t.Errorf("%q is %d", name, id)
		} else {
			seen[id] = true
		}
	}
}

// TestDocumentedConditions holds the table of docs/tcr-api.md to the code.
func TestDocumentedConditions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/tcr-api.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(?: `([^`]+)`)? \\|(?: `([^`]+)`)? \\| (tcr|doublestar) \\|").FindAllStringSubmatch(string(text), -1)
	if len(rows) != 9 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		want := shipbell.Rule{Repository: row[2], Tag: row[3], Dialect: pattern.Dialect(row[4])}
		if got, err := tcrapi.ParseCondition(row[1]); err != nil || got != want {
			t.Errorf("%s means %+v, %v, want %+v", row[1], got, err, want)
		}
	}
}
