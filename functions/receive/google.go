package receive

import (
	"errors"
	"log/slog"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// checkGoogle holds a request to the token that Google's Pub/Sub sends, where the registry
// asks for one: a token that is there must be right, and events of Artifact Registry must
// have one. A token that cannot be verified now counts, because the key has let the request
// in: only a wrong one is refused.
func (d *Deps) checkGoogle(r *api.Request, registry shipbell.Registry, decoded source.Decoded) error {
	if registry.Google.IsZero() {
		return nil
	}
	token, found := sender.BearerToken(r.Header)
	switch {
	case !found && decoded.Source == source.GoogleArtifactRegistry:
		return shipbell.NewError(shipbell.Unauthorised, text.SenderNoToken)
	case !found || d.Google == nil:
		return nil
	}
	err := d.Google.Verify(r.Context(), token, registry.Google)
	var wrong sender.WrongToken
	if errors.As(err, &wrong) {
		return shipbell.Wrap(shipbell.Unauthorised, err, text.SenderToken, string(wrong))
	}
	if err != nil {
		d.Logger.LogAttrs(r.Context(), slog.LevelWarn, "a message of Google Pub/Sub counts unverified", slog.String("registry", registry.ID), slog.Any("error", err))
	}
	return nil
}
