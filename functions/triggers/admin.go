package triggers

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// CreateAdminKey is what an event must ask for to get an admin key.
const CreateAdminKey = "create-admin-key"

// errNoAdminSecret tells whoever deploys what is missing.
var errNoAdminSecret = errors.New("SHIPBELL_ADMIN_SECRET of this function is not set: no admin key is made without it")

// errAdminSecret tells that the event carries no secret or a wrong one.
var errAdminSecret = errors.New("the secret of the event is not SHIPBELL_ADMIN_SECRET")

// AdminKey makes the function that gives out an admin key, the first or one in place
// of a lost one. It asks for no access key, so it may only answer direct invocations,
// which the platform allows to those who control the account, or to functions as well:
// then the event must carry the admin secret, which no function but this one has. It
// answers {"key":"ID:SECRET"} to {"shipbell":"create-admin-key","secret":"…"}.
func AdminKey(d Deps) func(ctx context.Context, event []byte) ([]byte, error) {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var ask struct {
			Shipbell string `json:"shipbell"`
			Secret   string `json:"secret"`
		}
		if err := json.Unmarshal(event, &ask); err != nil || ask.Shipbell != CreateAdminKey {
			return nil, fmt.Errorf("the event is not {%q:%q}", "shipbell", CreateAdminKey)
		}
		if err := d.checkAdminSecret(ask.Secret); err != nil {
			d.Router.Logger.LogAttrs(ctx, slog.LevelWarn, "admin key refused", slog.Any("error", err))
			return nil, err
		}
		key, err := d.App.CreateAdminKey(ctx, "made by invoking the function")
		if err != nil {
			return nil, err
		}
		d.Router.Logger.LogAttrs(ctx, slog.LevelWarn, "admin key made by invoking the function", slog.String("key", key.ID))
		secret, err := key.Secret.Reveal()
		answer, encodeErr := json.Marshal(map[string]string{"key": key.ID + ":" + secret})
		return answer, errors.Join(err, encodeErr)
	}
}

// checkAdminSecret compares what an event carries with the setting, in a time that
// tells nothing of either.
func (d *Deps) checkAdminSecret(given string) error {
	if d.AdminSecret.Empty() {
		if d.NeedsAdminSecret {
			return errNoAdminSecret
		}
		return nil
	}
	want, err := d.AdminSecret.Reveal()
	if err != nil {
		return err
	}
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	if subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		return errAdminSecret
	}
	return nil
}
