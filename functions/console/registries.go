package console

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/trigger"
)

// registriesPath is where the registries are.
const registriesPath = base + "registries"

// registriesPage is the list of registries, and the form to add one.
type registriesPage struct {
	Rows     []registryRow
	Form     trigger.Registry
	Problems problems
}

// registryRow is a registry with when its events came.
type registryRow struct {
	trigger.Registry
	Heard store.Heard
}

func (c *console) listRegistries(v *visit) error {
	return v.showRegistries(http.StatusOK, registriesPage{})
}

func (v *visit) showRegistries(status int, page registriesPage) error {
	for _, registry := range v.Registries {
		heard, err := v.c.Store.Heard(v.Context(), registry.ID)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, registryRow{registry, heard})
	}
	return v.show(status, "registries", v.t("registries.title"), page)
}

// readRegistry reads the form of a registry.
func (v *visit) readRegistry(id string) trigger.Registry {
	return trigger.Registry{
		ID: id, Host: v.PostForm.Get("host"), Public: v.PostForm.Get("public") == "true", Accessories: v.PostForm.Get("accessories") == "true",
	}
}

// putRegistry stores what a form says of a registry, whose id is valid.
func (v *visit) putRegistry(r trigger.Registry) error {
	return v.call(http.MethodPut, "/v1/registries/"+r.ID, "", map[string]any{"host": r.Host, "public": r.Public, "accessories": r.Accessories}, nil)
}

// addRegistry makes a registry, and leads to how to connect it.
func (c *console) addRegistry(v *visit) error {
	page := registriesPage{Form: v.readRegistry(v.PostForm.Get("id"))}
	err := page.Form.Validate()
	if err == nil {
		// A registry that is there already is not to be changed from here.
		err = v.call(http.MethodGet, "/v1/registries/"+page.Form.ID, "", nil, nil)
		switch {
		case err == nil:
			err = trigger.InvalidField("id", "%s", v.t("registry.there"))
		case trigger.KindOf(err) == trigger.NotFound:
			err = v.putRegistry(page.Form)
		}
	}
	if err == nil {
		return v.redirect(registriesPath + "/" + page.Form.ID + "?done=registry.added")
	}
	var wrong bool
	if page.Problems, wrong = problemsOf(err, nil); !wrong {
		return err
	}
	return v.showRegistries(http.StatusUnprocessableEntity, page)
}

// saveRegistry changes the settings of a registry.
func (c *console) saveRegistry(v *visit) error {
	page := registryPage{Form: v.readRegistry(v.Registry.ID)}
	err := v.putRegistry(page.Form)
	if err == nil {
		return v.redirect(registriesPath + "/" + v.Registry.ID + "?done=registry.saved")
	}
	var wrong bool
	if page.Problems, wrong = problemsOf(err, nil); !wrong {
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
	return v.show(status, "registry-delete", v.t("registry.delete.title", v.Registry.ID), page)
}

// deleteRegistry deletes a registry whose id was typed.
func (c *console) deleteRegistry(v *visit) error {
	page := registryDelete{Typed: v.PostForm.Get("typed")}
	if page.Typed != v.Registry.ID {
		page.Problems = problems{"typed": v.t("registry.delete.differs")}
		return v.showDeleteRegistry(http.StatusUnprocessableEntity, page)
	}
	err := v.call(http.MethodDelete, "/v1/registries/"+v.Registry.ID, "", nil, nil)
	if trigger.KindOf(err) == trigger.Conflict {
		page.Problems = problems{"": withoutCause(err).Message}
		return v.showDeleteRegistry(http.StatusConflict, page)
	}
	if err != nil {
		return err
	}
	return v.redirect(registriesPath + "?done=registry.deleted")
}
