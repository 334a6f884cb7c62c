package console

import (
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// loginPage is the form to sign in.
type loginPage struct {
	Next string
	// ID is what was tried, and Wrong says that it was in vain.
	ID    string
	Wrong bool
}

func (c *console) showLogin(v *visit) error {
	next := local(v.Form.Get("next"))
	if _, err := c.session(v.Request); err == nil {
		return v.redirect(next)
	}
	return v.show(http.StatusOK, "login", v.t("login.title"), loginPage{Next: next})
}

// login begins a session. The answer is the same whatever is wrong with the key.
func (c *console) login(v *visit) error {
	page := loginPage{Next: local(v.PostForm.Get("next")), Wrong: true}
	secret := v.PostForm.Get("secret")
	// The whole key may be pasted into the first field, as it stands in a file.
	id, pasted, whole := strings.Cut(strings.TrimSpace(v.PostForm.Get("key")), ":")
	if page.ID = id; whole && secret == "" {
		secret = pasted
	}
	key, cookie, err := c.signIn(v.Context(), page.ID, strings.TrimSpace(secret))
	if shipbell.KindOf(err) == shipbell.Unauthorised {
		return v.show(http.StatusUnauthorized, "login", v.t("login.title"), page)
	}
	if err != nil {
		return err
	}
	v.key = key
	v.setCookie(cookie)
	return v.redirect(page.Next)
}

func (c *console) logout(v *visit) error {
	v.setCookie(&http.Cookie{Name: sessionCookie})
	return v.redirect(loginPath)
}
