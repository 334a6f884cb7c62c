package receive

import (
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// decode reads the body of a request, undoes its encodings and decodes it. If the sender
// would repeat a refused request for ever, a body that is too large or cannot be unpacked
// is ignored instead of refused. What the sender signed with the registry's secret is
// verified before anything is read.
func (d *Deps) decode(r *api.Request, registry shipbell.Registry) (decoded source.Decoded, err error) {
	forced := r.URL.Query().Get("source")
	body, err := api.ReadBody(r.Request, api.MaxEvent)
	if err == nil {
		body, err = source.Unpack(r.Header, body, api.MaxEvent)
	}
	kind := shipbell.KindOf(err)
	if (kind == shipbell.TooLarge || kind == shipbell.Unsupported) && source.Blocking(r.Header, forced) {
		return source.Decoded{Ignored: []shipbell.IgnoredEvent{{Reason: text.Of(err)}}}, nil
	}
	if err != nil {
		return decoded, err
	}
	if err := sender.Check(registry.Secret, r.Header, body); err != nil {
		return decoded, err
	}
	if decoded, err = source.Decode(source.Request{Header: r.Header, Body: body, Source: forced, ReceivedAt: d.Now()}); err != nil {
		return decoded, err
	}
	if err := d.checkGoogle(r, registry, decoded); err != nil {
		return decoded, err
	}
	return decoded, d.checkSNS(r.Context(), registry, &decoded)
}

// validated answers the event by which Event Grid asks whether its events are wanted: it
// takes no 202 for it.
func validated(code string) api.Answer {
	return api.Answer{Status: http.StatusOK, Body: apiv1.Validation{ValidationResponse: code}}
}

// options answers who asks before it sends CloudEvents whether they are wanted, as
// "HTTP 1.1 Web Hooks for Event Delivery" has it. The key tells that they are.
func (d *Deps) options(r *api.Request) (api.Answer, error) {
	if _, err := d.Store.Rules(r.Context(), r.Registry); err != nil {
		return api.Answer{}, err
	}
	origin, rate := r.Header.Get("WebHook-Request-Origin"), r.Header.Get("WebHook-Request-Rate")
	return api.Answer{Write: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", strings.Join([]string{http.MethodPost, http.MethodOptions}, ", "))
		if origin != "" {
			w.Header().Set("WebHook-Allowed-Origin", origin)
		}
		if rate != "" {
			w.Header().Set("WebHook-Allowed-Rate", rate)
		}
		w.WriteHeader(http.StatusOK)
	}}, nil
}
