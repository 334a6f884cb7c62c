package trigger_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/trigger"
)

// randomTriggers draws triggers whose patterns are sometimes refused.
func randomTriggers(r *rand.Rand, n int) []trigger.Trigger {
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	var all []trigger.Trigger
	for i := range n {
		t := rule(trigger.ID(i+1), pick("", "a", "b", "ab", "{a,b}", "a*", "*", "/a", "{a,b*}", "a/b"), randomPattern(r), pick("", "v*", "{v1,v2}", "**/**", "?", "v1"))
		t.Enabled = r.IntN(8) > 0
		t.Rule.Dialect = trigger.Dialect(pick("tcr", "tcr", "doublestar", ""))
		t.Actions = nil
		for _, a := range trigger.Actions() {
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
	trigger.Trigger
	namespace, repository, tag trigger.Pattern
	parsed                     bool
}

func newPlain(t trigger.Trigger) plain {
	p := plain{Trigger: t}
	d := t.Rule.Dialect
	var err1, err2, err3 error
	p.namespace, err1 = trigger.ParsePattern(d, trigger.FieldNamespace, t.Rule.Namespace)
	p.repository, err2 = trigger.ParsePattern(d, trigger.FieldRepository, t.Rule.Repository)
	p.tag, err3 = trigger.ParsePattern(d, trigger.FieldTag, t.Rule.Tag)
	p.parsed = err1 == nil && err2 == nil && err3 == nil
	return p
}

// plainLoop is what Match means: every clause of every trigger, one by one.
func plainLoop(triggers []plain, e *trigger.Event) map[trigger.ID][]string {
	tags := make(map[trigger.ID][]string)
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
	names := allNames(4)
	tags := []string{"", "v1", "v2x", "b"}
	matched := 0
	for range 30 {
		triggers := randomTriggers(r, 30)
		s := trigger.Compile(triggers)
		var plains []plain
		for _, t := range triggers {
			plains = append(plains, newPlain(t))
		}
		for range 50 {
			e := push(names[r.IntN(len(names))], tags[:1+r.IntN(len(tags))]...)
			e.Action = trigger.Actions()[r.IntN(6)]
			want, got := plainLoop(plains, e), fired(s, e)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("event %+v: matches (-want +got):\n%s", e, diff)
			}
			for i, v := range s.Explain(e) {
				if _, want := got[v.TriggerID]; v.Matched != want || v.TriggerID != trigger.ID(i+1) || v.Reason == "" {
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
