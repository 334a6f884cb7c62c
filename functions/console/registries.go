package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// registriesPath is where the registries are.
const registriesPath = base + "registries"

// registriesPage is the list of registries, and the form to add one.
type registriesPage struct {
	Rows     []registryRow
	Form     shipbell.Registry
	Sender   senderForm
	Problems problems
}

// senderForm is what proves who sends a registry's events, as it stands in the form.
type senderForm struct {
	// Secret is a mask for the one that is stored, and Topics has a line for each.
	Secret, Topics string
}

func newSenderForm(r shipbell.Registry) senderForm {
	return senderForm{Secret: r.Secret.String(), Topics: strings.Join(r.Topics, "\n")}
}

// senderForm is what was written.
func (v *visit) senderForm() senderForm {
	return senderForm{Secret: v.PostForm.Get("secret"), Topics: v.PostForm.Get("sns_topics")}
}

// registryRow is a registry with when its events came.
type registryRow struct {
	shipbell.Registry
	arrivals
}

func (c *console) listRegistries(v *visit) error {
	return v.showRegistries(http.StatusOK, registriesPage{Form: shipbell.Registry{KeepUnmatched: c.App.KeepsUnmatched()}})
}

func (v *visit) showRegistries(status int, page registriesPage) error {
	for _, registry := range v.registries {
		came, err := v.arrivals(registry.ID)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, registryRow{registry, came})
	}
	return v.show(status, "registries", v.t("registries.title"), page)
}

// readRegistry reads the form of a registry. What proves who sends its events stays as it is
// where the form does not have it.
func (v *visit) readRegistry(id string, before shipbell.Registry) shipbell.Registry {
	window, err := strconv.Atoi(cmp.Or(strings.TrimSpace(v.PostForm.Get("merge_window")), "0"))
	if err != nil {
		window = -1 // which is no window either
	}
	r := shipbell.Registry{
		ID: id, MergeWindow: window, Host: v.PostForm.Get("host"), Public: v.PostForm.Get("public") == "true", Accessories: v.PostForm.Get("accessories") == "true",
		ChartRepositories: v.PostForm.Get("chart_repositories"), OnlyChanged: v.PostForm.Get("only_changed") == "true", KeepUnmatched: v.PostForm.Get("keep_unmatched") == "true",
		Secret: before.Secret, Topics: before.Topics, Google: before.Google,
	}
	if v.PostForm.Has("secret") {
		r.Secret = shipbell.NewSecret(strings.TrimSpace(v.PostForm.Get("secret")))
	}
	if v.PostForm.Has("sns_topics") {
		r.Topics = strings.Fields(v.PostForm.Get("sns_topics"))
	}
	if v.PostForm.Has("google.audience") {
		r.Google = shipbell.GoogleToken{
			Audience: strings.TrimSpace(v.PostForm.Get("google.audience")), Email: strings.TrimSpace(v.PostForm.Get("google.email")),
		}
	}
	return r
}

// putRegistry stores what a form says of a registry.
func (v *visit) putRegistry(r shipbell.Registry) error {
	_, _, err := v.c.App.PutRegistry(v.Context(), v.key, r)
	return err
}

// addRegistry makes a registry, and leads to how to connect it.
func (c *console) addRegistry(v *visit) error {
	page := registriesPage{Form: v.readRegistry(v.PostForm.Get("id"), shipbell.Registry{}), Sender: v.senderForm()}
	err := page.Form.Validate()
	if err == nil {
		// A registry that is there already is not to be changed from here.
		_, err = v.c.App.Registry(v.Context(), v.key, page.Form.ID)
		switch {
		case err == nil:
			err = shipbell.InvalidMessage("id", text.Literal(v.t("registry.there")))
		case shipbell.KindOf(err) == shipbell.NotFound:
			err = v.putRegistry(page.Form)
		}
	}
	if err == nil {
		return v.redirect(registriesPath + "/" + page.Form.ID + "?done=registry.added")
	}
	var wrong bool
	if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
		return err
	}
	return v.showRegistries(http.StatusUnprocessableEntity, page)
}

// saveRegistry changes the settings of a registry.
func (c *console) saveRegistry(v *visit) error {
	page := registryPage{Form: v.readRegistry(v.registry.ID, v.registry), Sender: v.senderForm()}
	err := v.putRegistry(page.Form)
	if err == nil {
		return v.redirect(registriesPath + "/" + v.registry.ID + "?done=registry.saved")
	}
	var wrong bool
	if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
		return err
	}
	return v.showRegistry(http.StatusUnprocessableEntity, page)
}

// registryDelete is the page that asks whether to delete a registry.
type registryDelete struct {
	// Typed is what was typed in place of the id.
	Typed    string
	Problems problems
}

func (c *console) askDeleteRegistry(v *visit) error {
	return v.showDeleteRegistry(http.StatusOK, registryDelete{})
}

func (v *visit) showDeleteRegistry(status int, page registryDelete) error {
	return v.show(status, "registry-delete", v.t("registry.delete.title", v.registry.ID), page)
}

// deleteRegistry deletes a registry whose id was typed.
func (c *console) deleteRegistry(v *visit) error {
	page := registryDelete{Typed: v.PostForm.Get("typed")}
	if page.Typed != v.registry.ID {
		page.Problems = problems{"typed": v.t("registry.delete.differs")}
		return v.showDeleteRegistry(http.StatusUnprocessableEntity, page)
	}
	err := v.c.App.DeleteRegistry(v.Context(), v.key, v.registry.ID)
	if shipbell.KindOf(err) == shipbell.Conflict {
		page.Problems = problems{"": withoutCause(err).Message.In(v.language.code)}
		return v.showDeleteRegistry(http.StatusConflict, page)
	}
	if err != nil {
		return err
	}
	return v.redirect(registriesPath + "?done=registry.deleted")
}
