// Package access decides who may do what: it authenticates access keys, holds
// them to their roles and registries, and seals secrets.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Keys finds access keys; a NotFound error means that there is none with the id.
type Keys interface {
	AccessKey(ctx context.Context, id string) (shipbell.AccessKey, error)
}

// errNoEntry is the same whatever is wrong with the key, so that nobody learns
// which ids exist.
func errNoEntry() error {
	return shipbell.NewError(shipbell.Unauthorised, text.KeyRequired)
}

// Authenticate finds the access key that a request shows: in its Authorization
// header (Basic, or Bearer id:secret) or, where fromQuery allows it, as
// ?key=id:secret, which is for keys of role ingest only, also beside a bearer token.
// Anything but a valid key gives an Unauthorised error.
func Authenticate(r *http.Request, keys Keys, fromQuery bool) (shipbell.AccessKey, error) {
	id, secret, inQuery := shown(r, fromQuery)
	key, err := Verify(r.Context(), keys, id, secret)
	if err == nil && inQuery && key.Role != shipbell.RoleIngest {
		err = errNoEntry()
	}
	if err != nil {
		return shipbell.AccessKey{}, err
	}
	return key, nil
}

// Verify finds the access key with this id and secret. Anything but a valid key
// gives an Unauthorised error, and costs the same work.
func Verify(ctx context.Context, keys Keys, id, secret string) (shipbell.AccessKey, error) {
	key, err := keys.AccessKey(ctx, id)
	if err != nil && shipbell.KindOf(err) != shipbell.NotFound {
		return shipbell.AccessKey{}, err
	}
	want, revealErr := key.Secret.Reveal()
	given, stored := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(want))
	same := subtle.ConstantTimeCompare(given[:], stored[:]) == 1
	if err != nil || revealErr != nil || want == "" || !same {
		return shipbell.AccessKey{}, errNoEntry()
	}
	return key, nil
}

// shown reads the id and secret from a request.
func shown(r *http.Request, fromQuery bool) (id, secret string, inQuery bool) {
	if id, secret, ok := r.BasicAuth(); ok {
		return id, secret, false
	}
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	// A bearer without a colon shows no access key, but what a sender proves itself with.
	other := fromQuery && !strings.Contains(credentials, ":") && r.URL.Query().Has("key")
	if strings.EqualFold(scheme, "Bearer") && !other {
		id, secret, _ = strings.Cut(strings.TrimSpace(credentials), ":")
		return id, secret, false
	}
	if fromQuery {
		id, secret, _ = strings.Cut(r.URL.Query().Get("key"), ":")
		return id, secret, true
	}
	return "", "", false
}

// Allow checks that a key has a role: an admin key has every role.
func Allow(key shipbell.AccessKey, role shipbell.Role) error {
	if key.Role == role || key.Role == shipbell.RoleAdmin {
		return nil
	}
	return shipbell.NewError(shipbell.Forbidden, text.KeyRoleInsufficient, key.ID, key.Role, role)
}

// AllowRegistry checks that a key may touch a registry. One that it may not looks
// like one that is not there.
func AllowRegistry(key shipbell.AccessKey, registry string) error {
	if len(key.Registries) == 0 || slices.Contains(key.Registries, registry) {
		return nil
	}
	return shipbell.NoRegistry(registry)
}

// Within reports whether a key may touch all that another key with these
// registries may.
func Within(key shipbell.AccessKey, registries []string) bool {
	if len(key.Registries) == 0 {
		return true
	}
	for _, registry := range registries {
		if !slices.Contains(key.Registries, registry) {
			return false
		}
	}
	return len(registries) > 0
}

// NewKey makes an access key with a random id and a secret of 32 random bytes.
func NewKey(role shipbell.Role, registries []string, description string) shipbell.AccessKey {
	id, secret := make([]byte, 10), make([]byte, 32)
	rand.Read(id) // never fails
	rand.Read(secret)
	if registries == nil {
		registries = []string{}
	}
	return shipbell.AccessKey{
		ID:         "ak" + strings.ToLower(base32.StdEncoding.EncodeToString(id)),
		Role:       role,
		Registries: registries, Description: description,
		Secret: shipbell.NewSecret(base64.RawURLEncoding.EncodeToString(secret)),
	}
}
