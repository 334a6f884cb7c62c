package safehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// What is kept of connections.
const (
	idleTimeout = 90 * time.Second
	pingAfter   = 15 * time.Second // silence before an HTTP/2 connection is pinged
	pingTimeout = 5 * time.Second
	// The connections in use are as many as the requests: callers bound these, for each
	// target and in all. One host may be the host of many targets, so a bound of its own
	// would have the requests to one target wait for those to another.
	maxIdlePerHost = 256
	maxIdle        = 2048
	tlsSessions    = 256
	// For each of the TLS settings of targets fewer are kept.
	maxPolicies    = 64
	policyIdle     = 4
	policySessions = 4
	http2          = "h2"
)

// TLS are the settings of one target. Connections are shared by targets with equal ones,
// and the client keeps no more than some dozens of settings: those of the owner with the
// most of them go first.
type TLS struct {
	// CA is one or more certificates in PEM of authorities to trust instead of the client's.
	CA string
	// Insecure takes any certificate.
	Insecure bool
	// Certificate and Key, in PEM, are shown to a target that asks for a certificate.
	Certificate, Key string
}

// ErrTerms is what errors about terms that cannot be met are.
var ErrTerms = errors.New("the terms cannot be met")

// ways are how targets with equal settings are reached.
type ways struct {
	// keeping keeps connections for later requests, and fresh makes one for each.
	keeping, fresh *http.Transport

	key     poolKey
	users   int
	usedAt  uint64
	evicted bool
}

type poolKey struct {
	owner string
	tls   TLS
}

// pool keeps ways to targets.
type pool struct {
	standard *ways
	roots    *x509.CertPool
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	most     int

	mu   sync.Mutex
	ways map[poolKey]*ways
	uses uint64
}

func newPool(o Options, dial func(ctx context.Context, network, address string) (net.Conn, error)) *pool {
	p := &pool{roots: o.RootCAs, dial: dial, ways: map[poolKey]*ways{}}
	p.most = min(maxPolicies, max(1, o.MaxIdle/(2*policyIdle)))
	p.standard = p.make(&tls.Config{RootCAs: o.RootCAs}, o.MaxIdle, tlsSessions)
	return p
}

// take gives the ways to a target, for one request: release takes them back.
func (p *pool) take(terms Terms) (*ways, error) {
	if terms.TLS == (TLS{}) {
		return p.standard, nil
	}
	key := poolKey{terms.Owner, terms.TLS}
	if w := p.find(key, nil); w != nil {
		return w, nil
	}
	config, err := terms.TLS.config(p.roots)
	if err != nil {
		return nil, err
	}
	return p.find(key, p.make(config, policyIdle, policySessions)), nil
}

// find gives what is kept for a key, which made is if nothing is yet.
func (p *pool) find(key poolKey, made *ways) *ways {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.ways[key]
	if w == nil {
		if made == nil {
			return nil
		}
		w, made.key, p.ways[key] = made, key, made
	}
	p.uses++
	w.users, w.usedAt = w.users+1, p.uses
	if len(p.ways) > p.most {
		p.evict(w)
	}
	return w
}

// evict gives up what was used least recently by the owner with the most settings, but not
// the newest.
func (p *pool) evict(newest *ways) {
	count := map[string]int{}
	for key := range p.ways {
		count[key.owner]++
	}
	var out *ways
	for key, w := range p.ways {
		if w == newest {
			continue
		}
		if out == nil || count[key.owner] > count[out.key.owner] || count[key.owner] == count[out.key.owner] && w.usedAt < out.usedAt {
			out = w
		}
	}
	delete(p.ways, out.key)
	out.evicted = true
	out.keeping.CloseIdleConnections()
}

// release takes ways back. Those that were given up keep no connection when their last
// request has ended.
func (p *pool) release(w *ways) {
	if w == p.standard {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.users--; w.users == 0 && w.evicted {
		w.keeping.CloseIdleConnections()
	}
}

// config is that of the settings, for a client that trusts the roots.
func (t TLS) config(roots *x509.CertPool) (*tls.Config, error) {
	config := &tls.Config{RootCAs: roots, InsecureSkipVerify: t.Insecure}
	if t.CA != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(t.CA)) {
			return nil, &failure{text.New(text.TLSFailed, text.OptionCertificate), ErrTerms}
		}
	}
	if t.Certificate != "" {
		pair, err := tls.X509KeyPair([]byte(t.Certificate), []byte(t.Key))
		if err != nil {
			return nil, &failure{text.New(text.TLSFailed, text.OptionKeyPair), ErrTerms}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// dialer connects with one TLS configuration.
type dialer struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	config *tls.Config
}

// dialPlain connects without TLS.
func (d *dialer) dialPlain(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &answerConn{Conn: conn}, nil
}

// make makes ways that keep some connections and TLS sessions.
func (p *pool) make(config *tls.Config, idle, sessions int) *ways {
	config.MinVersion, config.NextProtos = tls.VersionTLS12, []string{http2, "http/1.1"}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(sessions)
	d := &dialer{p.dial, config}
	keeping := transport(d, idle)
	fresh := transport(d, idle)
	fresh.DisableKeepAlives = true
	return &ways{keeping: keeping, fresh: fresh}
}

func transport(d *dialer, idle int) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // the guard would see the proxy's address and not the target's
		DialContext:            d.dialPlain,
		DialTLSContext:         d.dialTLS,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    min(maxIdlePerHost, idle),
		MaxIdleConns:           idle,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		// Without pings a dead HTTP/2 connection would fail every request
		// until the system gives the connection up.
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}
