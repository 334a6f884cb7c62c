package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	loginPath     = base + "login"
	sessionCookie = "shipbell_session"
	// sessionTime is how long somebody stays signed in.
	sessionTime = 12 * time.Hour
	// sealContext keeps a session from opening as anything else that is sealed.
	sealContext = "console session"
)

// sealedSession is what the cookie of a session says.
type sealedSession struct {
	Key     string    `json:"key"`
	Expires time.Time `json:"expires"`
}

func noSession() error {
	return shipbell.NewError(shipbell.Unauthorised, text.SignInRequired)
}

// session finds the access key that a request's session is of. The key is read
// again, so that a session ends with its key. Anything but a session in force gives
// an Unauthorised error.
func (c *console) session(r *http.Request) (shipbell.AccessKey, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return shipbell.AccessKey{}, noSession()
	}
	text, err := c.Sealer.Open(sealContext, cookie.Value)
	if err != nil {
		return shipbell.AccessKey{}, noSession()
	}
	var s sealedSession
	if err := json.Unmarshal([]byte(text), &s); err != nil || !c.Now().Before(s.Expires) {
		return shipbell.AccessKey{}, noSession()
	}
	key, err := c.Keys.AccessKey(r.Context(), s.Key)
	if shipbell.KindOf(err) == shipbell.NotFound {
		return shipbell.AccessKey{}, noSession()
	}
	return key, err
}

// signIn begins a session if id and secret are those of an access key that may see
// something.
func (c *console) signIn(ctx context.Context, id, secret string) (shipbell.AccessKey, *http.Cookie, error) {
	key, err := access.Verify(ctx, c.Keys, id, secret)
	if err == nil && key.Role == shipbell.RoleIngest {
		err = shipbell.NewError(shipbell.Unauthorised, text.KeyRoleNotAllowed, key.ID, key.Role)
	}
	if err != nil {
		return key, nil, err
	}
	text, err := json.Marshal(sealedSession{Key: key.ID, Expires: c.Now().Add(sessionTime)})
	if err != nil {
		return key, nil, err
	}
	sealed, err := c.Sealer.Seal(sealContext, string(text))
	return key, &http.Cookie{Name: sessionCookie, Value: sealed, MaxAge: int(sessionTime.Seconds())}, err
}

// setCookie sends a cookie that no script sees and no other site's page sends. An
// empty value takes it back.
func (v *visit) setCookie(cookie *http.Cookie) {
	cookie.Path, cookie.HttpOnly, cookie.SameSite = base, true, http.SameSiteStrictMode
	cookie.Secure = v.secure()
	if cookie.Value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(v.w, cookie)
}

// secure reports whether the request came by TLS, as far as can be seen.
func (v *visit) secure() bool {
	return v.c.TLS || v.TLS != nil || v.Header.Get("X-Forwarded-Proto") == "https"
}
