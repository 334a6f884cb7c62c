package sender

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"sync"
	"time"
)

// How long a key, or the failure to get it, is kept, and how many are.
const (
	keepKey     = 24 * time.Hour
	keepFailure = time.Minute
	maxKeys     = 64
)

// keys keeps the public keys of certificates by their addresses.
type keys struct {
	now func() time.Time

	mu    sync.Mutex
	known map[string]key
}

type key struct {
	public *rsa.PublicKey
	err    error
	until  time.Time
}

// get gives the key of a certificate that is fetched if it is not known. A failure is
// kept for a minute, so that not every event waits for a host that does not answer.
func (k *keys) get(address string, fetch func() ([]byte, error)) (*rsa.PublicKey, error) {
	now := k.now()
	k.mu.Lock()
	found, ok := k.known[address]
	k.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.public, found.err
	}
	found = key{until: now.Add(keepFailure)}
	data, err := fetch()
	if err == nil {
		var certificate *x509.Certificate
		if certificate, err = readCertificate(data, now); err == nil {
			found.public, _ = certificate.PublicKey.(*rsa.PublicKey)
			found.until = earlier(now.Add(keepKey), certificate.NotAfter)
		}
	}
	found.err = err
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= maxKeys {
		clear(k.known)
	}
	k.known[address] = found
	return found.public, found.err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// readCertificate reads a certificate of an RSA key that is valid now.
func readCertificate(data []byte, now time.Time) (*x509.Certificate, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no certificate in PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	if _, ok := certificate.PublicKey.(*rsa.PublicKey); !ok {
		return nil, errors.New("the certificate is not one of an RSA key")
	}
	if now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
		return nil, errors.New("the certificate is not valid now")
	}
	return certificate, nil
}
