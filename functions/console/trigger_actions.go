package console

import (
	"fmt"
	"net/http"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// switchTrigger enables or disables a trigger. The page's script gets the row of the
// list anew.
func (c *console) switchTrigger(v *visit) error {
	changed, err := c.App.ChangeTrigger(v.Context(), v.key, app.TriggerChange{
		Registry: v.registry.ID, ID: triggerID(v.PathValue("id")),
		Edit: func(t *shipbell.Trigger) error {
			t.Enabled = v.PostForm.Get("enabled") == "true"
			return nil
		},
	})
	if err != nil {
		return err
	}
	if !v.live() {
		return v.redirect(local(v.PostForm.Get("next")))
	}
	rows, err := v.rows([]*shipbell.Trigger{&changed})
	if err != nil {
		return err
	}
	return v.showPart(http.StatusOK, "trigger-row", rows[0])
}

// askDelete shows what is about to be deleted.
func (c *console) askDelete(v *visit) error {
	t, err := v.trigger(v.PathValue("id"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "trigger-delete", v.t("delete.title", t.Name), t)
}

// deleteTrigger deletes the trigger that was shown, unless it has changed since.
func (c *console) deleteTrigger(v *visit) error {
	err := c.App.DeleteTrigger(v.Context(), v.key, v.registry.ID, triggerID(v.PathValue("id")), version(v.PostForm.Get("version")))
	if err != nil {
		return err
	}
	return v.redirect(inRegistry(v.registry.ID, "/triggers?done=deleted"))
}

// testPage is what came of a test of a trigger.
type testPage struct {
	Trigger  shipbell.Trigger
	Attempts []app.TestedTarget
}

// testTrigger sends a sample event to the targets of a trigger as it is stored.
func (c *console) testTrigger(v *visit) error {
	page := testPage{}
	var err error
	if page.Trigger, err = v.trigger(v.PathValue("id")); err != nil {
		return err
	}
	if page.Attempts, err = c.App.TestTrigger(v.Context(), v.key, v.registry.ID, page.Trigger.ID); err != nil {
		return err
	}
	return v.show(http.StatusOK, "trigger-test", v.t("test.title", page.Trigger.Name), page)
}

// Path is where a page of a trigger is.
func triggerPath(registry string, id shipbell.ID, page string) string {
	return inRegistry(registry, fmt.Sprintf("/triggers/%d%s", id, page))
}
