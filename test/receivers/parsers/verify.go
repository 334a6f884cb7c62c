package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// verifyStandard checks a signature v1.
func verifyStandard(r request) (string, error) {
	w, err := standardwebhooks.NewWebhook(r.Secret)
	if err == nil {
		err = w.Verify(r.Body, r.Header)
	}
	return "signed", err
}

// verifyEd25519 checks a signature v1a, which that library does not know, by its public key.
func verifyEd25519(r request) (string, error) {
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Secret, "whpk_"))
	if err != nil {
		return "", err
	}
	text, found := strings.CutPrefix(r.Header.Get("webhook-signature"), "v1a,")
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !found || len(public) != ed25519.PublicKeySize {
		return "", fmt.Errorf("no signature %q for a key of %d bytes", text, len(public))
	}
	signed := r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "." + string(r.Body)
	if !ed25519.Verify(public, []byte(signed), signature) {
		return "", errors.New("another signature")
	}
	return "signed", nil
}
