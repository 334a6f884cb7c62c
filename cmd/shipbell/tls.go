package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// certificateAge is how long a certificate is used before its files are looked at again.
const certificateAge = time.Second

// certificate is what the server shows of itself: a certificate with its key, read again
// when one of the files changes. While the new ones cannot be read or do not fit each
// other, the one before goes on.
type certificate struct {
	certFile, keyFile string
	logger            *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	files   [2]fileMark
	checked time.Time
}

// fileMark tells whether a file is still the one that was read.
type fileMark struct {
	modified time.Time
	size     int64
}

// openCertificate reads the files; it is nil if none are named.
func openCertificate(certFile, keyFile string, logger *slog.Logger) (*certificate, error) {
	switch {
	case certFile == "" && keyFile == "":
		return nil, nil
	case certFile == "" || keyFile == "":
		return nil, usagef("--tls-cert and --tls-key belong together: give both")
	}
	c := &certificate{certFile: certFile, keyFile: keyFile, logger: logger, checked: time.Now()}
	var err error
	if c.files, err = c.marks(); err == nil {
		c.loaded, err = c.load()
	}
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return c, nil
}

func (c *certificate) load() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	return &pair, err
}

func (c *certificate) marks() (marks [2]fileMark, err error) {
	for i, path := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(path)
		if err != nil {
			return marks, err
		}
		marks[i] = fileMark{modified: info.ModTime(), size: info.Size()}
	}
	return marks, nil
}

// get is the certificate of now, for tls.Config.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < certificateAge {
		return c.loaded, nil
	}
	c.checked = time.Now()
	marks, err := c.marks()
	if err == nil && marks == c.files {
		return c.loaded, nil
	}
	var fresh *tls.Certificate
	if err == nil {
		fresh, err = c.load()
	}
	if err != nil {
		c.logger.LogAttrs(hello.Context(), slog.LevelWarn, "the TLS certificate cannot be read again, the one before goes on", slog.Any("error", err))
		return c.loaded, nil
	}
	c.loaded, c.files = fresh, marks
	c.logger.LogAttrs(hello.Context(), slog.LevelInfo, "TLS certificate read again", slog.Time("until", fresh.Leaf.NotAfter))
	return c.loaded, nil
}

// config is for the server: nil without a certificate.
func (c *certificate) config() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12}
}

// address is the URL at which a listener is reached: by the name that the certificate is
// for, if it is for one.
func (c *certificate) address(at net.Addr) string {
	plain := ownAddress(at)
	if c == nil {
		return plain
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(plain, "http://"))
	if err != nil {
		return plain
	}
	for _, name := range c.loaded.Leaf.DNSNames {
		if !strings.Contains(name, "*") {
			host = name
			break
		}
	}
	return "https://" + net.JoinHostPort(host, port)
}
