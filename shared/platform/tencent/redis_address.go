package tencent

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

// address is where Redis is and how to enter.
type address struct {
	host        string // with its port
	tls         bool
	authorities *x509.CertPool // nil for the system's
	user        string
	password    string
	database    int
}

// What is wrong with an address, without a part of it: it may hold a password.
var (
	errAddress  = errors.New("not of the form redis[s]://[user:password@]host:port[/db]")
	errDatabase = errors.New("what follows the host is not the number of a database")
	errTwice    = errors.New("a password is in the address, and another in " + varRedisPassword)
)

// parseAddress reads an address. The password may come apart from it.
func parseAddress(text, password string) (address, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" {
		return address{}, errAddress
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 || u.Hostname() == "" {
		return address{}, errAddress
	}
	a := address{host: net.JoinHostPort(u.Hostname(), u.Port()), tls: u.Scheme == "rediss", user: u.User.Username(), password: password}
	if inside, given := u.User.Password(); given {
		if password != "" {
			return address{}, errTwice
		}
		a.password = inside
	}
	if database := strings.TrimPrefix(u.Path, "/"); database != "" {
		if a.database, err = strconv.Atoi(database); err != nil || a.database < 0 {
			return address{}, errDatabase
		}
	}
	return a, nil
}

// readAuthorities reads certificates from a file; "" gives nil.
func readAuthorities(path string) (*x509.CertPool, error) {
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
