package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/test/storetest"
)

// objects are what the entries are about, in the order of the list.
func objects(entries []audit.Entry) []string {
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.Object
	}
	return all
}

// TestList reads the logs of registries alone and together, as a whole and page by page.
func TestList(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	log := audit.New(b.Items(), storetest.Retention)
	for i := range 6 {
		registries := [][]string{{"a"}, {audit.Everywhere}, {"a", "b"}}[i%3]
		e := audit.Entry{At: b.Clock.Now(), Key: "ak1", Action: audit.TriggerChanged, Object: fmt.Sprint(i)}
		if err := log.Add(t.Context(), e, registries...); err != nil {
			t.Fatal(err)
		}
		b.Clock.Pass(time.Nanosecond) // entries of one second are still in order
	}
	for _, tt := range []struct {
		name       string
		registries []string
		want       []string
	}{
		{"one", []string{"a"}, []string{"5", "3", "2", "0"}},
		{"another", []string{"b"}, []string{"5", "2"}},
		{"none", []string{"c"}, []string{}},
		{"one and what concerns all", []string{"a", audit.Everywhere}, []string{"5", "4", "3", "2", "1", "0"}},
	} {
		for _, limit := range []int{1, 2, 4, 100} {
			got := []string{}
			for before := ""; ; {
				page, err := log.List(t.Context(), before, limit, tt.registries...)
				if err != nil || len(page) > limit {
					t.Fatalf("%s: a page of %d, at most %d wanted: %v", tt.name, len(page), limit, err)
				}
				if len(page) == 0 {
					break
				}
				got, before = append(got, objects(page)...), page[len(page)-1].ID
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s, pages of %d (-want +got):\n%s", tt.name, limit, diff)
			}
		}
	}
}

// TestRetention keeps an entry as long as it was told, and no longer.
func TestRetention(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	log := audit.New(b.Items(), time.Hour)
	want := audit.Entry{
		At: b.Clock.Now(), Key: "ak1", Action: audit.DeliveriesRedelivered, Name: "demo", Count: 3,
		Changes: []audit.Change{{Field: "a", Before: []byte(`1`), After: []byte(`null`), Secret: true}},
	}
	if err := log.Add(t.Context(), want, "a"); err != nil {
		t.Fatal(err)
	}
	list := func() []audit.Entry {
		t.Helper()
		entries, err := log.List(t.Context(), "", 10, "a")
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	b.Clock.Pass(time.Hour - time.Second)
	got := list()
	if len(got) != 1 || got[0].ID == "" {
		t.Fatalf("a moment before its end: %+v", got)
	}
	got[0].ID = ""
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("the entry (-added +listed):\n%s", diff)
	}
	b.Clock.Pass(2 * time.Second)
	if got := list(); len(got) != 0 {
		t.Errorf("after its end: %+v", got)
	}
}

// TestUnreadable damages an entry: it stays in its place with its time, and the others are
// listed.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	log := audit.New(b.Items(), storetest.Retention)
	for i := range 3 {
		if err := log.Add(t.Context(), audit.Entry{At: b.Clock.Now(), Action: audit.KeyCreated, Object: fmt.Sprint(i)}, "a"); err != nil {
			t.Fatal(err)
		}
		b.Clock.Pass(time.Second)
	}
	whole, err := log.List(t.Context(), "", 10, "a")
	if err != nil {
		t.Fatal(err)
	}
	broken := platform.Item{Key: platform.Key{Partition: "audit/a", Sort: whole[1].ID}, Value: []byte(`{"key":`)}
	if err := platform.First(b.Items().Write(t.Context(), platform.Write{Item: broken, If: platform.Always})); err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(whole)
	want[1] = audit.Entry{ID: whole[1].ID, At: whole[1].At, Action: audit.Unreadable}
	if got, err := log.List(t.Context(), "", 10, "a"); err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	type inner struct {
		Tag    string          `json:"tag"`
		Secret shipbell.Secret `json:"secret"`
	}
	type settings struct {
		Name  string   `json:"name"`
		Rule  inner    `json:"rule"`
		List  []string `json:"list"`
		Extra string   `json:"extra,omitempty"`
	}
	whole := settings{Name: "a", Rule: inner{Tag: "v*", Secret: shipbell.NewSecret("hidden-1")}, List: []string{"x"}}
	changed := func(change func(*settings)) settings {
		s := whole
		change(&s)
		return s
	}
	long := strings.Repeat("x", 2<<10)
	for _, tt := range []struct {
		name          string
		before, after any
		want          []string
	}{
		{"nothing", whole, whole, nil},
		{"a field, one within and a list, by their names", whole, changed(func(s *settings) { s.Name, s.Rule.Tag, s.List = "b", "", []string{"x", "y"} }),
			[]string{`list: ["x"] > ["x","y"]`, `name: "a" > "b"`, `rule.tag: "v*" > ""`}},
		{"what was not there", whole, changed(func(s *settings) { s.Extra = "e" }), []string{`extra: null > "e"`}},
		{"what is not there any more", changed(func(s *settings) { s.Extra = "e" }), whole, []string{`extra: "e" > null`}},
		{"all of it is new", struct{}{}, map[string]int{"a": 1, "b": 2}, []string{"a: null > 1", "b: null > 2"}},
		{"what is passed over", whole, map[string]any{"name": "a", "rule": map[string]any{"tag": "v*", "secret": shipbell.Mask}, "list": []string{"x"}, "version": 7}, nil},
		{"secrets look the same", whole, changed(func(s *settings) { s.Rule.Secret = shipbell.NewSecret("hidden-2") }), nil},
		{"a long value is left out", whole, changed(func(s *settings) { s.Name = long }), []string{`name: "a" > "…"`}},
	} {
		changes, err := audit.Diff(tt.before, tt.after, "version")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%s: %s > %s", c.Field, c.Before, c.After))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || strings.Contains(fmt.Sprint(got), "hidden") {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := audit.Diff(whole, 7); err == nil {
		t.Error("a number is compared as an object")
	}
}
