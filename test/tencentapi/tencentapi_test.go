package tencentapi_test

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"

	"github.com/shipbell/shipbell/test/tencentapi"
)

var known = tencentapi.Credentials{ID: "id", Key: "key", Token: "token"}

// between changes requests after the SDK has signed them.
type between func(*http.Request)

// RoundTrip implements http.RoundTripper.
func (b between) RoundTrip(r *http.Request) (*http.Response, error) {
	b(r)
	return http.DefaultTransport.RoundTrip(r)
}

// invoke calls the API with the SDK of Tencent Cloud, and gives the error's code.
func invoke(t *testing.T, api *tencentapi.API, c tencentapi.Credentials, event string, change func(*http.Request)) string {
	t.Helper()
	at, err := url.Parse(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = at.Scheme, at.Host
	client, err := scf.NewClient(common.NewTokenCredential(c.ID, c.Key, c.Token), "ap-guangzhou", p)
	if err != nil {
		t.Fatal(err)
	}
	client.WithHttpTransport(between(change))
	request := scf.NewInvokeRequest()
	request.FunctionName, request.InvocationType, request.ClientContext = common.StringPtr("f"), common.StringPtr("Event"), &event
	answer, err := client.InvokeWithContext(t.Context(), request)
	var failed *sdkerrors.TencentCloudSDKError
	if errors.As(err, &failed) {
		return failed.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	if answer.Response.Result == nil || answer.Response.Result.FunctionRequestId == nil {
		t.Error("the answer does not name the invocation")
	}
	return ""
}

// shift moves the time that a request says it was signed at.
func shift(r *http.Request, by time.Duration) {
	seconds, _ := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	r.Header.Set("X-TC-Timestamp", strconv.FormatInt(seconds+int64(by/time.Second), 10))
}

// TestSignature takes what the SDK signs, and nothing that was changed since.
func TestSignature(t *testing.T) {
	api := tencentapi.Start(t, known, func(tencentapi.Call) error { return nil })
	none := func(*http.Request) {}
	for _, test := range []struct {
		what        string
		credentials tencentapi.Credentials
		event       string
		change      func(*http.Request)
		want        string
	}{
		{"as it should be", known, "{}", none, ""},
		{"another id", tencentapi.Credentials{ID: "other", Key: "key", Token: "token"}, "{}", none, "AuthFailure.SecretIdNotFound"},
		{"another key", tencentapi.Credentials{ID: "id", Key: "other", Token: "token"}, "{}", none, "AuthFailure.SignatureFailure"},
		{"another token", tencentapi.Credentials{ID: "id", Key: "key", Token: "other"}, "{}", none, "AuthFailure.TokenFailure"},
		{"another host", known, "{}", func(r *http.Request) { r.Host = "other" }, "AuthFailure.SignatureFailure"},
		{"another content type", known, "{}", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, "AuthFailure.SignatureFailure"},
		{"another query", known, "{}", func(r *http.Request) { r.URL.RawQuery = "a=b" }, "AuthFailure.SignatureFailure"},
		{"another body", known, "{}", func(r *http.Request) {
			r.Body = http.NoBody
			r.ContentLength = 0
		}, "AuthFailure.SignatureFailure"},
		{"another time", known, "{}", func(r *http.Request) { shift(r, -time.Second) }, "AuthFailure.SignatureFailure"},
		{"long ago", known, "{}", func(r *http.Request) { shift(r, -6*time.Minute) }, "AuthFailure.SignatureExpire"},
		{"no signature", known, "{}", func(r *http.Request) { r.Header.Del("Authorization") }, "AuthFailure.SignatureFailure"},
		{"another service", known, "{}", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/scf/", "/tcr/", 1))
		}, "AuthFailure.SignatureFailure"},
		{"another action", known, "{}", func(r *http.Request) { r.Header.Set("X-TC-Action", "DeleteFunction") }, "InvalidAction"},
		{"no region", known, "{}", func(r *http.Request) { r.Header.Del("X-TC-Region") }, "MissingParameter"},
		{"no JSON", known, "{", none, "InvalidParameterValue.ClientContext"},
		{"too large", known, `"` + strings.Repeat("x", 128<<10) + `"`, none, "InvalidParameterValue.ClientContext"},
	} {
		if got := invoke(t, api, test.credentials, test.event, test.change); got != test.want {
			t.Errorf("%s: got %q, want %q", test.what, got, test.want)
		}
	}
}

// TestFailures answers what it is told to.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), "InternalError"},
		{&tencentapi.Failure{Code: "RequestLimitExceeded", Message: "slower"}, "RequestLimitExceeded"},
		{&tencentapi.Failure{Status: 502, Message: "bad gateway"}, "ClientError.ParseJsonError"},
	} {
		api := tencentapi.Start(t, known, func(tencentapi.Call) error { return test.err })
		if got := invoke(t, api, known, "{}", func(*http.Request) {}); got != test.want || api.Calls() != 1 {
			t.Errorf("%v: got %q after %d calls, want %q", test.err, got, api.Calls(), test.want)
		}
	}
}
