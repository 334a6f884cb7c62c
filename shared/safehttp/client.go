// Package safehttp holds the only HTTP client that may reach a target.
//
// Targets are named by users, so the client trusts nothing about them. It
// checks every address at the moment it is dialled, after names are resolved,
// so a name that changes its answer gains nothing. It follows no redirect, obeys
// no proxy from the environment, and bounds the time and size of every answer,
// unpacked as well.
//
// A pooled connection is used again without a new check, so neither clients with
// different options nor targets with different TLS settings share any.
package safehttp

import (
	"cmp"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// The bounds of one request.
const (
	defaultTimeout = 15 * time.Second
	maxHeaderBytes = 64 << 10
	maxBodyBytes   = 64 << 10
)

// Options says which addresses a client may reach, and how. The zero value
// reaches public addresses alone.
type Options struct {
	// Allow opens addresses that are not public, such as those of a private
	// network. Link-local, metadata, unspecified, multicast and broadcast
	// addresses stay closed whatever it says.
	Allow []netip.Prefix
	// Deny closes public addresses. Allow goes before it.
	Deny []netip.Prefix
	// DenyLoopback closes loopback even where Allow opens it. Set it wherever the
	// platform's own runtime listens there, as in a cloud function: a target on
	// loopback could take events from it.
	DenyLoopback bool
	// RootCAs are the authorities trusted for TLS; nil means the system's.
	RootCAs *x509.CertPool
	// Timeout bounds a whole request from name lookup to the end of the body; 0
	// means 15 s.
	Timeout time.Duration
	// MaxIdle is how many connections are kept for later requests; 0 means 2,048. Half
	// as many more may be kept for targets with TLS settings of their own.
	MaxIdle int
	// Resolver looks names up; nil means net.DefaultResolver.
	Resolver *net.Resolver
}

// Client sends requests to targets. It is safe for concurrent use.
type Client struct {
	guard   *guard
	connect func(ctx context.Context, network, address string) (net.Conn, error)
	pool    *pool
	timeout time.Duration
}

// Terms are what one target asks for. The zero value is what the client does anyway.
type Terms struct {
	// Timeout bounds the whole request; 0 means that of the client.
	Timeout time.Duration
	TLS     TLS
	// Owner names whom the target belongs to. Owners share what the client keeps for
	// targets with TLS settings of their own: see TLS.
	Owner string
}

// Response is what is known of a request: of its answer, if one came.
type Response struct {
	// StatusCode is 0 if no answer came.
	StatusCode int
	Header     http.Header
	// Body is the beginning of the body, at most 64 KiB: as much of it as came
	// before an error or the deadline. It is unpacked, and UTF-8 if the answer names
	// its charset.
	Body []byte
	// Size is how many bytes of body the target announced, or sent and were read.
	Size int64
	// Remote is the address that was connected to last; not valid if there was none.
	Remote netip.AddrPort
	Timings
}

// New makes a client. It copies what it needs from the options.
func New(o Options) *Client {
	o.Timeout, o.MaxIdle = cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.MaxIdle, maxIdle)
	g := newGuard(o)
	c := &Client{guard: g, timeout: o.Timeout}
	c.connect = (&net.Dialer{Resolver: o.Resolver, ControlContext: g.control}).DialContext
	c.pool = newPool(o, c.dial)
	return c
}

// Do is DoAs for a target without terms.
func (c *Client) Do(req *http.Request) (Response, error) { return c.DoAs(req, Terms{}) }

// DoAs sends one request and reads the beginning of its answer. An answer of any
// status, a redirect included, is a Response and no error, and once its header
// is read nothing that becomes of its body is an error either. If a connection that was
// used before ends without an answer, the request is sent once more on a new one.
//
// An error is a text.Message for errors.As, fit to be shown to users: it names neither
// the URL nor anything that the target sent, and no address but that of a private network
// that was blocked. Errors about a blocked address are ErrBlocked, and about terms that
// cannot be met ErrTerms; others wrap their cause. The Response of an error has no answer.
func (c *Client) DoAs(req *http.Request, terms Terms) (Response, error) {
	ways, err := c.pool.take(terms)
	if err != nil {
		return Response{}, err
	}
	defer c.pool.release(ways)
	timeout := cmp.Or(terms.Timeout, c.timeout)
	ctx, cancel := context.WithTimeoutCause(req.Context(), timeout, timeoutError(timeout))
	defer cancel()
	x := newExchange(timeout)
	resp, err := x.roundTrip(ctx, req, ways)
	if err != nil {
		return x.response(), describe(ctx, err)
	}
	defer resp.Body.Close()
	raw := beginning(resp)
	r := x.response()
	r.StatusCode, r.Header, r.Body = resp.StatusCode, resp.Header, decoded(resp.Header, raw)
	r.Size = max(resp.ContentLength, int64(len(raw)))
	return r, nil
}

// beginning reads what is wanted of a body. Reading a short one to its end lets
// the connection be used again; closing a long one ends the connection.
func beginning(resp *http.Response) []byte {
	if resp.ContentLength == 0 {
		// That of a 101 as well, whose body is the bare connection: no deadline
		// would end the reading of it.
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes))
	return body
}
