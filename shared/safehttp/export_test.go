package safehttp

import (
	"context"
	"net"
	"net/http"
	"net/netip"
)

// Transport shows a client's settings.
func Transport(c *Client) *http.Transport { return c.transport }

// DialWith has a client dial in memory, so that its bounds can be tested on a
// false clock.
func DialWith(c *Client, dial func(context.Context, string, string) (net.Conn, error)) {
	c.transport.DialContext = dial
}

// Check asks the guard about an address, without dialing it.
func (c *Client) Check(addr netip.Addr) error { return c.guard.check(addr) }
