package tc3_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/tc3"
)

// documented is the example of Tencent Cloud's document on signature v3.
func documented(signedHeaders, signature string) *tc3.Request {
	return &tc3.Request{
		Method: "POST", Hosts: []string{"cvm.tencentcloudapi.com"}, Paths: []string{"/"},
		Header: http.Header{
			"Authorization": {"TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=" + signedHeaders + ", Signature=" + signature},
			"Content-Type":  {"application/json; charset=utf-8"}, "X-Tc-Action": {"DescribeInstances"}, "X-Tc-Timestamp": {"1551113065"},
		},
		Body: []byte(`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`),
	}
}

// TestDocumented verifies the signatures that the document has printed over time. The
// later one signs the action, in lower case.
func TestDocumented(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ secret, headers, signature string }{
		{"Gu5t9xGARNpq86cd98joQYCN3*******", "content-type;host", "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"},
		{strings.Repeat("*", 32), "content-type;host;x-tc-action", "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"},
	} {
		s, err := tc3.Read(documented(test.headers, test.signature), time.Unix(1551113065, 0))
		if err != nil {
			t.Fatal(err)
		}
		if s.SecretID != "AKIDEXAMPLE" || s.Service != "cvm" || s.Parameters != nil {
			t.Errorf("read %+v", s)
		}
		if err := s.Verify(test.secret); err != nil {
			t.Errorf("%s: %v", test.headers, err)
		}
		for _, wrong := range []string{"", test.secret + "x", "TC3" + test.secret} {
			if s.Verify(wrong) == nil {
				t.Errorf("%s: the secret %q is as good", test.headers, wrong)
			}
		}
	}
}

const secret = "a-secret-of-a-test"

// now is when all requests of these tests are made.
var now = time.Date(2026, 11, 22, 23, 58, 0, 0, time.UTC)

// code is how a request fares.
func code(t *testing.T, r *tc3.Request) string {
	t.Helper()
	s, err := tc3.Read(r, now)
	if err == nil {
		err = s.Verify(secret)
	}
	var e *tc3.Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &e) || e.Message.IsZero() || strings.Contains(e.Error(), secret):
		t.Errorf("the error %v is none for a client", err)
	}
	return e.Code
}

func TestTC3(t *testing.T) {
	t.Parallel()
	const failure, expired = tc3.Failure, tc3.Expired
	header := func(name, value string) func(*tc3.Request) {
		return func(r *tc3.Request) { r.Header.Set(name, value) }
	}
	authorization := func(old, new string) func(*tc3.Request) {
		return func(r *tc3.Request) {
			before := r.Header.Get("Authorization")
			if r.Header.Set("Authorization", strings.Replace(before, old, new, 1)); before == r.Header.Get("Authorization") {
				panic("the Authorization header does not hold " + old)
			}
		}
	}
	tests := map[string]struct {
		before func(*signing)     // how it is signed
		after  func(*tc3.Request) // what becomes of it on its way
		want   string
	}{
		"as signed":                     {},
		"another path":                  {after: func(r *tc3.Request) { r.Paths = []string{"/tcr"} }}, // which is not signed
		"more headers signed":           {before: func(s *signing) { s.names = "content-type;host;x-tc-action;x-tc-timestamp" }},
		"another order":                 {before: func(s *signing) { s.names = "x-tc-action;host;content-type" }},
		"values in lower case":          {before: func(s *signing) { s.lower, s.names = true, "content-type;host;x-tc-action" }},
		"parts in another order":        {after: authorization("Credential=ak/2026-11-22/tcr/tc3_request, SignedHeaders=content-type;host, ", "SignedHeaders=content-type;host,Credential=ak/2026-11-22/tcr/tc3_request,")},
		"outer spaces of a value":       {after: header("Content-Type", "  application/json ")},
		"product tag":                   {before: func(s *signing) { s.service = "tag" }},
		"product with a path":           {before: func(s *signing) { s.service = "localhost:8080/tcr" }},
		"host without its port":         {before: func(s *signing) { s.host = "shipbell.test" }},
		"host with a path":              {before: func(s *signing) { s.host = "shipbell.test:8080/tcr" }, after: func(r *tc3.Request) { r.Paths = []string{"/", "/tcr"} }},
		"path signed":                   {before: func(s *signing) { s.host, s.path = "shipbell.test", "/tcr/" }, after: func(r *tc3.Request) { r.Paths = []string{"/tcr/"} }},
		"another path, signed":          {before: func(s *signing) { s.host, s.path = "shipbell.test", "/tcr/" }, after: func(r *tc3.Request) { r.Paths = []string{"/tcs/"} }, want: failure},
		"path signed, host with port":   {before: func(s *signing) { s.path = "/tcr/" }, after: func(r *tc3.Request) { r.Paths = []string{"/tcr/"} }, want: failure},
		"another port":                  {before: func(s *signing) { s.host = "shipbell.test:8081" }, want: failure},
		"host of the settings":          {before: func(s *signing) { s.host = "shipbell.example.com" }},
		"GET, sorted":                   {before: func(s *signing) { s.method, s.query, s.body = "GET", "A=1&B=x+y", "" }},
		"GET, as it is sent":            {before: func(s *signing) { s.method, s.query, s.body = "GET", "B=x%20y&A=1", "" }},
		"GET, sent in another order":    {before: func(s *signing) { s.method, s.query, s.body = "GET", "A=1&B=x+y", "" }, after: func(r *tc3.Request) { r.Query = "B=x%20y&A=1" }},
		"not signed body, over TLS":     {before: func(s *signing) { s.unsigned = true }, after: func(r *tc3.Request) { r.Secure = true; r.Body = []byte("{}") }},
		"five minutes old":              {before: func(s *signing) { s.at = now.Add(-5 * time.Minute) }},
		"of the next day":               {before: func(s *signing) { s.at = now.Add(4 * time.Minute) }},
		"not signed body, without TLS":  {before: func(s *signing) { s.unsigned = true }, want: failure},
		"claimed to be not signed":      {after: func(r *tc3.Request) { r.Secure = true; r.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD") }, want: failure},
		"over five minutes old":         {before: func(s *signing) { s.at = now.Add(-5*time.Minute - time.Second) }, want: expired},
		"over five minutes early":       {before: func(s *signing) { s.at = now.Add(5*time.Minute + time.Second) }, want: expired},
		"date of another day":           {after: authorization("2026-11-22", "2026-11-23"), want: expired},
		"no time":                       {after: func(r *tc3.Request) { r.Header.Del("X-TC-Timestamp") }, want: expired},
		"time that is none":             {after: header("X-TC-Timestamp", "now"), want: expired},
		"time beyond all":               {after: header("X-TC-Timestamp", "9223372036854775807"), want: expired},
		"another time":                  {after: header("X-TC-Timestamp", "1795391881"), want: failure},
		"another body":                  {after: func(r *tc3.Request) { r.Body = []byte(`{"RegistryId":"other"}`) }, want: failure},
		"another method":                {after: func(r *tc3.Request) { r.Method = "GET" }, want: failure},
		"another host":                  {after: func(r *tc3.Request) { r.Hosts = []string{"other.example.com"} }, want: failure},
		"another type":                  {after: header("Content-Type", "text/plain"), want: failure},
		"another action, signed":        {before: func(s *signing) { s.names = "content-type;host;x-tc-action" }, after: header("X-TC-Action", "DeleteWebhookTrigger"), want: failure},
		"two actions, one signed":       {before: func(s *signing) { s.names = "content-type;host;x-tc-action" }, after: func(r *tc3.Request) { r.Header.Add("X-TC-Action", "Other") }, want: failure},
		"signed header is gone":         {before: func(s *signing) { s.names = "content-type;host;x-tc-action" }, after: func(r *tc3.Request) { r.Header.Del("X-TC-Action") }, want: failure},
		"another product":               {after: authorization("/tcr/", "/tag/"), want: failure},
		"GET with another query":        {before: func(s *signing) { s.method, s.query = "GET", "A=1" }, after: func(r *tc3.Request) { r.Query = "A=2" }, want: failure},
		"GET with a query that is none": {before: func(s *signing) { s.method, s.query = "GET", "A=1" }, after: func(r *tc3.Request) { r.Query = "A=%" }, want: failure},
		"short signature": {after: func(r *tc3.Request) {
			r.Header.Set("Authorization", strings.TrimRight(r.Header.Get("Authorization"), "0123456789abcdef"))
		}, want: failure},
		"another scheme":            {after: header("Authorization", "Bearer ak:"+secret), want: failure},
		"algorithm alone":           {after: header("Authorization", "TC3-HMAC-SHA256"), want: failure},
		"no credential":             {after: authorization("Credential=ak/2026-11-22/tcr/tc3_request, ", ""), want: failure},
		"no id":                     {after: authorization("=ak/", "=/"), want: failure},
		"credential in three parts": {after: authorization("/tcr/", "/"), want: failure},
		"no product":                {after: authorization("/tcr/", "//"), want: failure},
		"credential of another end": {after: authorization("tc3_request", "aws4_request"), want: failure},
		"header that never was":     {before: func(s *signing) { s.names = "content-type;host;x-absent" }, want: failure},
		"host not signed":           {before: func(s *signing) { s.names = "content-type" }, want: failure},
		"type not signed":           {before: func(s *signing) { s.names = "host" }, want: failure},
		"header twice":              {before: func(s *signing) { s.names = "content-type;host;host" }, want: failure},
		"name in capitals":          {before: func(s *signing) { s.names = "content-type;host;X-TC-Action" }, want: failure},
		"empty name":                {before: func(s *signing) { s.names = "content-type;host;" }, want: failure},
		"part twice":                {after: authorization("SignedHeaders", "Credential=x, SignedHeaders"), want: failure},
		"a fourth part":             {after: authorization("SignedHeaders", "More=x, SignedHeaders"), want: failure},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSigning()
			if test.before != nil {
				test.before(&s)
			}
			r := s.request()
			if test.after != nil {
				test.after(r)
			}
			if got := code(t, r); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestV1(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	for name, test := range map[string]struct {
		method, algorithm string
		before, after     func(url.Values)
		route             func(*tc3.Request)
		want              string
	}{
		"HmacSHA1":             {method: "POST", algorithm: "HmacSHA1"},
		"HmacSHA256":           {method: "POST", algorithm: "HmacSHA256"},
		"GET":                  {method: "GET", algorithm: "HmacSHA256"},
		"HmacSHA1 by default":  {method: "POST", algorithm: "HmacSHA1", before: func(v url.Values) { v.Del("SignatureMethod") }},
		"host of the settings": {method: "POST", algorithm: "HmacSHA1", route: func(r *tc3.Request) { r.Hosts = []string{"10.0.0.1:8080", r.Hosts[0]} }},
		"another parameter":    {method: "POST", algorithm: "HmacSHA1", after: set("RegistryId", "other"), want: tc3.Failure},
		"one parameter more":   {method: "POST", algorithm: "HmacSHA1", after: set("Id", "1"), want: tc3.Failure},
		"parameter twice":      {method: "POST", algorithm: "HmacSHA1", after: func(v url.Values) { v.Add("RegistryId", "other") }, want: tc3.Failure},
		"another algorithm":    {method: "POST", algorithm: "HmacSHA1", after: set("SignatureMethod", "HmacSHA256"), want: tc3.Failure},
		"unknown algorithm":    {method: "POST", algorithm: "HmacSHA1", before: set("SignatureMethod", "HmacMD5"), want: tc3.Failure},
		"no nonce":             {method: "POST", algorithm: "HmacSHA1", before: func(v url.Values) { v.Del("Nonce") }, want: tc3.Failure},
		"no id":                {method: "POST", algorithm: "HmacSHA1", before: func(v url.Values) { v.Del("SecretId") }, want: tc3.Failure},
		"no signature":         {method: "POST", algorithm: "HmacSHA1", after: func(v url.Values) { v.Del("Signature") }, want: tc3.Failure},
		"signature not base64": {method: "POST", algorithm: "HmacSHA1", after: set("Signature", "%%%"), want: tc3.Failure},
		"no time":              {method: "POST", algorithm: "HmacSHA1", before: func(v url.Values) { v.Del("Timestamp") }, want: tc3.Expired},
		"old":                  {method: "POST", algorithm: "HmacSHA1", before: set("Timestamp", "1795391579"), want: tc3.Expired},
		"another path":         {method: "POST", algorithm: "HmacSHA1", route: func(r *tc3.Request) { r.Paths = []string{"/other"} }, want: tc3.Failure},
		"another host":         {method: "POST", algorithm: "HmacSHA1", route: func(r *tc3.Request) { r.Hosts = []string{"other"} }, want: tc3.Failure},
		"a body that is JSON":  {method: "POST", algorithm: "HmacSHA1", route: func(r *tc3.Request) { r.Header.Set("Content-Type", "application/json") }, want: tc3.Failure},
		"a form that is none":  {method: "POST", algorithm: "HmacSHA1", route: func(r *tc3.Request) { r.Body = []byte("A=%") }, want: tc3.Failure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := v1Request(test.method, test.algorithm, test.before, test.after)
			if test.route != nil {
				test.route(r)
			}
			if got := code(t, r); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestNoSecret refuses a signature that was made with the empty secret, which stands
// for a key that is not known.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	anybody := newSigning()
	anybody.secret = ""
	s, err := tc3.Read(anybody.request(), now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Verify("") == nil {
		t.Error("whoever knows no secret can sign with it")
	}
}

// TestProducts has a signature hold for its product, and for any if its client took a
// part of the endpoint for the product's name.
func TestProducts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		service, host string
		paths         []string
		want          bool
	}{
		{"tcr", "127.0.0.1:8080", nil, true},
		{"tag", "127.0.0.1:8080", nil, false},
		{"127", "127.0.0.1:8080", nil, true},
		{"128", "127.0.0.1:8080", nil, false},
		{"shipbell", "shipbell.example.com", nil, true},
		{"tag", "tag.example.com", nil, true},
		{"localhost:8080", "localhost:8080", nil, true},
		{"localhost", "localhost:8080", nil, false},
		{"localhost:8080/tcr", "localhost:8080", []string{"/tcr/", "/", "/tcr"}, true},
		{"localhost:8080/tcs", "localhost:8080", []string{"/tcr/", "/", "/tcr"}, false},
		{"[::1]:8080", "[::1]:8080", nil, true},
	} {
		signed := newSigning()
		signed.service = test.service
		r := signed.request()
		r.Hosts, r.Paths = []string{test.host}, test.paths
		s, err := tc3.Read(r, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.For("tcr"); got != test.want {
			t.Errorf("signed for %q at %s%v: %v, want %v", test.service, test.host, test.paths, got, test.want)
		}
	}
}

// TestV1Parameters has what was signed come out of the signature.
func TestV1Parameters(t *testing.T) {
	t.Parallel()
	s, err := tc3.Read(v1Request("POST", "HmacSHA1", nil, nil), now)
	if err != nil {
		t.Fatal(err)
	}
	if s.SecretID != "ak" || s.Service != "" || s.Parameters["Action"] != "DescribeWebhookTrigger" || s.Parameters["RegistryId"] != "a b&c" {
		t.Errorf("read %+v", s)
	}
}

func BenchmarkVerify(b *testing.B) {
	large := newSigning()
	large.body = strings.Repeat(" ", 256<<10)
	for name, r := range map[string]*tc3.Request{
		"TC3": newSigning().request(), "TC3 of 256 KiB": large.request(), "v1": v1Request("POST", "HmacSHA256", nil, nil),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := tc3.Read(r, now)
				if err == nil {
					err = s.Verify(secret)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
