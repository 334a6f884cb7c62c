package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// newCertificate is the command of scripts that makes a certificate.
func newCertificate(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(writeCertificate(ts.MkAbs("cert.pem"), ts.MkAbs("key.pem"), args[0]))
}

// writeCertificate writes a new certificate for a host, signed by itself, and its key.
func writeCertificate(certFile, keyFile, host string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

func TestCertificateReadAgain(t *testing.T) {
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	if err := writeCertificate(certFile, keyFile, "localhost"); err != nil {
		t.Fatal(err)
	}
	c, err := openCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	// later is the certificate that is shown when it is time to look at the files.
	later := func() *big.Int {
		t.Helper()
		c.checked = time.Time{}
		shown, err := c.get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return shown.Leaf.SerialNumber
	}
	first := later()
	if err := os.WriteFile(keyFile, []byte("half a ke"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := later(); got.Cmp(first) != 0 {
		t.Error("a key that cannot be read was taken")
	}
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	if got := later(); got.Cmp(first) != 0 {
		t.Error("a certificate that is gone was taken")
	}
	if err := writeCertificate(certFile, keyFile, "localhost"); err != nil {
		t.Fatal(err)
	}
	if got := later(); got.Cmp(first) == 0 {
		t.Error("the new certificate was not taken")
	}
}
