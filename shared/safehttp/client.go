// Package safehttp holds the only HTTP client that may reach a target.
//
// Targets are named by users, so the client trusts nothing about them. It
// checks every address at the moment it is dialled, after names are resolved,
// so a name that changes its answer gains nothing. It follows no redirect, obeys
// no proxy from the environment, unpacks no compressed body, and bounds the time
// and size of every answer.
//
// A pooled connection is used again without a new check, so clients with
// different options share nothing.
package safehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// The bounds of one request. The total of Options.Timeout is around them all.
const (
	defaultTimeout = 15 * time.Second
	connectTimeout = 5 * time.Second // names are resolved within it
	tlsTimeout     = 5 * time.Second
	headerTimeout  = 10 * time.Second
	idleTimeout    = 90 * time.Second
	pingAfter      = 15 * time.Second // silence before an HTTP/2 connection is pinged
	pingTimeout    = 5 * time.Second
	maxHeaderBytes = 64 << 10
	maxBodyBytes   = 16 << 10
	// The connections in use are as many as the requests: callers bound these, for each
	// target and in all. One host may be the host of many targets, so a bound of its own
	// would have the requests to one target wait for those to another.
	maxIdlePerHost = 256
	maxIdle        = 2048
	tlsSessions    = 256
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
	// MaxIdle is how many connections are kept for later requests; 0 means 2,048.
	MaxIdle int
	// Resolver looks names up; nil means net.DefaultResolver.
	Resolver *net.Resolver
}

// Client sends requests to targets. It is safe for concurrent use.
type Client struct {
	guard     *guard
	transport *http.Transport
	timeout   time.Duration
}

// Response is an answer whose header has been read.
type Response struct {
	StatusCode int
	Header     http.Header
	// Body is the beginning of the body, at most 16 KiB: as much of it as came
	// before an error or the deadline.
	Body []byte
}

// New makes a client. It copies what it needs from the options.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = maxIdle
	}
	g := newGuard(o)
	dialer := &net.Dialer{Timeout: connectTimeout, Resolver: o.Resolver, ControlContext: g.control}
	return &Client{
		guard:   g,
		timeout: o.Timeout,
		transport: &http.Transport{
			Proxy:       nil, // the guard would see the proxy's address and not the target's
			DialContext: dialer.DialContext,
			TLSClientConfig: &tls.Config{
				MinVersion:         tls.VersionTLS12,
				RootCAs:            o.RootCAs,
				ClientSessionCache: tls.NewLRUClientSessionCache(tlsSessions),
			},
			TLSHandshakeTimeout:    tlsTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeaderBytes,
			MaxIdleConnsPerHost:    min(maxIdlePerHost, o.MaxIdle),
			MaxIdleConns:           o.MaxIdle,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
			// Without pings a dead HTTP/2 connection would fail every request
			// until the system gives the connection up.
			HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		},
	}
}

// Do sends one request and reads the beginning of its answer. An answer of any
// status, a redirect included, is a Response and no error, and once its header
// is read nothing that becomes of its body is an error either.
//
// An error is a text.Message for errors.As, fit to be shown to users: it names neither
// the URL, nor a resolved address, nor anything that the target sent. Errors
// about a blocked address are ErrBlocked; others wrap their cause.
func (c *Client) Do(req *http.Request) (Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), c.timeout, timeoutError(c.timeout))
	defer cancel()
	// Redirects are the business of http.Client: a bare round trip has none.
	resp, err := c.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return Response{}, describe(ctx, err)
	}
	defer resp.Body.Close()
	return Response{StatusCode: resp.StatusCode, Header: resp.Header, Body: beginning(resp)}, nil
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
