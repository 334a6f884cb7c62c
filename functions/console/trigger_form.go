package console

import (
	"fmt"
	"net/http"
	"strconv"

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
}

// targetView is what the part of one target is made of.
type targetView struct {
	Target   targetForm
	Problems problems
	Bodies   map[int]string
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
	return v.showForm(http.StatusOK, formPage{Form: formOf(t)})
}

// trigger reads a trigger of the registry.
func (v *visit) trigger(id string) (t shipbell.Trigger, err error) {
	err = v.call(http.MethodGet, v.triggerAPI(id), "", nil, &t)
	return t, err
}

// triggerAPI is where the API has the registry's triggers, or the one with this id.
func (v *visit) triggerAPI(id string) string {
	path := "/v1/triggers/" + v.registry.ID
	if id != "" {
		// What is no number is no trigger; it must not become a path of its own.
		n, _ := strconv.ParseInt(id, 10, 64)
		path += "/" + strconv.FormatInt(n, 10)
	}
	return path
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
		n, _ := strconv.ParseInt(id, 10, 64) // what is no number is no trigger
		page.Form.ID = shipbell.ID(n)
	}
	if page.Form.change(v.PostForm.Get("do")) {
		return v.showForm(http.StatusOK, page)
	}
	page.Form.Submitted = true
	s, fields := page.Form.settings()
	var saved shipbell.Trigger
	var err error
	done := "saved"
	if id == "" {
		done = "created"
		err = v.call(http.MethodPost, v.triggerAPI(""), "", s, &saved)
	} else {
		err = v.call(http.MethodPut, v.triggerAPI(id), page.Form.Version, s, &saved)
	}
	if err == nil {
		return v.redirect(inRegistry(v.registry.ID, fmt.Sprintf("/triggers/%d?done=%s", saved.ID, done)))
	}
	if shipbell.KindOf(err) == shipbell.Stale {
		return v.showStale(page)
	}
	var wrong bool
	if page.Problems, wrong = problemsOf(err, fields); !wrong {
		return err
	}
	return v.showForm(http.StatusUnprocessableEntity, page)
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
	s, fields := page.Form.settings()
	var err error
	if page.Form.ID == 0 {
		err = v.call(http.MethodPost, v.triggerAPI("")+"?dry_run=true", "", s, nil)
	} else {
		err = v.call(http.MethodPut, v.triggerAPI(strconv.FormatInt(int64(page.Form.ID), 10))+"?dry_run=true", "", s, nil)
	}
	if err != nil {
		var wrong bool
		if page.Problems, wrong = problemsOf(err, fields); !wrong {
			return err
		}
	}
	if !page.Form.Submitted {
		page.Problems = page.Problems.ofFilled(v.PostForm.Get)
	}
	page.Tester = v.test(page.Form)
	return v.showPart(http.StatusOK, "trigger-check", page)
}
