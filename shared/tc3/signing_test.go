package tc3_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/tc3"
)

// signing is a client's way to sign, written after Tencent Cloud's document and not
// after what it tests.
type signing struct {
	method, host, path, query, body, service, names, secret string
	at                                                      time.Time
	lower, unsigned                                         bool
}

func newSigning() signing {
	return signing{method: "POST", host: "shipbell.test:8080", path: "/", body: `{"RegistryId":"default"}`, service: "tcr", names: "content-type;host", secret: secret, at: now}
}

// request signs a request, as it arrives at a service with two names.
func (s signing) request() *tc3.Request {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("X-TC-Action", "DescribeWebhookTrigger")
	h.Set("X-TC-Timestamp", fmt.Sprint(s.at.Unix()))
	payload := s.body
	if s.unsigned {
		payload = "UNSIGNED-PAYLOAD"
		h.Set("X-TC-Content-SHA256", payload)
	}
	canonical := s.method + "\n" + s.path + "\n" + s.query + "\n"
	for _, name := range strings.Split(s.names, ";") {
		value := h.Get(name)
		if name == "host" {
			value = s.host
		}
		if s.lower {
			value = strings.ToLower(value)
		}
		canonical += name + ":" + value + "\n"
	}
	canonical += "\n" + s.names + "\n" + fmt.Sprintf("%x", sha256.Sum256([]byte(payload)))
	date := s.at.UTC().Format("2006-01-02")
	scope := date + "/" + s.service + "/tc3_request"
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s\n%x", s.at.Unix(), scope, sha256.Sum256([]byte(canonical)))
	key := []byte("TC3" + s.secret)
	for _, part := range []string{date, s.service, "tc3_request", text} {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	h.Set("Authorization", fmt.Sprintf("TC3-HMAC-SHA256 Credential=ak/%s, SignedHeaders=%s, Signature=%x", scope, s.names, key))
	return &tc3.Request{
		Method: s.method, Hosts: []string{"shipbell.test:8080", "shipbell.example.com"}, Paths: []string{"/"}, Query: s.query, Header: h, Body: []byte(s.body),
	}
}

// v1Request signs a request by v1, and changes its parameters before and after.
func v1Request(method, algorithm string, before, after func(url.Values)) *tc3.Request {
	v := url.Values{
		"Action": {"DescribeWebhookTrigger"}, "RegistryId": {"a b&c"}, "SecretId": {"ak"}, "Nonce": {"7"},
		"Timestamp": {fmt.Sprint(now.Unix())}, "SignatureMethod": {algorithm},
	}
	if before != nil {
		before(v)
	}
	var names []string
	for name := range v {
		names = append(names, name)
	}
	sort.Strings(names)
	for i, name := range names {
		names[i] = name + "=" + v.Get(name)
	}
	m := hmac.New(map[string]func() hash.Hash{"HmacSHA1": sha1.New, "HmacSHA256": sha256.New}[algorithm], []byte(secret))
	m.Write([]byte(method + "shipbell.test:8080/prefix?" + strings.Join(names, "&")))
	v.Set("Signature", base64.StdEncoding.EncodeToString(m.Sum(nil)))
	if after != nil {
		after(v)
	}
	r := &tc3.Request{Method: method, Hosts: []string{"shipbell.test:8080"}, Paths: []string{"/prefix"}, Header: http.Header{}}
	if method == "GET" {
		r.Query = v.Encode()
		return r
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Body = []byte(v.Encode())
	return r
}
