package shipbell_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func reveal(t *testing.T, s shipbell.Secret) string {
	t.Helper()
	text, err := s.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestChange puts stored secrets in place of masks for the same origin, and refuses a
// mask anywhere else.
func TestChange(t *testing.T) {
	t.Parallel()
	const key = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	mask := shipbell.NewSecret(shipbell.Mask)
	old := *good()
	old.Targets = []shipbell.Target{
		{URL: "https://a.example.com/1", Secret: shipbell.NewSecret(key), Headers: []shipbell.Header{header("X-Token", "one", "two")}},
		{URL: "https://b.example.com/1"},
	}
	old.Normalise()
	old.NumberTargets()
	for _, test := range []struct {
		name, url string
		header    shipbell.Header
		wrong     []string
	}{
		{"as it was", "https://a.example.com/1", header("X-Token", shipbell.Mask, shipbell.Mask), nil},
		{"another path, port written out", "https://a.example.com:443/2", header("x-token", shipbell.Mask), nil},
		{"another host", "https://b.example.com/2", header("X-Token", shipbell.Mask), []string{"targets[0].secret", "targets[0].headers[0].values[0]"}},
		{"another header", "https://a.example.com/1", header("X-Other", shipbell.Mask), []string{"targets[0].headers[0].values[0]"}},
		{"a value more", "https://a.example.com/1", header("X-Token", "x", shipbell.Mask, shipbell.Mask), []string{"targets[0].headers[0].values[2]"}},
	} {
		changed := old.Clone()
		changed.Targets = []shipbell.Target{{URL: test.url, Secret: mask, Headers: []shipbell.Header{test.header}}}
		err := changed.Change(old, time.Now())
		if test.wrong != nil {
			if diff := cmp.Diff(test.wrong, wrong(t, err)); diff != "" {
				t.Errorf("%s: wrong fields (-want +got):\n%s", test.name, diff)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := reveal(t, changed.Targets[0].Secret); got != key {
			t.Errorf("%s: the signing secret is %q", test.name, got)
		}
		if got := reveal(t, changed.Targets[0].Headers[0].Values[0]); got != "one" {
			t.Errorf("%s: the header is %q", test.name, got)
		}
	}
}

// TestSeenBy masks queries for all but admins, and changes nothing of what is seen.
func TestSeenBy(t *testing.T) {
	t.Parallel()
	const url, masked = "https://a.example.com/?key=secret", "https://a.example.com/?key=" + shipbell.Mask
	stored := *good()
	stored.Targets = []shipbell.Target{{URL: url, Headers: []shipbell.Header{header("K", "v")}}}
	for role, want := range map[shipbell.Role]string{shipbell.RoleAdmin: url, shipbell.RoleViewer: masked} {
		d := shipbell.Delivery{TargetURL: url}
		d.HideFrom(role)
		seen := stored.SeenBy(role)
		if seen.Targets[0].URL != want || d.TargetURL != want {
			t.Errorf("%s sees %s and %s", role, seen.Targets[0].URL, d.TargetURL)
		}
		seen.Targets[0].Headers[0].Values[0] = shipbell.NewSecret("changed")
		seen.Actions[0] = shipbell.PullImage
		seen.Labels["k"] = "v"
	}
	if stored.Targets[0].URL != url || reveal(t, stored.Targets[0].Headers[0].Values[0]) != "v" || stored.Actions[0] == shipbell.PullImage || len(stored.Labels) != 0 {
		t.Errorf("what was seen is changed: %+v", stored)
	}
}

// TestLabels finds triggers by their labels and refuses labels that are none.
func TestLabels(t *testing.T) {
	t.Parallel()
	subject := *good()
	subject.Name, subject.Description = "demo", "All Charts"
	subject.Labels = map[string]string{"team": "Payments", "cost centre": "A/B-1", "键": "值"}
	if err := subject.Validate(); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		labels map[string]string
		want   bool
	}{
		{nil, true}, {map[string]string{"team": "Payments"}, true}, {map[string]string{"team": "payments"}, false},
		{map[string]string{"team": "Payments", "键": "值"}, true}, {map[string]string{"team": "Payments", "env": ""}, false},
	} {
		if got := subject.HasLabels(test.labels); got != test.want {
			t.Errorf("%v: %t", test.labels, got)
		}
	}
	for text, want := range map[string]bool{"": true, "DEM": true, "charts": true, "team=pay": true, "team": true, "payments=team": false} {
		if got := subject.Mentions(text); got != want {
			t.Errorf("mentions %q: %t", text, got)
		}
	}
	many := map[string]string{}
	for i := range 17 {
		many[fmt.Sprint("k", i)] = "v"
	}
	for _, labels := range []map[string]string{many, {strings.Repeat("k", 128): "v"}, {"k": strings.Repeat("v", 256)}, {"k": "a\nb"}, {"": "v"}, {"k": ""}, {"k": "a,b"}, {"qcs:x": "v"}, {"project": "v"}, {"tencent": "v"}, {"qcloud": "v"}, {"k": "\xff"}} {
		subject.Labels = labels
		if diff := cmp.Diff([]string{"labels"}, wrong(t, subject.Validate())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", labels, diff)
		}
	}
}

// TestSample is matched by the trigger that it is made for, where a plain namespace
// allows that.
func TestSample(t *testing.T) {
	t.Parallel()
	subject := *good()
	subject.Actions = []shipbell.Action{shipbell.UploadChart}
	for namespace, want := range map[string]string{"public": "public/test", "": "shipbell/test", "team-*": "shipbell/test"} {
		subject.Rule.Namespace = namespace
		e := shipbell.Sample(shipbell.Registry{Host: "reg.example.com", Public: true}, &subject, "id", 7)
		if e.Repository.FullName != want || e.Repository.Type != "public" || e.Action != shipbell.UploadChart || e.Resources[0].URL != "reg.example.com/"+want+":test" {
			t.Errorf("%q: %+v", namespace, e)
		}
	}
}
