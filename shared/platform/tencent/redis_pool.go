package tencent

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	// maxConnections is how many calls are under way at once; others wait. An
	// instance of SCF works on one event, and only deliver's has many messages.
	maxConnections = 16
	// maxIdle is how long a connection may lie unused before it is made anew: what
	// is between may have forgotten it, above all while SCF froze the process.
	maxIdle = time.Minute

	connectTimeout = 2 * time.Second
	answerTimeout  = 2 * time.Second
)

// pool keeps connections to Redis.
type pool struct {
	connect func(context.Context) (redis.Conn, error)
	now     func() time.Time
	slots   chan struct{}

	mu   sync.Mutex
	idle []idleConn // the last one was used last
}

type idleConn struct {
	redis.Conn
	since time.Time // by the wall clock, which goes on while the process is frozen
}

func newPool(a address, now func() time.Time) *pool {
	options := []redis.DialOption{
		redis.DialConnectTimeout(connectTimeout), redis.DialReadTimeout(answerTimeout), redis.DialWriteTimeout(answerTimeout),
		redis.DialUsername(a.user), redis.DialPassword(a.password), redis.DialDatabase(a.database),
	}
	if a.tls {
		options = append(options, redis.DialUseTLS(true), redis.DialTLSHandshakeTimeout(connectTimeout),
			redis.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: a.authorities}))
	}
	return &pool{
		now:   now,
		slots: make(chan struct{}, maxConnections),
		connect: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", a.host, options...)
		},
	}
}

// take gives a connection that nobody else uses, which must be given back.
func (p *pool) take(ctx context.Context) (redis.Conn, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if conn := p.used(); conn != nil {
		return conn, nil
	}
	conn, err := p.connect(ctx)
	if err != nil {
		<-p.slots
	}
	return conn, err
}

// used gives the connection that was used last, or nil.
func (p *pool) used() redis.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last >= 0 && p.now().Sub(p.idle[last].since) > maxIdle {
		p.drop() // the others were used still longer ago
		return nil
	}
	if last < 0 {
		return nil
	}
	conn := p.idle[last].Conn
	p.idle = p.idle[:last]
	return conn
}

// give takes a connection back. One that is broken is closed, and so are all that
// lie idle: what broke one has mostly broken them as well.
func (p *pool) give(conn redis.Conn, broken bool) {
	defer func() { <-p.slots }()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !broken {
		p.idle = append(p.idle, idleConn{conn, p.now().Round(0)})
		return
	}
	_ = conn.Close() // it is broken
	p.drop()
}

// drop closes what lies idle.
func (p *pool) drop() {
	for _, c := range p.idle {
		_ = c.Close() // nothing is under way on it
	}
	p.idle = nil
}
