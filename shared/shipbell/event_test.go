package shipbell_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestRepositoryNames(t *testing.T) {
	t.Parallel()
	for full, want := range map[string][2]string{
		"public/nginx": {"public", "nginx"},
		"a/b/c":        {"a", "b/c"},
		"busybox":      {"", "busybox"},
		"":             {"", ""},
	} {
		r := shipbell.Repository{FullName: full}
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
		if got := shipbell.ResourceURL("reg.example.com", "a/b", test.tag, test.digest); got != test.want {
			t.Errorf("tag %q, digest %q: %q, want %q", test.tag, test.digest, got, test.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, a := range shipbell.Actions() {
		if !a.Valid() {
			t.Errorf("action %q is not valid", a)
		}
	}
	for _, s := range []shipbell.Status{shipbell.Pending, shipbell.Succeeded, shipbell.Failed, shipbell.Cancelled} {
		if !s.Valid() {
			t.Errorf("status %q is not valid", s)
		}
	}
	if shipbell.Action("push").Valid() || shipbell.Status("").Valid() || shipbell.Role("").Valid() {
		t.Error("an unknown word is valid")
	}
}
