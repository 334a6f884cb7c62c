package trigger_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/trigger"
)

func TestRepositoryNames(t *testing.T) {
	t.Parallel()
	for full, want := range map[string][2]string{
		"public/nginx": {"public", "nginx"},
		"a/b/c":        {"a", "b/c"},
		"busybox":      {"", "busybox"},
		"":             {"", ""},
	} {
		r := trigger.Repository{FullName: full}
		if r.Namespace() != want[0] || r.Name() != want[1] {
			t.Errorf("%q: namespace %q, name %q", full, r.Namespace(), r.Name())
		}
	}
}

func TestResourceURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ tag, digest, want string }{
		{"v1", "sha256:1", "reg.example.com/a/b:v1"},
		{"v1", "", "reg.example.com/a/b:v1"},
		{"", "sha256:1", "reg.example.com/a/b@sha256:1"},
		{"", "", "reg.example.com/a/b"},
	} {
		if got := trigger.ResourceURL("reg.example.com", "a/b", test.tag, test.digest); got != test.want {
			t.Errorf("tag %q, digest %q: %q, want %q", test.tag, test.digest, got, test.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, a := range trigger.Actions() {
		if !a.Valid() {
			t.Errorf("action %q is not valid", a)
		}
	}
	for _, s := range []trigger.Status{trigger.Pending, trigger.Succeeded, trigger.Failed, trigger.Cancelled} {
		if !s.Valid() {
			t.Errorf("status %q is not valid", s)
		}
	}
	if trigger.Action("push").Valid() || trigger.Status("").Valid() || trigger.Role("").Valid() {
		t.Error("an unknown word is valid")
	}
}
