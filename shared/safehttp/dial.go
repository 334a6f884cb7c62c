package safehttp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"net/netip"
	"sync"
	"time"
)

// errHandshakeTimeout is a target that did not agree on TLS in time.
var errHandshakeTimeout = errors.New("TLS handshake timeout")

// dial connects for an exchange, in its time.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	x := exchangeOf(ctx)
	ctx, cancel := context.WithTimeout(ctx, x.partTimeout())
	defer cancel()
	began := time.Now()
	t := &tries{began: began}
	conn, err := c.connect(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{DNSDone: t.resolved, ConnectDone: t.connected}), network, address)
	t.mu.Lock()
	defer t.mu.Unlock()
	x.note(func() {
		x.timings.DNS, x.timings.Connect = t.dns, time.Since(began)-t.dns
		if t.last.IsValid() {
			x.remote = t.last
		}
	})
	if err != nil {
		return nil, t.cause(err)
	}
	return conn, nil
}

// dialTLS is dial with a handshake.
func (c *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	raw, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	x, began := exchangeOf(ctx), time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, x.partTimeout(), errHandshakeTimeout)
	defer cancel()
	config := c.config.Clone()
	config.ServerName = host
	conn := tls.Client(raw, config)
	err = conn.HandshakeContext(ctx)
	x.note(func() { x.timings.TLS = time.Since(began) })
	if err != nil {
		raw.Close()
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	if conn.ConnectionState().NegotiatedProtocol == http2 {
		return conn, nil // net/http looks for this type
	}
	return &answerConn{Conn: conn}, nil
}

// tries are the addresses of a host that were tried. Some may be tried at once.
type tries struct {
	began time.Time

	mu      sync.Mutex
	dns     time.Duration
	last    netip.AddrPort
	blocked []blocked
	failed  error // of the first that was not blocked
}

func (t *tries) resolved(httptrace.DNSDoneInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dns = time.Since(t.began)
}

func (t *tries) connected(_, address string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if rule, ok := errors.AsType[blocked](err); ok {
		t.blocked = append(t.blocked, rule)
		return
	}
	if at, err := netip.ParseAddrPort(address); err == nil {
		t.last = at
	}
	if t.failed == nil {
		t.failed = err
	}
}

// cause is why no address could be connected to. A host is blocked only if all its addresses
// are: another may be reached later. Of those, one that the operator can allow says most.
func (t *tries) cause(err error) error {
	if t.failed != nil {
		return t.failed
	}
	for _, rule := range t.blocked {
		if rule.canAllow() {
			return rule
		}
	}
	return err
}
