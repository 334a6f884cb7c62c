package match_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// randomTriggers draws triggers whose patterns are sometimes refused.
func randomTriggers(r *rand.Rand, n int) []shipbell.Trigger {
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	var all []shipbell.Trigger
	for i := range n {
		t := rule(shipbell.ID(i+1), pick("", "a", "b", "ab", "{a,b}", "a*", "*", "/a", "{a,b*}", "a/b"), pick("", "a", "b*", "*", "?", "[ab]", "[!a]", "{a,b}", "{a/b,b}", "**/a", "a/**", "a//b", "[a"), pick("", "v*", "{v1,v2}", "**/**", "?", "v1"))
		t.Enabled = r.IntN(8) > 0
		t.Rule.Dialect = pattern.Dialect(pick("tcr", "tcr", "doublestar", ""))
		t.Actions = nil
		for _, a := range shipbell.Actions() {
			if r.IntN(2) > 0 {
				t.Actions = append(t.Actions, a)
			}
		}
		all = append(all, t)
	}
	r.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// plain is a trigger with its patterns, or with parsed = false.
type plain struct {
	shipbell.Trigger
	namespace, repository, tag pattern.Pattern
	parsed                     bool
}

func newPlain(t shipbell.Trigger) plain {
	p := plain{Trigger: t}
	d := t.Rule.Dialect
	var err1, err2, err3 error
	p.namespace, err1 = pattern.Parse(d, pattern.Namespace, t.Rule.Namespace)
	p.repository, err2 = pattern.Parse(d, pattern.Repository, t.Rule.Repository)
	p.tag, err3 = pattern.Parse(d, pattern.Tag, t.Rule.Tag)
	p.parsed = err1 == nil && err2 == nil && err3 == nil
	return p
}

// plainLoop is what Match means: every clause of every trigger, one by one.
func plainLoop(triggers []plain, e *shipbell.Event) map[shipbell.ID][]string {
	tags := make(map[shipbell.ID][]string)
	for _, t := range triggers {
		if !t.parsed || !t.Enabled || !slices.Contains(t.Actions, e.Action) ||
			!t.namespace.Match(e.Repository.Namespace()) || !t.repository.Match(e.Repository.Name()) {
			continue
		}
		for _, r := range e.Resources {
			if t.tag.Match(r.Tag) {
				tags[t.ID] = append(tags[t.ID], r.Tag)
			}
		}
	}
	return tags
}

func TestSetEqualsPlainLoop(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"", "a", "b", "ab", "a/a", "a/b", "b/a", "ab/b", "a/a/b", "b/ab/a", "a/b/", "/a", "a//b", "c/a"}
	tags := []string{"", "v1", "v2x", "b"}
	matched := 0
	for range 30 {
		triggers := randomTriggers(r, 30)
		s := match.Compile(triggers)
		var plains []plain
		for _, t := range triggers {
			plains = append(plains, newPlain(t))
		}
		for range 50 {
			e := push(names[r.IntN(len(names))], tags[:1+r.IntN(len(tags))]...)
			e.Action = shipbell.Actions()[r.IntN(6)]
			want, got := plainLoop(plains, e), fired(s, e)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("event %+v: matches (-want +got):\n%s", e, diff)
			}
			for i, v := range s.Explain(e) {
				if _, want := got[v.TriggerID]; v.Matched != want || v.TriggerID != shipbell.ID(i+1) || v.Reason.IsZero() {
					t.Fatalf("event %+v: verdict %+v, matched %v", e, v, want)
				}
			}
			matched += len(got)
		}
	}
	if matched < 500 {
		t.Errorf("only %d matches: the test says little", matched)
	}
}

// FuzzSetEqualsPlainLoop holds a trigger with any patterns, among others, against any event.
func FuzzSetEqualsPlainLoop(f *testing.F) {
	f.Add("", "a{,b}*", "v?", "a/ab", "v1", true)
	f.Add("{a,b}", "**/a/**", "{v1,v2}", "b/a", "v1", false)
	f.Add("*a", `\\a[!b]*/**`, "**", "aa/acc", "", false)
	others := randomTriggers(rand.New(rand.NewPCG(7, 8)), 20)
	f.Fuzz(func(t *testing.T, namespace, repository, tag, name, of string, raw bool) {
		one := rule(100, namespace, repository, tag)
		if raw {
			one.Rule.Dialect = pattern.Doublestar
		}
		two := one
		two.ID, two.Rule.Namespace = 101, ""
		triggers := append([]shipbell.Trigger{one, two}, others...)
		var plains []plain
		for _, t := range triggers {
			plains = append(plains, newPlain(t))
		}
		e := push(name, of, "v1", "")
		if diff := cmp.Diff(plainLoop(plains, e), fired(match.Compile(triggers), e)); diff != "" {
			t.Fatalf("matches (-want +got):\n%s", diff)
		}
	})
}
