package aws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// watched is an HTTP client that gives a request up when nothing comes of it for a time: no
// answer since it was begun, or no more of its body. A long answer may take longer, as long
// as it goes on. The time is platform.TryTime; a service that is slow as a whole gets more,
// for requests that are repeated too soon would make it slower.
type watched struct {
	transport *http.Transport
	patience  atomic.Int64 // a time.Duration, or 0 for platform.TryTime
}

// maxPatience is the most that a slow service gets.
const maxPatience = 8 * platform.TryTime

// Do implements aws.HTTPClient.
func (w *watched) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	patience, began := max(platform.TryTime, time.Duration(w.patience.Load())), time.Now()
	timer := time.AfterFunc(patience, func() { cancel(silence{patience}) })
	answer, err := w.transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		timer.Stop()
		if err = whySilent(ctx, err); errors.As(err, new(silence)) {
			w.patience.Store(int64(min(2*patience, maxPatience)))
			w.transport.CloseIdleConnections() // they may be dead as well
		}
		cancel(nil)
		return nil, err
	}
	w.patience.Store(int64(min(3*time.Since(began), maxPatience)))
	timer.Reset(patience)
	answer.Body = &watchedBody{answer.Body, ctx, cancel, timer, patience}
	return answer, nil
}

// watchedBody is the body of an answer to a watched request.
type watchedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	// patience is how long it may take until more of it comes.
	patience time.Duration
}

// Read implements io.Reader.
func (b *watchedBody) Read(to []byte) (int, error) {
	n, err := b.ReadCloser.Read(to)
	if err != nil {
		b.timer.Stop()
		return n, whySilent(b.ctx, err)
	}
	b.timer.Reset(b.patience)
	return n, nil
}

// Close implements io.Closer.
func (b *watchedBody) Close() error {
	b.timer.Stop()
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// whySilent is silence if that ended the request, and else its error.
func whySilent(ctx context.Context, err error) error {
	if silent, ok := context.Cause(ctx).(silence); ok && err != io.EOF {
		return silent
	}
	return err
}

// silence is the error of a request that was given up. It is a timeout, which the SDK
// knows to pass.
type silence struct{ patience time.Duration }

func (s silence) Error() string { return "nothing came within " + s.patience.String() }

// Timeout tells that it may pass.
func (silence) Timeout() bool { return true }
