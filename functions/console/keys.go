package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// keysPath is where the access keys are.
const keysPath = base + "keys"

// keysPage is the list of access keys, and the form to make one.
type keysPage struct {
	Keys     []shipbell.AccessKey
	Form     keyForm
	Problems problems
	// Made is a key that was made just now, as "id:secret": nobody will see it again.
	Made string
}

// keyForm is an access key that is yet to be made.
type keyForm struct{ app.NewAccessKey }

// Has reports whether the form names a registry.
func (f keyForm) Has(registry string) bool { return slices.Contains(f.Registries, registry) }

// Roles are those that a key can have, the one that may do least first.
func (keysPage) Roles() []shipbell.Role {
	return []shipbell.Role{shipbell.RoleIngest, shipbell.RoleViewer, shipbell.RoleAdmin}
}

// keys are the access keys that the person may know of, the newest first.
func (v *visit) keys() ([]shipbell.AccessKey, error) {
	keys, err := v.c.App.ListAccessKeys(v.Context(), v.key)
	slices.SortStableFunc(keys, func(a, b shipbell.AccessKey) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return keys, err
}

// newKey makes an access key, and answers it as "id:secret".
func (v *visit) newKey(n app.NewAccessKey) (string, error) {
	made, err := v.c.App.CreateAccessKey(v.Context(), v.key, n)
	if err != nil {
		return "", err
	}
	secret, err := made.Secret.Reveal()
	return made.ID + ":" + secret, err
}

func (c *console) listKeys(v *visit) error {
	return v.showKeys(http.StatusOK, keysPage{Form: keyForm{app.NewAccessKey{Role: shipbell.RoleIngest}}})
}

func (v *visit) showKeys(status int, page keysPage) error {
	var err error
	if page.Keys, err = v.keys(); err != nil {
		return err
	}
	return v.show(status, "keys", v.t("keys.title"), page)
}

// makeKey makes an access key. It answers with the page itself, because the secret is
// to stand in no address.
func (c *console) makeKey(v *visit) error {
	page := keysPage{Form: keyForm{app.NewAccessKey{
		Role: shipbell.Role(v.PostForm.Get("role")), Registries: v.PostForm["registries"],
		Description: strings.ReplaceAll(v.PostForm.Get("description"), "\r\n", "\n"),
	}}}
	made, err := v.newKey(page.Form.NewAccessKey)
	if err == nil {
		return v.showKeys(http.StatusOK, keysPage{Form: keyForm{app.NewAccessKey{Role: shipbell.RoleIngest}}, Made: made})
	}
	var wrong bool
	if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
		return err
	}
	return v.showKeys(http.StatusUnprocessableEntity, page)
}

// askDeleteKey shows the access key that is about to be deleted.
func (c *console) askDeleteKey(v *visit) error {
	keys, err := v.keys()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(key shipbell.AccessKey) bool { return key.ID == v.PathValue("id") })
	if i < 0 {
		return shipbell.NewError(shipbell.NotFound, text.KeyUnknown, v.PathValue("id"))
	}
	return v.show(http.StatusOK, "key-delete", v.t("key.delete.title", keys[i].ID), keys[i])
}

func (c *console) deleteKey(v *visit) error {
	id := v.PathValue("id")
	if err := v.c.App.DeleteAccessKey(v.Context(), v.key, id); err != nil {
		return err
	}
	return v.redirect(keysPath + "?done=key.deleted")
}
