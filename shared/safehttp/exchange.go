package safehttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Timings say how long the parts of a request took. What was not done, as on a connection
// that was used before, took no time.
type Timings struct {
	DNS, Connect, TLS time.Duration
	// FirstByte is from the beginning of the request to the first byte of the answer, and
	// Total to its end.
	FirstByte, Total time.Duration
	// Reused tells that the connection was used before.
	Reused bool
}

// exchange is one request with what is seen of it. A connection may still be made for it
// when it has ended, so its lock guards what is written.
type exchange struct {
	timeout time.Duration
	began   time.Time

	mu       sync.Mutex
	timings  Timings
	remote   netip.AddrPort
	answered bool
}

type exchangeKey struct{}

func newExchange(timeout time.Duration) *exchange {
	return &exchange{timeout: timeout, began: time.Now()}
}

// exchangeOf is the exchange that a connection is made for.
func exchangeOf(ctx context.Context) *exchange {
	return ctx.Value(exchangeKey{}).(*exchange)
}

// partTimeout is how long it may take to connect, names looked up, and as long again to
// agree on TLS: a third of the whole, so that time is left for the answer, or 5 s.
func (x *exchange) partTimeout() time.Duration { return max(x.timeout/3, 5*time.Second) }

// note changes what is seen of the exchange.
func (x *exchange) note(change func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	change()
}

// response is what is known without an answer.
func (x *exchange) response() Response {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.timings.Total = time.Since(x.began)
	return Response{Remote: x.remote, Timings: x.timings}
}

// roundTrip sends the request, once more on a new connection if a used one ended.
func (x *exchange) roundTrip(ctx context.Context, req *http.Request, ways *ways) (*http.Response, error) {
	ctx = httptrace.WithClientTrace(context.WithValue(ctx, exchangeKey{}, x), &httptrace.ClientTrace{
		GotConn: x.gotConn, GotFirstResponseByte: x.gotFirstByte,
	})
	req = req.WithContext(ctx)
	// What the target packs is unpacked all the same.
	req.Header.Set("Accept-Encoding", "identity")
	// Redirects are the business of http.Client: a bare round trip has none.
	resp, err := ways.keeping.RoundTrip(req)
	if err == nil || ctx.Err() != nil || !x.endedUnanswered(err) {
		return resp, err
	}
	if req.GetBody != nil {
		body, bodyErr := req.GetBody()
		if bodyErr != nil {
			return nil, err
		}
		req.Body = body
	}
	return ways.fresh.RoundTrip(req)
}

func (x *exchange) gotConn(info httptrace.GotConnInfo) {
	if conn, ok := info.Conn.(*answerConn); ok {
		conn.expect()
	}
	x.note(func() {
		x.timings.Reused, x.answered = info.Reused, false
		if address, ok := info.Conn.RemoteAddr().(*net.TCPAddr); ok {
			x.remote = address.AddrPort()
		}
	})
}

func (x *exchange) gotFirstByte() {
	x.note(func() { x.answered, x.timings.FirstByte = true, time.Since(x.began) })
}

// endedUnanswered reports whether an error means that a connection that had been used
// before ended without a byte of the answer: the target closed it while it was not used,
// and most probably never saw the request.
func (x *exchange) endedUnanswered(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	// A target that refuses a stream of HTTP/2 has answered.
	if ok && timeout.Timeout() || strings.HasPrefix(err.Error(), "stream error:") {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.timings.Reused && !x.answered
}
