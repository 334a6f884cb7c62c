package shipbell_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// wrong gives the fields of an Invalid error, in order.
func wrong(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var e *shipbell.Error
	if !errors.As(err, &e) || e.Kind != shipbell.Invalid || e.Message.IsZero() {
		t.Fatalf("error %#v is not Invalid", err)
	}
	var fields []string
	for _, f := range e.Fields {
		if f.Message.IsZero() {
			t.Errorf("%s: no message", f.Field)
		}
		fields = append(fields, f.Field)
	}
	return fields
}

// good makes a trigger that is valid in every field.
func good() *shipbell.Trigger {
	return &shipbell.Trigger{
		Name: "webhook-demo", Description: "推送镜像\n\t通知", Enabled: true,
		Actions: []shipbell.Action{shipbell.PushImage, shipbell.UploadChart},
		Rule:    shipbell.Rule{Namespace: "public", Repository: "nginx*", Tag: "v*", Dialect: pattern.TCR},
		Targets: []shipbell.Target{{
			URL:     "https://ci.example.com/hook?token=x",
			Headers: []shipbell.Header{{Key: "Authentication", Values: []shipbell.Secret{shipbell.NewSecret("xxxx")}}},
			Format:  shipbell.FormatTCR,
			Secret:  shipbell.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))),
		}},
	}
}

func TestTriggerValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*shipbell.Trigger)
		want   []string
	}{
		{"good", func(*shipbell.Trigger) {}, nil},
		{"no name", func(t *shipbell.Trigger) { t.Name = "" }, []string{"name"}},
		{"capital", func(t *shipbell.Trigger) { t.Name = "Demo" }, []string{"name"}},
		{"first character", func(t *shipbell.Trigger) { t.Name = "-demo" }, []string{"name"}},
		{"accent", func(t *shipbell.Trigger) { t.Name = "dém" }, []string{"name"}},
		{"longest name", func(t *shipbell.Trigger) { t.Name = strings.Repeat("0", 64) }, nil},
		{"long name", func(t *shipbell.Trigger) { t.Name = strings.Repeat("a", 65) }, []string{"name"}},
		{"every character", func(t *shipbell.Trigger) { t.Name = "0a-._z9" }, nil},
		{"longest description", func(t *shipbell.Trigger) { t.Description = strings.Repeat("描", 1024) }, nil},
		{"long description", func(t *shipbell.Trigger) { t.Description = strings.Repeat("描", 1025) }, []string{"description"}},
		{"control character", func(t *shipbell.Trigger) { t.Description = "a\x1b[0m" }, []string{"description"}},
		{"not UTF-8", func(t *shipbell.Trigger) { t.Description = "\xff" }, []string{"description"}},
		{"no actions", func(t *shipbell.Trigger) { t.Actions = nil }, []string{"actions"}},
		{"unknown action", func(t *shipbell.Trigger) { t.Actions[1] = "push" }, []string{"actions[1]"}},
		{"action twice", func(t *shipbell.Trigger) { t.Actions[1] = t.Actions[0] }, []string{"actions[1]"}},
		{"patterns", func(t *shipbell.Trigger) { t.Rule = shipbell.Rule{Namespace: "[", Repository: "a/", Tag: "/"} }, []string{"rule.namespace", "rule.repository", "rule.tag"}},
		{"dialect", func(t *shipbell.Trigger) { t.Rule = shipbell.Rule{Tag: "/", Dialect: "regexp"} }, []string{"rule.dialect"}},
		{"other dialect", func(t *shipbell.Trigger) { t.Rule = shipbell.Rule{Tag: "/", Dialect: "doublestar"} }, nil},
		{"no targets", func(t *shipbell.Trigger) { t.Targets = nil }, []string{"targets"}},
		{"ten targets", func(t *shipbell.Trigger) { t.Targets = targets(10) }, nil},
		{"eleven targets", func(t *shipbell.Trigger) { t.Targets = targets(11) }, []string{"targets"}},
		{"same URL", func(t *shipbell.Trigger) { t.Targets = append(targets(2), targets(1)...) }, []string{"targets[2].url"}},
		{"format", func(t *shipbell.Trigger) { t.Targets[0].Format = "xml" }, []string{"targets[0].format"}},
		{"cloudevents", func(t *shipbell.Trigger) { t.Targets[0].Format = shipbell.FormatCloudEvents }, nil},
		{"template", func(t *shipbell.Trigger) { t.Targets[0].Template = "{{.}}" }, []string{"targets[0].template"}},
		{"ed25519 key", func(t *shipbell.Trigger) { t.Targets[0].Secret = shipbell.NewSecret(thirdSecret) }, nil},
		{"header of auth", func(t *shipbell.Trigger) {
			t.Targets[0].Auth = shipbell.Auth{Scheme: shipbell.AuthToken, Header: "authentication"}
		}, []string{"targets[0].headers[0].key"}},
		{"event header of auth", func(t *shipbell.Trigger) {
			t.Targets[0].Auth = shipbell.Auth{Scheme: shipbell.AuthToken, Header: "X-Token"}
			t.Targets[0].EventHeaders = []shipbell.Field{{Name: "x-token", Value: "x"}}
		}, []string{"targets[0].event_headers[0].name"}},
		{"everything", func(t *shipbell.Trigger) {
			*t = shipbell.Trigger{Description: "\x00", Actions: []shipbell.Action{"x"}, Rule: shipbell.Rule{Tag: "{"}, Targets: []shipbell.Target{{
				Headers: []shipbell.Header{{}}, Template: "x", Secret: shipbell.NewSecret("x"),
			}}}
		}, []string{
			"name", "description", "actions[0]", "rule.tag", "targets[0].url", "targets[0].headers[0].key",
			"targets[0].headers[0].values", "targets[0].format", "targets[0].template", "targets[0].secret",
		}},
	} {
		subject := good()
		test.change(subject)
		if diff := cmp.Diff(test.want, wrong(t, subject.Validate())); diff != "" {
			t.Errorf("%s: wrong fields (-want +got):\n%s", test.name, diff)
		}
	}
}

// targets makes n valid targets.
func targets(n int) []shipbell.Target {
	var all []shipbell.Target
	for i := range n {
		all = append(all, shipbell.Target{URL: fmt.Sprintf("http://example.com/%d", i), Format: shipbell.FormatTCR})
	}
	return all
}

func TestFormatMessageListsFormats(t *testing.T) {
	t.Parallel()
	subject := good()
	subject.Targets[0].Format = "xml"
	err := subject.Validate()
	for _, format := range shipbell.Formats() {
		if err == nil || !strings.Contains(err.Error(), string(format)) {
			t.Errorf("error %v does not list %s", err, format)
		}
	}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	subject := &shipbell.Trigger{Targets: []shipbell.Target{{}, {Format: shipbell.FormatCloudEvents, Headers: []shipbell.Header{{Key: "A"}}}}}
	subject.Normalise()
	got, err := json.Marshal(subject)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"actions":[]`, `"dialect":"tcr"`, `"headers":[],"format":"tcr"`, `"headers":[{"key":"A","values":[]}],"format":"cloudevents"`,
	} {
		if !strings.Contains(string(got), part) {
			t.Errorf("no %s in %s", part, got)
		}
	}
	empty := &shipbell.Trigger{Rule: shipbell.Rule{Dialect: pattern.Doublestar}}
	empty.Normalise()
	if empty.Targets == nil || empty.Rule.Dialect != pattern.Doublestar {
		t.Errorf("normalised to %+v", empty)
	}
}

func TestRegistryValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id, host string
		want     []string
	}{
		{"default", "reg.example.com", nil},
		{"default", "reg.example.com:5000", nil},
		{"default", "localhost:5000/team/a", nil},
		{"default", "[::1]:5000", nil},
		{"a.b", strings.Repeat("a", 255), nil},
		{"a.b", strings.Repeat("a", 256), []string{"host"}},
		{"", "", []string{"id", "host"}},
		{"Default", "reg", []string{"id"}},
		{"a/b", "reg", []string{"id"}},
		{"a", "https://reg.example.com", []string{"host"}},
		{"a", "reg example.com", []string{"host"}},
		{"a", "reg.example.com/", []string{"host"}},
		{"a", "reg.example.com//a", []string{"host"}},
		{"a", "/a", []string{"host"}},
		{"a", "reg:0", []string{"host"}},
		{"a", "reg:65536", []string{"host"}},
		{"a", "reg:", []string{"host"}},
		{"a", "reg:port", []string{"host"}},
		{"a", "user@reg", []string{"host"}},
		{"a", "reg?x", []string{"host"}},
		{"a", "reg#x", []string{"host"}},
		{"a", "rég", []string{"host"}},
	} {
		r := shipbell.Registry{ID: test.id, Host: test.host}
		if diff := cmp.Diff(test.want, wrong(t, r.Validate())); diff != "" {
			t.Errorf("%q %q: wrong fields (-want +got):\n%s", test.id, test.host, diff)
		}
	}
}

func TestAccessKeyValidate(t *testing.T) {
	t.Parallel()
	many := strings.Split(strings.Repeat("a,", 100)+"a", ",")
	for _, test := range []struct {
		key  shipbell.AccessKey
		want []string
	}{
		{shipbell.AccessKey{Role: shipbell.RoleAdmin}, nil},
		{shipbell.AccessKey{Role: shipbell.RoleViewer, Registries: many[1:]}, nil},
		{shipbell.AccessKey{Role: shipbell.RoleIngest, Registries: many}, []string{"registries"}},
		{shipbell.AccessKey{Role: "root", Registries: []string{"a", "B"}, Description: "\x00"}, []string{"role", "registries[1]", "description"}},
	} {
		if diff := cmp.Diff(test.want, wrong(t, test.key.Validate())); diff != "" {
			t.Errorf("%+v: wrong fields (-want +got):\n%s", test.key, diff)
		}
	}
}
