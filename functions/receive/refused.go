package receive

import (
	"log/slog"
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// refused remembers why a request is refused, for people who wait for its events. A failure
// is logged: nothing depends on it.
func (d *Deps) refused(r *api.Request, err error) {
	status := api.Status(shipbell.KindOf(err))
	if status >= http.StatusInternalServerError {
		return
	}
	if err := d.Store.Refusals().Add(r.Context(), r.Registry, status, refusal(text.Of(err))); err != nil {
		d.Logger.LogAttrs(r.Context(), slog.LevelWarn, "a refused request is forgotten", slog.String("registry", r.Registry), slog.Any("error", err))
	}
}

// refusal is what is remembered of a reason. Anybody may send a request, so nothing that
// one says is shown: only these sentences have no words of it.
func refusal(reason text.Message) text.Message {
	switch reason.Code {
	case text.KeyRequired, text.KeyRoleInsufficient, text.SenderSignature, text.SenderUnsigned, text.SenderToken, text.SenderNoToken,
		text.BodyTooLarge, text.BodyCutShort, text.SourceNotObject, text.SourceNotRecognised:
		return reason
	case text.RegistryUnknown:
		return text.New(text.RefusedRegistry)
	case text.BodyEncoding, text.BodyNotUnpacked:
		return text.New(text.RefusedEncoding)
	case text.RequestInvalid:
		return text.New(text.RefusedQuery)
	}
	return text.New(text.RefusedBody)
}
