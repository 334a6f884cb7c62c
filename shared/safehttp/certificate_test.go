package safehttp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
)

func TestCertificates(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ip    string
		valid time.Duration
		tls   *tls.Config
		want  string
	}{
		{name: "good", ip: "127.0.0.1", valid: time.Hour, tls: &tls.Config{}, want: "<nil>"},
		{name: "for another host", ip: "10.9.8.7", valid: time.Hour, tls: &tls.Config{}, want: "tls: the certificate is for other names than this host"},
		{name: "expired", ip: "127.0.0.1", valid: -time.Minute, tls: &tls.Config{}, want: "tls: the certificate expired on " + time.Now().Add(-time.Minute).UTC().Format(time.DateOnly)},
		{name: "without names", valid: time.Hour, tls: &tls.Config{}, want: "tls: the certificate has no subject alternative name"},
		{
			name: "client certificate wanted", ip: "127.0.0.1", valid: time.Hour,
			tls:  &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert},
			want: "tls: handshake failure",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cert, roots := certificate(t, tt.ip, tt.valid)
			tt.tls.Certificates = []tls.Certificate{cert}
			url := tlsServer(tt.tls)(t)
			_, err := safehttp.New(safehttp.Options{Allow: loopback(), RootCAs: roots}).Do(newRequest(t, url))
			if got := fmt.Sprint(err); got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
		})
	}
}

// certificate makes a self-signed certificate for an address, valid until so
// long from now, and the pool that trusts it.
func certificate(t *testing.T, ip string, valid time.Duration) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "s3cr3t"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(valid),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	if ip != "" {
		template.IPAddresses = []net.IP{net.ParseIP(ip)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
