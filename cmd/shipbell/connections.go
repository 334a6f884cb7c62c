package main

import (
	lists "container/list"
	"errors"
	"net"
	"net/http"
	"sync"

	"github.com/shipbell/shipbell/shared/setup"
)

const (
	// mostConnections bounds incoming connections where the system allows more files.
	mostConnections = 10_000
	// leastConnections is served however few files the system allows.
	leastConnections = 16
)

// connectionLimit is how many incoming connections are kept: half of the files that the
// process may open. The others are for the store and for requests to targets.
func connectionLimit() int {
	return int(max(leastConnections, min(mostConnections, setup.FileLimit()/2)))
}

// connections is a listener that keeps at most a number of connections. A new one beyond
// it takes the place of the one that has been without a request for longest: one that has
// sent nothing yet, has not sent its headers, or lies idle after an answer. So whoever
// holds connections without sending requests holds nobody else out. A connection with a
// request that is being answered is never closed; when there are only such, new ones wait
// in the system's queue.
type connections struct {
	net.Listener
	most int

	mu sync.Mutex
	// idle are the *connection without a request, the longest first; busy counts those
	// with one.
	idle   lists.List
	busy   int
	open   map[string]*connection
	closed bool
	freed  *sync.Cond
}

// connection is one that was accepted, named by the address of its other side.
type connection struct {
	net.Conn
	of   *connections
	name string
	// place is where it is in the list of idle ones; nil while it has a request.
	place *lists.Element
	gone  bool
}

func limitConnections(listener net.Listener, most int) *connections {
	l := &connections{Listener: listener, most: most, open: map[string]*connection{}}
	l.freed = sync.NewCond(&l.mu)
	return l
}

// Accept waits for the next connection, and until there is a place for it.
func (l *connections) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: conn, of: l, name: conn.RemoteAddr().String()}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.open) >= l.most && l.idle.Len() == 0 && !l.closed {
		l.freed.Wait()
	}
	if l.closed {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	if len(l.open) >= l.most {
		displaced := l.idle.Front().Value.(*connection)
		l.forget(displaced)
		_ = displaced.Conn.Close() // its server notices when it reads
	}
	c.place = l.idle.PushBack(c)
	l.open[c.name] = c
	return c, nil
}

// Close stops listening. Connections stay.
func (l *connections) Close() error {
	l.mu.Lock()
	l.closed = true
	l.freed.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// forget drops a connection from the books. The lock is held.
func (l *connections) forget(c *connection) {
	if c.gone {
		return
	}
	c.gone = true
	if c.place != nil {
		l.idle.Remove(c.place)
	} else {
		l.busy--
	}
	l.freed.Signal()
	if l.open[c.name] == c {
		delete(l.open, c.name)
	}
}

// Close ends the connection.
func (c *connection) Close() error {
	c.of.mu.Lock()
	c.of.forget(c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// watch marks a connection as busy while its request is answered.
func (l *connections) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mark(r.RemoteAddr, true)
		defer l.mark(r.RemoteAddr, false)
		next.ServeHTTP(w, r)
	})
}

func (l *connections) mark(name string, busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.open[name]
	switch {
	case c == nil:
	case busy && c.place != nil:
		l.idle.Remove(c.place)
		c.place = nil
		l.busy++
	case !busy && c.place == nil:
		c.place = l.idle.PushBack(c)
		l.busy--
		l.freed.Signal()
	}
}
