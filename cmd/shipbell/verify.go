package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/sign"
)

// verification is what the flags of verify say.
type verification struct {
	auth        shipbell.Auth
	secret, url string
	headers     list
	at          string
}

func verifyCommand() command {
	s := &verification{}
	return command{
		name: "verify", args: "FILE|-", least: 1, most: 1, summary: "check the signature of a request that was received",
		about: `Checks a request as its receiver should, and says what is wrong with it: for those who
write a receiver. FILE is the body, byte for byte as it came. It talks to no server. If
the request is not right, the exit code is 3.`,
		examples: []string{
			"shipbell verify body.json --secret whsec_… --header 'webhook-id: …' --header 'webhook-timestamp: …' --header 'webhook-signature: …'",
			"shipbell verify body.json --secret SECRET --auth hmac --auth-header X-Hub-Signature-256 --auth-prefix sha256= \\\n      --header 'X-Hub-Signature-256: sha256=…'",
			"shipbell verify body.json --secret SECRET --auth dingtalk --url '/robot/send?timestamp=…&sign=…'",
		},
		flags: s.register,
		run:   func(_ context.Context, c *call) error { return c.verify(s) },
	}
}

func (s *verification) register(f *flag.FlagSet) {
	f.StringVar(&s.secret, "secret", "", "`SECRET` of the target; of whsk_… the public key whpk_… will do")
	f.Var(&s.headers, "header", "header of the request, `'KEY: VALUE'`; repeat for several")
	f.StringVar(&s.url, "url", "", "`URL` of the request, or its path and query; for dingtalk")
	f.StringVar((*string)(&s.auth.Scheme), "auth", string(shipbell.AuthStandard), "`SCHEME`: "+schemes())
	f.StringVar(&s.auth.Header, "auth-header", "", "`HEADER` of the signature or the token; for hmac and token")
	f.StringVar(&s.auth.Prefix, "auth-prefix", "", "`TEXT` that stands before it")
	f.StringVar(&s.auth.Algorithm, "auth-algorithm", "", "`ALGORITHM` of hmac: sha1, sha256 (if none is given) or sha512")
	f.StringVar(&s.at, "at", "", "check as of a `TIME`, as 2026-11-30T12:00:00Z or in Unix seconds; now if not given")
}

func schemes() string {
	var names []string
	for _, scheme := range shipbell.AuthSchemes() {
		names = append(names, string(scheme))
	}
	return strings.Join(names, ", ")
}

func (c *call) verify(s *verification) error {
	received, now, err := s.read()
	if err != nil {
		return err
	}
	if received.Body, err = c.readInput(c.arguments[0]); err != nil {
		return err
	}
	proof, err := sign.Check(received, s.auth, s.secret, now)
	switch {
	case errors.Is(err, sign.ErrSettings):
		return usagef("%v", err)
	case err != nil:
		c.sayf("invalid: %v", err)
		s.hint(c, received, err, now)
		return errUnmet
	}
	c.sayf("valid: %s", describeProof(s.auth.Scheme, proof))
	return nil
}

// read reads the flags.
func (s *verification) read() (r sign.Received, now time.Time, err error) {
	inHeader := s.auth.Scheme == shipbell.AuthHMAC || s.auth.Scheme == shipbell.AuthToken
	switch {
	case s.secret == "":
		return r, now, usagef("--secret: give the secret of the target")
	case inHeader && s.auth.Header == "":
		return r, now, usagef("--auth-header: say which header has what %s makes", s.auth.Scheme)
	}
	r.Header = http.Header{}
	for _, text := range s.headers.values {
		key, value, found := strings.Cut(text, ":")
		if !found {
			// The text may be a secret, so it is not repeated.
			return r, now, usagef("--header: write it as 'KEY: VALUE'; there is no colon")
		}
		r.Header.Add(strings.TrimSpace(key), strings.TrimSpace(value))
	}
	u, err := url.Parse(s.url)
	if err != nil {
		return r, now, usagef("--url: it cannot be read")
	}
	r.Query = u.Query()
	now, err = readMoment(s.at)
	return r, now, err
}

// readMoment reads a time; "" is now.
func readMoment(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usagef("--at: write a time as 2026-11-30T12:00:00Z, or in Unix seconds")
	}
	return at, nil
}

// hint says what can be tried about a request that is not right.
func (s *verification) hint(c *call, r sign.Received, wrong error, now time.Time) {
	if errors.Is(wrong, sign.ErrTime) && s.at == "" {
		c.sayf("If you kept the request for a while, give --at with the time at which it came.")
	}
	trimmed := bytes.TrimRight(r.Body, "\r\n")
	if !errors.Is(wrong, sign.ErrWrong) || len(trimmed) == len(r.Body) {
		return
	}
	r.Body = trimmed
	if _, err := sign.Check(r, s.auth, s.secret, now); err == nil || errors.Is(err, sign.ErrTime) {
		c.sayf("The signature fits the body without the line end at its end: the body was sent without one.")
	}
}

// describeProof says what a right proof proves, and what it does not.
func describeProof(scheme shipbell.AuthScheme, p sign.Proof) string {
	switch cmp.Or(scheme, shipbell.AuthStandard) {
	case shipbell.AuthStandard:
		return fmt.Sprintf("signed (%s) at %s", p.Version, p.At.UTC().Format(time.RFC3339))
	case shipbell.AuthHMAC:
		return fmt.Sprintf("signed (%s); no time is signed", p.Version)
	case shipbell.AuthToken:
		return "the token is right; nothing is signed"
	}
	return fmt.Sprintf("signed at %s; the rest of the request is not signed", p.At.UTC().Format(time.RFC3339))
}
