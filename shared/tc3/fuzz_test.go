package tc3_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/shipbell/shipbell/shared/tc3"
)

// FuzzAuthorization reads any header: it gets an Error or a signature of the id that
// the header names, which no secret but the right one makes right.
func FuzzAuthorization(f *testing.F) {
	right := newSigning().request()
	f.Add(right.Header.Get("Authorization"))
	f.Add("TC3-HMAC-SHA256 Credential=/2026-11-22//tc3_request, SignedHeaders=;host, Signature=00")
	f.Add("TC3-HMAC-SHA256 Signature=,Credential====,,SignedHeaders=content-type;host;content-type")
	f.Add("Bearer ak:secret")
	f.Fuzz(func(t *testing.T, header string) {
		r := newSigning().request()
		r.Header.Set("Authorization", header)
		s, err := tc3.Read(r, now)
		var e *tc3.Error
		if err != nil {
			if !errors.As(err, &e) || (e.Code != tc3.Failure && e.Code != tc3.Expired) {
				t.Errorf("%q: the error %v is none for a client", header, err)
			}
			return
		}
		if s.SecretID == "" || !strings.Contains(header, "Credential="+s.SecretID+"/") {
			t.Errorf("%q: is of %q", header, s.SecretID)
		}
		if s.Verify("") == nil || s.Verify(secret+"x") == nil {
			t.Errorf("%q: a wrong secret is as good", header)
		}
	})
}

// FuzzVerify has the Go SDK of Tencent Cloud sign a request, in each of its three
// ways, and verifies it. What was signed is then changed, and is refused.
func FuzzVerify(f *testing.F) {
	f.Add("RegistryId", "default", "/", "application/json", byte(0))
	f.Add("Trigger.Condition", "nginx*&x=1 +%", "/tcr", "", byte(1))
	f.Add("名", "\u2028<>\"", "/a/b", "x: y", byte(2))
	f.Add("A", "", "/", "", byte(3))
	f.Add("Signature", "x", "/", "", byte(4))
	f.Add("a", "\x00\n", "/%41", "", byte(5))
	f.Fuzz(func(t *testing.T, name, value, path, extra string, way byte) {
		sent := signBySDK(t, name, value, path, extra, way)
		if sent == nil || sent.URL.EscapedPath() != path { // v1 signs a path that it does not send
			t.Skip()
		}
		body, err := io.ReadAll(sent.Body)
		if err != nil {
			t.Fatal(err)
		}
		r := &tc3.Request{
			Method: sent.Method, Hosts: []string{"10.0.0.1:80", sent.Host}, Paths: []string{sent.URL.EscapedPath()}, Query: sent.URL.RawQuery,
			Header: sent.Header, Body: body,
		}
		s, err := tc3.Read(r, time.Now())
		if err == nil {
			err = s.Verify(secret)
		}
		if err != nil {
			t.Fatalf("%s %s %q %q: %v", r.Method, sent.URL, r.Header, body, err)
		}
		if s.Verify(secret[1:]) == nil {
			t.Error("another secret is as good")
		}
		if r.Method == http.MethodGet {
			r.Query += "&More=1"
		} else {
			r.Body = append(r.Body, "&More=1"...)
		}
		if s, err = tc3.Read(r, time.Now()); err == nil && s.Verify(secret) == nil {
			t.Errorf("what was added is as good: %s %q %q", r.Method, r.Query, r.Body)
		}
	})
}

// signBySDK makes the request that the SDK would send, or nil if it would not.
func signBySDK(t *testing.T, name, value, path, extra string, way byte) (sent *http.Request) {
	t.Helper()
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = "HTTP", "shipbell.test:8080"+path
	p.HttpProfile.ReqMethod = []string{"POST", "GET"}[way&1]
	p.SignMethod = []string{"TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"}[int(way/2)%3]
	if !strings.HasPrefix(path, "/") {
		return nil
	}
	client := common.NewCommonClient(common.NewCredential("ak", secret), "ap-guangzhou", p)
	client.WithHttpTransport(capture(func(r *http.Request) { sent = r }))
	request := tchttp.NewCommonRequest("tcr", "2019-09-24", "DescribeWebhookTrigger")
	reserved := []string{"Action", "Version", "Nonce", "Region", "RequestClient", "Timestamp", "SecretId", "Signature", "SignatureMethod", "Language", "Token"}
	if slices.Contains(reserved, name) {
		return nil
	}
	if err := request.SetActionParameters(map[string]interface{}{name: value}); err != nil {
		return nil
	}
	request.GetParams()[name] = value // which is where a GET and v1 look
	if extra != "" {
		request.SetHeader(map[string]string{"X-Extra": extra})
	}
	response := tchttp.NewCommonResponse()
	_ = client.Send(request, response) // whether it was sent is what counts
	return sent
}

// capture is a transport that keeps the request.
type capture func(*http.Request)

// RoundTrip implements http.RoundTripper.
func (c capture) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header = maps.Clone(r.Header)
	if r.Body == nil {
		r.Body = http.NoBody
	}
	c(r)
	return nil, errors.New("not sent")
}
