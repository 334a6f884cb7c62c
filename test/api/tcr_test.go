package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// RoundTrip holds what a client of another make gets to the file.
func (s *stack) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := loaded(s.t).check(exchange{request: r, status: response.StatusCode, header: response.Header, body: body}); err != nil {
		s.t.Errorf("%s %s is not as %s has it: %v", r.Method, r.Header.Get("X-TC-Action"), file, err)
	}
	return response, nil
}

// tcr makes a call with an access key by Tencent Cloud's SDK. code is that of an
// error, or "".
func (s *stack) tcr(key, action string, parameters object) (answer object, code string) {
	s.t.Helper()
	id, secret, _ := strings.Cut(key, ":")
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = "HTTP", "shipbell.test/tcr"
	client := common.NewCommonClient(common.NewCredential(id, secret), "ap-guangzhou", p)
	client.WithHttpTransport(s)
	request, response := tchttp.NewCommonRequest("tcr", "2019-09-24", action), tchttp.NewCommonResponse()
	if err := request.SetActionParameters(parameters); err != nil {
		s.t.Fatal(err)
	}
	err := client.Send(request, response)
	var failed *sdkerrors.TencentCloudSDKError
	switch {
	case errors.As(err, &failed):
		return nil, failed.Code + ": " + failed.Message
	case err != nil:
		s.t.Fatal(err)
	}
	var said struct{ Response object }
	if err := json.Unmarshal(response.GetBody(), &said); err != nil {
		s.t.Fatal(err)
	}
	return said.Response, ""
}

// tcrCalls are the actions that are about a registry, with parameters that are right
// for it, and the role that each needs.
func tcrCalls(registry, namespace string, id int) []tcrCall {
	of := func(more object) object {
		parameters := object{"RegistryId": registry, "Namespace": namespace}
		for name, value := range more {
			parameters[name] = value
		}
		return parameters
	}
	given := object{
		"Name": "by-tcr", "Condition": ".*", "Enabled": true, "EventTypes": []string{"pushImage"},
		"Targets": []object{{"Address": "https://ci.example.com/hook", "Headers": []object{{"Key": "X-Token", "Values": []string{"secret"}}}}},
	}
	return []tcrCall{
		{"DescribeWebhookTrigger", of(nil), shipbell.RoleViewer},
		{"DescribeWebhookTriggerLog", of(object{"Id": id}), shipbell.RoleViewer},
		{"ModifyWebhookTrigger", of(object{"Trigger": object{"Id": id, "Description": "changed"}}), shipbell.RoleAdmin},
		{"CreateWebhookTrigger", of(object{"Trigger": given}), shipbell.RoleAdmin},
		{"DeleteWebhookTrigger", of(object{"Id": id}), shipbell.RoleAdmin},
	}
}

type tcrCall struct {
	action     string
	parameters object
	role       shipbell.Role
}

// TestTCR asks for every action of TCR as every role, inside and outside of its
// registries: what it may not do changes nothing, and what is another's looks as if
// it were not there.
func TestTCR(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.populate("alpha")
	s.populate("beta")
	for _, role := range []shipbell.Role{shipbell.RoleAdmin, shipbell.RoleViewer, shipbell.RoleIngest} {
		for _, registries := range [][]string{nil, {"alpha"}, {"beta"}, {"absent"}} {
			key := s.key(role, registries...)
			before := s.state()
			for _, call := range tcrCalls("alpha", "*", 1) {
				want := ""
				switch {
				case role != call.role && role != shipbell.RoleAdmin:
					want = "UnauthorizedOperation"
				case registries != nil && !slices.Contains(registries, "alpha"):
					want = "ResourceNotFound.TcrResourceNotFound"
				}
				if want == "" && call.role == shipbell.RoleAdmin {
					continue // which changes something, see TestTCRAnswers
				}
				_, got := s.tcr(key, call.action, call.parameters)
				if code, _, _ := strings.Cut(got, ": "); code != want {
					t.Errorf("%s of %v, %s: %q, want %q", role, registries, call.action, got, want)
				}
				if want != "ResourceNotFound.TcrResourceNotFound" {
					continue
				}
				absent := object{}
				for name, value := range call.parameters {
					absent[name] = value
				}
				absent["RegistryId"] = "gamma"
				_, like := s.tcr(key, call.action, absent)
				if diff := cmp.Diff(strings.ReplaceAll(like, "gamma", "alpha"), got); diff != "" {
					t.Errorf("%s: what is there does not look like what is not:\n%s", call.action, diff)
				}
			}
			if diff := cmp.Diff(before, s.state()); diff != "" {
				t.Errorf("something changed (-before +after):\n%s", diff)
			}
		}
	}
}

// TestTCRAnswers does every action and holds the answers to the file, also when the
// store is gone.
func TestTCRAnswers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.populate("alpha")
	admin := strings.TrimPrefix(s.auth, "Bearer ")
	for _, call := range tcrCalls("alpha", "*", 1) {
		if answer, code := s.tcr(admin, call.action, call.parameters); code != "" {
			t.Errorf("%s: %s", call.action, code)
		} else if call.action == "DescribeWebhookTriggerLog" && fmt.Sprint(answer["TotalCount"]) != "1" {
			t.Errorf("the log is %v", answer)
		}
	}
	s.fail.Store(true)
	for _, key := range []string{admin, "akunknown:secret"} {
		for _, call := range tcrCalls("alpha", "*", 1) {
			if _, code := s.tcr(key, call.action, call.parameters); code != "ResourceUnavailable: the store cannot answer now: try again" {
				t.Errorf("%s without a store: %q", call.action, code)
			}
		}
	}
}
