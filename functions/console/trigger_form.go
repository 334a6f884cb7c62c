package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// formPage is the page on which a trigger is made or configured.
type formPage struct {
	Form     form
	Problems problems
	// Stale says that somebody else has changed the trigger meanwhile.
	Stale bool
	// Copied says that secrets were left out.
	Copied bool
	Tester tester
	// Tested is what came of testing a target, by its number in the form.
	Tested map[int][]app.TestedTarget
	// Held are the trigger's targets whose deliveries are held.
	Held []app.HeldTarget
}

// targetView is what the part of one target is made of.
type targetView struct {
	Target   targetForm
	Problems problems
	Bodies   map[int]string
	Tested   []app.TestedTarget
}

// newTrigger shows an empty form, or one that is filled in like another trigger.
func (c *console) newTrigger(v *visit) error {
	page := formPage{Form: newForm()}
	if id := v.Form.Get("copy"); id != "" {
		t, err := v.trigger(id)
		if err != nil {
			return err
		}
		page.Form, page.Copied = formOf(t).copied(), true
	}
	return v.showForm(http.StatusOK, page)
}

// showTrigger shows the form of a trigger.
func (c *console) showTrigger(v *visit) error {
	t, err := v.trigger(v.PathValue("id"))
	if err != nil {
		return err
	}
	page := formPage{Form: formOf(t)}
	held, err := v.c.App.HeldTargets(v.Context(), v.key, v.registry.ID)
	if err != nil {
		return err
	}
	page.Held = slices.DeleteFunc(held, func(one app.HeldTarget) bool { return one.Trigger != t.ID })
	return v.showForm(http.StatusOK, page)
}

// trigger reads a trigger of the registry.
func (v *visit) trigger(id string) (shipbell.Trigger, error) {
	return v.c.App.Trigger(v.Context(), v.key, v.registry.ID, triggerID(id))
}

// triggerID reads a trigger's number; what is no number is 0, which no trigger has.
func triggerID(text string) shipbell.ID {
	n, _ := strconv.ParseInt(text, 10, 64)
	return shipbell.ID(n)
}

// version reads the version of a trigger that a form was made of; what is no number is
// one that no trigger has, and "" is any.
func version(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if text != "" && (err != nil || n < 1) {
		return -1
	}
	return n
}

// formTitle is the title of the form's page.
func (v *visit) formTitle(f form) string {
	if f.ID == 0 {
		return v.t("trigger.new")
	}
	return v.t("trigger.title", f.ID)
}

func (v *visit) showForm(status int, page formPage) error {
	page.Tester = v.test(page.Form)
	return v.show(status, "trigger", v.formTitle(page.Form), page)
}

// saveTrigger does what a button of the form asks for: it stores the trigger, or
// changes the form.
func (c *console) saveTrigger(v *visit) error {
	page := formPage{Form: readForm(v.PostForm)}
	page.Form.ID = 0
	id := v.PathValue("id")
	if id != "" {
		page.Form.ID = triggerID(id)
	}
	if number, asked := strings.CutPrefix(v.PostForm.Get("do"), "test:"); asked {
		return c.testTarget(v, page, number)
	}
	if page.Form.change(v.PostForm.Get("do")) {
		return v.showForm(http.StatusOK, page)
	}
	page.Form.Submitted = true
	done := "saved"
	if id == "" {
		done = "created"
	}
	saved, fields, err := v.store(page.Form, id == "", false)
	if err == nil {
		return v.redirect(inRegistry(v.registry.ID, fmt.Sprintf("/triggers/%d?done=%s", saved.ID, done)))
	}
	if shipbell.KindOf(err) == shipbell.Stale {
		return v.showStale(page)
	}
	var wrong bool
	if page.Problems, wrong = v.problemsOf(err, fields); !wrong {
		return err
	}
	return v.showForm(http.StatusUnprocessableEntity, page)
}

// store stores what a form says, as a new trigger or in place of the one with its
// number and version, or checks it in a dry run. fields are the form's fields by the
// paths that an error has for them.
func (v *visit) store(f form, isNew, dryRun bool) (saved shipbell.Trigger, fields map[string]string, err error) {
	s, fields, err := f.settings()
	if err != nil {
		return saved, fields, err
	}
	if isNew {
		t := shipbell.Trigger{Registry: v.registry.ID}
		s.Apply(&t)
		saved, err = v.c.App.CreateTrigger(v.Context(), v.key, t, dryRun)
		return saved, fields, err
	}
	saved, err = v.c.App.ChangeTrigger(v.Context(), v.key, app.TriggerChange{
		Registry: v.registry.ID, ID: f.ID, Version: version(f.Version), DryRun: dryRun,
		Edit: func(t *shipbell.Trigger) error {
			s.Apply(t)
			return nil
		},
	})
	return saved, fields, err
}

// showStale shows the form again after somebody else has changed the trigger. Sent
// once more, it replaces their change.
func (v *visit) showStale(page formPage) error {
	t, err := v.trigger(v.PathValue("id"))
	if err != nil {
		return err
	}
	page.Stale, page.Form.Version = true, strconv.FormatInt(t.Version, 10)
	return v.showForm(http.StatusUnprocessableEntity, page)
}

// checkForm answers with what is wrong with a form, what its patterns match and what
// would be sent, without storing anything.
func (c *console) checkForm(v *visit) error {
	page := formPage{Form: readForm(v.PostForm)}
	page.Form.Version = ""
	_, fields, err := v.store(page.Form, page.Form.ID == 0, true)
	page.Form.Version = v.PostForm.Get("version")
	if err != nil {
		var wrong bool
		if page.Problems, wrong = v.problemsOf(err, fields); !wrong {
			return err
		}
	}
	if !page.Form.Submitted {
		page.Problems = page.Problems.ofFilled(v.PostForm.Get)
	}
	page.Tester = v.test(page.Form)
	return v.showPart(http.StatusOK, "trigger-check", page)
}
