package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	// probeEvery is how long the result of a probe holds: it bounds what askers without
	// a key can cost.
	probeEvery = time.Second
	// probeTimeout is how long a store may take to be called ready.
	probeTimeout = 2 * time.Second
)

// Health serves GET /healthz without a key: 200 as long as the process can answer.
func Health() http.Handler {
	return status(func() error { return nil })
}

// Ready serves GET /readyz without a key: 200 while probe gives no error within 2 s, and
// 503 otherwise, with the sentence of the error if it is a shipbell.Error. It probes when it is asked, at most once a second, so that it recovers
// with the store and needs no event for that.
func Ready(probe func(context.Context) error, now func() time.Time) http.Handler {
	p := &prober{probe: probe, now: now}
	return status(p.ask)
}

// prober remembers the result of a probe for probeEvery.
type prober struct {
	probe func(context.Context) error
	now   func() time.Time

	mu     sync.Mutex // held while probing: those who ask meanwhile get the same result
	probed time.Time
	err    error
}

func (p *prober) ask() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := p.now().Sub(p.probed); p.probed.IsZero() || age < 0 || age >= probeEvery {
		// The result is for others too, so the asker's own context does not end it.
		ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
		p.err = p.probe(ctx)
		cancel()
		p.probed = p.now()
	}
	return p.err
}

// status answers GET with the version, or with a 503 if check gives an error: the store
// does not answer, unless the error says otherwise.
func status(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			setHeaders(w)
			const allowed = "GET, HEAD"
			w.Header().Set("Allow", allowed)
			statusProblem(http.StatusMethodNotAllowed, text.New(text.MethodNotAllowed, r.Method, allowed), language(r)).write(w)
			return
		}
		if err := check(); err != nil {
			message := text.New(text.StoreUnavailable)
			if e, known := asError(err); known {
				message = e.Message
			}
			setHeaders(w)
			statusProblem(http.StatusServiceUnavailable, message, language(r)).write(w)
			return
		}
		write(w, Answer{Status: http.StatusOK, Body: apiv1.Health{Status: "ok", Version: shipbell.Version}})
	})
}
