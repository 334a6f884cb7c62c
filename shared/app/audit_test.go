package app_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestAudit makes changes and reads who made them: one entry each, with the fields that
// differ and no secret, none for what changes nothing.
func TestAudit(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	a := &app.App{Store: b.Store, Now: b.Clock.Now}
	key := shipbell.AccessKey{ID: "ak1", Role: shipbell.RoleAdmin}
	one := storetest.Trigger("one")
	one.Targets[0].URL = "https://ci.example.com/hook?token=hidden-in-url"
	one.Targets[0].Headers = []shipbell.Header{{Key: "Authorization", Values: []shipbell.Secret{shipbell.NewSecret("hidden-in-header")}}}
	made, err := a.CreateTrigger(t.Context(), key, one, false)
	must(t, err)
	change := func(edit func(*shipbell.Trigger)) {
		t.Helper()
		_, err := a.ChangeTrigger(t.Context(), key, app.TriggerChange{Registry: "default", ID: made.ID, Edit: func(t *shipbell.Trigger) error {
			edit(t)
			return nil
		}})
		must(t, err)
		b.Clock.Pass(1)
	}
	b.Clock.Pass(1)
	change(func(t *shipbell.Trigger) { t.Enabled = false })
	change(func(t *shipbell.Trigger) { t.Enabled = true })
	change(func(t *shipbell.Trigger) { t.Rule.Tag, t.Description = "v*", "d" })
	change(func(*shipbell.Trigger) {})
	change(func(t *shipbell.Trigger) { t.Targets[0].Headers[0].Values[0] = shipbell.NewSecret("also-hidden") })
	_, err = a.CreateAccessKey(t.Context(), key, app.NewAccessKey{Role: shipbell.RoleViewer, Registries: []string{"default"}})
	must(t, err)
	b.Clock.Pass(1)
	_, err = a.CreateAccessKey(t.Context(), key, app.NewAccessKey{Role: shipbell.RoleViewer, Description: "for all"})
	must(t, err)
	b.Clock.Pass(1)
	must(t, a.DeleteTrigger(t.Context(), key, "default", made.ID, 0))
	b.Clock.Pass(1)
	must(t, a.DeleteRegistry(t.Context(), key, "default"))
	b.AddRegistry("default")

	entries, err := a.Audit(t.Context(), key, app.AuditQuery{Registry: "default", Limit: 100})
	must(t, err)
	var got []string
	for _, e := range entries {
		line := e.Key + " " + string(e.Action) + ":"
		for _, one := range e.Changes {
			if e.Action == "trigger.changed" {
				line += " " + one.Field + " " + string(one.Before) + ">" + string(one.After)
			}
			if text := string(one.Before) + string(one.After); strings.Contains(text, "hidden") {
				t.Errorf("%s shows a secret: %s", e.Action, text)
			}
			if one.Secret {
				line += " secret"
			}
		}
		got = append(got, line)
	}
	want := []string{
		"ak1 registry.deleted:", "ak1 trigger.deleted:", "ak1 key.created:", "ak1 key.created:", "ak1 trigger.changed: targets null>null secret",
		`ak1 trigger.changed: description "">"d" rule.tag "">"v*"`, "ak1 trigger.enabled:", "ak1 trigger.disabled:", "ak1 trigger.created:",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// Page by page it is the same, and a key for this registry does not see what is for all.
	own := key
	own.Registries = []string{"default"}
	count, before := 0, ""
	for {
		page, err := a.Audit(t.Context(), own, app.AuditQuery{Registry: "default", Before: before, Limit: 2})
		must(t, err)
		if len(page) == 0 {
			break
		}
		count, before = count+len(page), page[len(page)-1].ID
	}
	if count != len(want)-1 {
		t.Errorf("%d entries page by page, want %d", count, len(want)-1)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
