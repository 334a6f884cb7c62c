package triggers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// CreateAdminKey is what an event must ask for to get an admin key.
const CreateAdminKey = "create-admin-key"

// AdminKey makes the function that gives out an admin key, the first or one in place
// of a lost one. It asks for no access key, so it may only answer direct invocations,
// which the platform allows to those who control the account. It answers
// {"key":"ID:SECRET"} to {"shipbell":"create-admin-key"}.
func AdminKey(d Deps) func(ctx context.Context, event []byte) ([]byte, error) {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var ask struct {
			Shipbell string `json:"shipbell"`
		}
		if err := json.Unmarshal(event, &ask); err != nil || ask.Shipbell != CreateAdminKey {
			return nil, fmt.Errorf("the event is not {%q:%q}", "shipbell", CreateAdminKey)
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
