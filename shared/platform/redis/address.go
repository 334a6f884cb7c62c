package redis

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Address says where Redis is and how to sign in.
type Address struct {
	// Authorities are the certificate authorities to trust for TLS; nil for the
	// system's.
	Authorities *x509.CertPool
	// OneSlot tells that a script may touch the keys of one slot only: Redis is a
	// cluster, behind one address or not.
	OneSlot bool

	mode     string   // "", modeCluster or modeSentinel
	hosts    []string // each with its port
	master   string   // which the sentinels know by this name
	tls      bool
	user     string
	password string
	database int
}

// The kinds of address, as they follow the scheme.
const (
	modeCluster  = "cluster"
	modeSentinel = "sentinel"
	modeProxy    = "proxy"
)

// What is wrong with an address, without a part of it: it may hold a password.
var (
	errAddress  = errors.New("not of the form redis[s]://[user:password@]host:port[/db]")
	errDatabase = errors.New("what follows the host is not the number of a database")
	errTwice    = errors.New("a password is in the address, and another in SHIPBELL_REDIS_PASSWORD")
)

// ParseAddress reads an address. The password may come apart from it. Its forms
// are
//
//	redis[s]://[user:password@]host:port[/db]
//	redis[s]+proxy://[user:password@]host:port[/db]
//	redis[s]+cluster://[user:password@]host:port[,host:port…]
//	redis[s]+sentinel://[user:password@]host:port[,host:port…]/master[/db]
//
// where rediss is TLS. proxy is a cluster behind one address, which asks that a
// script touches one slot only; cluster is a cluster whose redirects are followed;
// the hosts of sentinel are the sentinels, and master is the name that they watch.
// An error holds no part of the address.
func ParseAddress(text, password string) (Address, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	authority, path, _ := strings.Cut(rest, "/")
	scheme, mode, named := strings.Cut(scheme, "+")
	user := authority[:strings.LastIndex(authority, "@")+1]
	hosts := strings.Split(authority[len(user):], ",")
	several := mode == modeCluster || mode == modeSentinel
	if scheme != "redis" && scheme != "rediss" || named && !several && mode != modeProxy || len(hosts) > 1 && !several {
		return Address{}, errAddress
	}
	a := Address{tls: scheme == "rediss", OneSlot: mode == modeProxy || mode == modeCluster, password: password}
	if several {
		a.mode = mode
	}
	for _, host := range hosts {
		u, err := url.Parse("redis://" + user + host + "/" + path)
		if err != nil || u.RawQuery != "" || u.Fragment != "" {
			return Address{}, errAddress
		}
		if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 || u.Hostname() == "" {
			return Address{}, errAddress
		}
		a.hosts, a.user = append(a.hosts, net.JoinHostPort(u.Hostname(), u.Port())), u.User.Username()
		if inside, given := u.User.Password(); given {
			if password != "" {
				return Address{}, errTwice
			}
			a.password = inside
		}
	}
	return a.withPath(path)
}

// withPath reads what follows the hosts: the master's name and the database.
func (a Address) withPath(path string) (Address, error) {
	if a.mode == modeSentinel {
		if a.master, path, _ = strings.Cut(path, "/"); a.master == "" {
			return Address{}, errAddress
		}
	}
	if path == "" {
		return a, nil
	}
	var err error
	if a.database, err = strconv.Atoi(path); err != nil || a.database < 0 || a.mode == modeCluster {
		return Address{}, errDatabase
	}
	return a, nil
}

// ReadAuthorities reads certificates from a file of PEM; "" gives nil.
func ReadAuthorities(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return pool, nil
}
