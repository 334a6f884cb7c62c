package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// slow is a trigger whose pattern is compared with every name, and takes long.
func slow(i int) shipbell.Trigger {
	return shipbell.Trigger{
		Registry: "default", Name: fmt.Sprint("slow", i), Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Rule:    shipbell.Rule{Repository: fmt.Sprintf("*%sb%d*?", strings.Repeat("a", 200), i)},
		Targets: []shipbell.Target{{URL: "https://ci.example.com/"}},
	}
}

func TestPatternsOfARegistryAreBounded(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	a := &app.App{Store: b.Store, Now: b.Clock.Now}
	admin := shipbell.AccessKey{Role: shipbell.RoleAdmin}
	var last shipbell.Trigger
	var err error
	made := 0
	for ; err == nil; made++ {
		if made > 1000 {
			t.Fatal("no trigger is refused")
		}
		var one shipbell.Trigger
		if one, err = a.CreateTrigger(t.Context(), admin, slow(made), false); err == nil {
			last = one
		}
	}
	e, ok := errors.AsType[*shipbell.Error](err)
	if !ok || e.Kind != shipbell.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != "rule.repository" || e.Fields[0].Message.Code != text.PatternsTooSlow {
		t.Fatalf("trigger %d is refused by %v", made, err)
	}
	if made < 3 {
		t.Errorf("trigger %d is refused already", made)
	}
	if _, err := a.CreateTrigger(t.Context(), admin, slow(made), true); shipbell.KindOf(err) != shipbell.Invalid {
		t.Errorf("a dry run takes what is refused: %v", err)
	}
	change := func(edit func(*shipbell.Trigger)) error {
		_, err := a.ChangeTrigger(t.Context(), admin, app.TriggerChange{Registry: "default", ID: last.ID, Edit: func(t *shipbell.Trigger) error {
			edit(t)
			return nil
		}})
		return err
	}
	if err := change(func(t *shipbell.Trigger) { t.Rule.Repository = "team/" + t.Rule.Repository }); err != nil {
		t.Errorf("a pattern with a text of its own: %v", err)
	}
	if err := change(func(t *shipbell.Trigger) { t.Rule.Repository = "app-*" }); err != nil {
		t.Errorf("a quick pattern: %v", err)
	}

	// What was stored before there was a bound may stay, and may be changed.
	for i := range 20 {
		stored := slow(1000 + i)
		stored.Normalise()
		if last, err = b.Store.CreateTrigger(t.Context(), stored); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := b.Store.Rules(t.Context(), "default")
	if err != nil || rules.Set.Work() <= match.MaxWork {
		t.Fatalf("the patterns take %v: too little for this test (error %v)", rules.Set.Work(), err)
	}
	for _, c := range []struct {
		what string
		edit func(*shipbell.Trigger)
	}{
		{"a description", func(t *shipbell.Trigger) { t.Description = "changed" }},
		{"a pattern that takes as long", func(t *shipbell.Trigger) { t.Rule.Repository = strings.Replace(t.Rule.Repository, "b", "c", 1) }},
		{"disabling", func(t *shipbell.Trigger) { t.Enabled = false }},
	} {
		if err := change(c.edit); err != nil {
			t.Errorf("a change of a trigger that was there before: %s: %v", c.what, err)
		}
	}
	if err := change(func(t *shipbell.Trigger) { t.Enabled = true }); shipbell.KindOf(err) != shipbell.Invalid {
		t.Errorf("enabling it again: %v", err)
	}
}
