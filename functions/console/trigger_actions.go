package console

import (
	"fmt"
	"net/http"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// switchTrigger enables or disables a trigger. The page's script gets the row of the
// list anew.
func (c *console) switchTrigger(v *visit) error {
	change := map[string]bool{"enabled": v.PostForm.Get("enabled") == "true"}
	var changed shipbell.Trigger
	if err := v.call(http.MethodPatch, v.triggerAPI(v.PathValue("id")), "", change, &changed); err != nil {
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
	err := v.call(http.MethodDelete, v.triggerAPI(v.PathValue("id")), v.PostForm.Get("version"), nil, nil)
	if err != nil {
		return err
	}
	return v.redirect(inRegistry(v.registry.ID, "/triggers?done=deleted"))
}

// attempts are what came of a test.
type attempts struct {
	Attempts []struct {
		TargetURL string `json:"target_url"`
		shipbell.Attempt
	} `json:"attempts"`
}

// testPage is what came of a test of a trigger.
type testPage struct {
	Trigger shipbell.Trigger
	attempts
}

// testTrigger sends a sample event to the targets of a trigger as it is stored.
func (c *console) testTrigger(v *visit) error {
	page := testPage{}
	var err error
	if page.Trigger, err = v.trigger(v.PathValue("id")); err != nil {
		return err
	}
	if err := v.call(http.MethodPost, v.triggerAPI(v.PathValue("id"))+"/test", "", nil, &page.attempts); err != nil {
		return err
	}
	return v.show(http.StatusOK, "trigger-test", v.t("test.title", page.Trigger.Name), page)
}

// Path is where a page of a trigger is.
func triggerPath(registry string, id shipbell.ID, page string) string {
	return inRegistry(registry, fmt.Sprintf("/triggers/%d%s", id, page))
}
