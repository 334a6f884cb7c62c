package safehttp

import (
	"context"
	"net"
	"net/http"
	"net/netip"
)

// Transport shows a client's settings.
func Transport(c *Client) *http.Transport { return c.pool.standard.keeping }

// DialWith has a client dial in memory, so that its bounds can be tested on a
// false clock.
func DialWith(c *Client, dial func(context.Context, string, string) (net.Conn, error)) {
	c.connect = dial
}

// Check asks the guard about an address, without dialing it.
func (c *Client) Check(addr netip.Addr) error { return c.guard.check(addr) }

// Kept is how many settings of targets have connections.
func Kept(c *Client) int {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	return len(c.pool.ways)
}

// KeepsFor reports whether what is kept for terms is there.
func KeepsFor(c *Client, t Terms) bool {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	return c.pool.ways[poolKey{t.Owner, t.TLS}] != nil
}
