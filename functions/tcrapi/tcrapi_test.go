package tcrapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestErrors makes every kind of call that must fail.
func TestErrors(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("taken", nil))
	viewer, ingest, limited := s.key(shipbell.RoleViewer), s.key(shipbell.RoleIngest), s.key(shipbell.RoleAdmin, "other")
	unknown := shipbell.AccessKey{ID: "akunknown", Secret: shipbell.NewSecret("any")}
	wrong := shipbell.AccessKey{ID: s.admin.ID, Secret: shipbell.NewSecret("wrong")}
	const (
		invalid, lacks, absent  = "InvalidParameter.ErrorTcrInvalidParameter", "MissingParameter", "ResourceNotFound.TcrResourceNotFound"
		forbidden, noAction     = "UnauthorizedOperation", "InvalidAction"
		create, modify, remove  = "CreateWebhookTrigger", "ModifyWebhookTrigger", "DeleteWebhookTrigger"
		describe, log           = "DescribeWebhookTrigger", "DescribeWebhookTriggerLog"
		registry, inNamespace   = `{"RegistryId":"default"}`, `{"RegistryId":"default","Namespace":"public"}`
		ofOne, elsewhere, third = `{"RegistryId":"default","Namespace":"public","Id":1}`, `{"RegistryId":"default","Namespace":"other","Id":1}`, `{"RegistryId":"default","Namespace":"public","Id":3}`
	)
	modifying := func(id, field, value string) string {
		return fmt.Sprintf(`{"RegistryId":"default","Namespace":"public","Trigger":{"Id":%s,%q:%s}}`, id, field, value)
	}
	for name, test := range map[string]struct {
		key          shipbell.AccessKey
		action, body string
		code         string
		says         string // part of the message
	}{
		"unknown id":             {unknown, describe, registry, "AuthFailure.SecretIdNotFound", ""},
		"wrong secret":           {wrong, describe, registry, "AuthFailure.SignatureFailure", "host"},
		"unknown action":         {s.admin, "DescribeRepositories", registry, noAction, ""},
		"no action":              {s.admin, "", registry, lacks, "Action"},
		"viewer creates":         {viewer, create, creating("a", nil), forbidden, "admin"},
		"viewer modifies":        {viewer, modify, modifying("1", "Name", `"b"`), forbidden, ""},
		"viewer deletes":         {viewer, remove, ofOne, forbidden, ""},
		"ingest describes":       {ingest, describe, registry, forbidden, ""},
		"ingest sees the log":    {ingest, log, ofOne, forbidden, ""},
		"no registry":            {s.admin, describe, `{}`, lacks, "RegistryId"},
		"unknown registry":       {s.admin, describe, `{"RegistryId":"nowhere"}`, absent, "nowhere"},
		"registry not its own":   {limited, describe, registry, absent, `there is no registry "default"`},
		"create in another's":    {limited, create, creating("a", nil), absent, ""},
		"create, no namespace":   {s.admin, create, `{"RegistryId":"default","Trigger":{}}`, lacks, "Namespace"},
		"create, no trigger":     {s.admin, create, inNamespace, lacks, "Trigger"},
		"create, null trigger":   {s.admin, create, `{"RegistryId":"default","Namespace":"a","Trigger":null}`, lacks, "Trigger"},
		"no name":                {s.admin, create, creating("a", map[string]any{"Name": nil}), lacks, "Trigger.Name"},
		"no targets":             {s.admin, create, creating("a", map[string]any{"Targets": nil}), lacks, "Trigger.Targets"},
		"no event types":         {s.admin, create, creating("a", map[string]any{"EventTypes": nil}), lacks, "Trigger.EventTypes"},
		"no condition":           {s.admin, create, creating("a", map[string]any{"Condition": nil}), lacks, "Trigger.Condition"},
		"empty condition":        {s.admin, create, creating("a", map[string]any{"Condition": ""}), lacks, "Trigger.Condition"},
		"no enabled":             {s.admin, create, creating("a", map[string]any{"Enabled": nil}), lacks, "Trigger.Enabled"},
		"name taken":             {s.admin, create, creating("taken", nil), "InvalidParameter.ErrTriggerExist", "taken"},
		"bad name":               {s.admin, create, creating("No Name", nil), invalid, "Trigger.Name: use 1 to 64"},
		"no target":              {s.admin, create, creating("a", map[string]any{"Targets": []any{}}), invalid, "Trigger.Targets: 0 targets"},
		"bad address":            {s.admin, create, creating("a", map[string]any{"Targets": []any{map[string]any{"Address": "abc.local"}}}), invalid, "Trigger.Targets.0.Address: a URL begins with"},
		"bad header":             {s.admin, create, creating("a", map[string]any{"Targets": []any{map[string]any{"Address": "http://a/", "Headers": []any{map[string]any{"Key": "Host", "Values": []string{"x"}}}}}}), invalid, "Trigger.Targets.0.Headers.0.Key: Host"},
		"header without values":  {s.admin, create, creating("a", map[string]any{"Targets": []any{map[string]any{"Address": "http://a/", "Headers": []any{map[string]any{"Key": "X-A"}}}}}), invalid, "Trigger.Targets.0.Headers.0.Values"},
		"mask of nothing":        {s.admin, create, creating("a", map[string]any{"Targets": []any{map[string]any{"Address": "http://a/", "Headers": []any{map[string]any{"Key": "X-A", "Values": []string{shipbell.Mask}}}}}}), invalid, "Trigger.Targets.0.Headers.0.Values.0"},
		"bad event type":         {s.admin, create, creating("a", map[string]any{"EventTypes": []string{"push"}}), invalid, "Trigger.EventTypes.0"},
		"bad pattern":            {s.admin, create, creating("a", map[string]any{"Condition": "{a"}), invalid, "Trigger.Condition: there is a"},
		"bad namespace":          {s.admin, create, strings.Replace(creating("a", nil), `"public"`, `"a//b"`, 1), invalid, "Namespace: "},
		"condition not ours":     {s.admin, create, creating("a", map[string]any{"Condition": `{"tag": "v*"}`}), invalid, `write {"tag":"v*"}`},
		"several faults":         {s.admin, create, creating("A", map[string]any{"Condition": "{"}), invalid, "; Trigger.Condition"},
		"bad bool":               {s.admin, create, creating("a", map[string]any{"Enabled": "yes"}), invalid, "Trigger.Enabled: must be true or false"},
		"bool that is a list":    {s.admin, create, creating("a", map[string]any{"Enabled": []int{1}}), invalid, "Trigger.Enabled"},
		"name that is a number":  {s.admin, create, creating("a", map[string]any{"Name": 5}), invalid, "Trigger.Name: is a JSON number"},
		"unknown parameter":      {s.admin, create, creating("a", map[string]any{"Nmae": "a"}), "UnknownParameter", "Nmae: there is no such field"},
		"no JSON":                {s.admin, describe, `{"RegistryId"`, "InvalidParameter", "not JSON"},
		"JSON of another kind":   {s.admin, describe, `[]`, "InvalidParameter", "should be an object"},
		"empty body":             {s.admin, describe, ``, lacks, "RegistryId"},
		"body too large":         {s.admin, describe, strings.Repeat(" ", 256<<10) + "{}", "RequestSizeLimitExceeded", "256 KiB"},
		"modify without id":      {s.admin, modify, `{"RegistryId":"default","Namespace":"public","Trigger":{"Name":"b"}}`, lacks, "Trigger.Id"},
		"modify, no namespace":   {s.admin, modify, `{"RegistryId":"default","Trigger":{"Id":1}}`, lacks, "Namespace"},
		"modify unknown":         {s.admin, modify, modifying("7", "Name", `"b"`), absent, "there is no trigger 7"},
		"modify huge id":         {s.admin, modify, modifying("9223372036854775807", "Name", `"b"`), absent, ""},
		"modify id beyond all":   {s.admin, modify, modifying("92233720368547758070", "Name", `"b"`), invalid, "Trigger.Id"},
		"modify elsewhere":       {s.admin, modify, `{"RegistryId":"default","Namespace":"other","Trigger":{"Id":1}}`, absent, `in the namespace "other"`},
		"modify in another's":    {limited, modify, modifying("1", "Name", `"b"`), absent, ""},
		"modify other registry":  {s.admin, modify, `{"RegistryId":"other","Namespace":"public","Trigger":{"Id":1}}`, absent, ""},
		"modify to no targets":   {s.admin, modify, modifying("1", "Targets", `[]`), invalid, "Trigger.Targets"},
		"modify to bad bool":     {s.admin, modify, modifying("1", "Enabled", `"x"`), invalid, "Trigger.Enabled"},
		"delete without id":      {s.admin, remove, inNamespace, lacks, "Id"},
		"delete, no namespace":   {s.admin, remove, `{"RegistryId":"default","Id":1}`, lacks, "Namespace"},
		"delete elsewhere":       {s.admin, remove, elsewhere, absent, ""},
		"delete unknown":         {s.admin, remove, third, absent, ""},
		"negative id":            {s.admin, remove, `{"RegistryId":"default","Namespace":"public","Id":-1}`, invalid, "Id: must be a whole number"},
		"another namespace's id": {s.admin, create, creating("a", map[string]any{"NamespaceId": 77}), invalid, `Trigger.NamespaceId: 77 is not the id of the namespace "public", which is 2010184122`},
		"modify to another's id": {s.admin, modify, modifying("1", "NamespaceId", "77"), invalid, "Trigger.NamespaceId"},
		"bad limit":              {s.admin, describe, `{"RegistryId":"default","Limit":"many"}`, invalid, "Limit: must be a whole number"},
		"bad offset":             {s.admin, describe, `{"RegistryId":"default","Offset":-1}`, invalid, "Offset"},
		"fraction":               {s.admin, describe, `{"RegistryId":"default","Limit":1.5}`, invalid, "Limit"},
		"log, no namespace":      {s.admin, log, `{"RegistryId":"default","Id":1}`, lacks, "Namespace"},
		"log of unknown":         {s.admin, log, third, absent, ""},
		"log elsewhere":          {s.admin, log, elsewhere, absent, ""},
		"log, large limit":       {s.admin, log, `{"RegistryId":"default","Namespace":"public","Limit":1001}`, invalid, "Limit: must be at most 1000"},
		"log, bad offset":        {s.admin, log, `{"RegistryId":"default","Namespace":"public","Offset":"x"}`, invalid, "Offset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a := s.call(test.key, test.action, test.body); a.code != test.code || !strings.Contains(a.message, test.says) {
				t.Errorf("%s: %s, want %s: …%s…", a.code, a.message, test.code, test.says)
			}
		})
	}
	t.Cleanup(func() {
		if all, _, err := s.store.Triggers(context.Background(), "default", 0, 10); len(all) != 1 || err == nil && all[0].Version != 1 {
			t.Errorf("what failed has changed something: %v, %v", all, err)
		}
	})
}

// TestScope holds a signature to the product that it was made for, and a call to its
// version.
func TestScope(t *testing.T) {
	t.Parallel()
	s := newService(t)
	parameters := map[string]string{"DescribeWebhookTrigger": `{"RegistryId":"default"}`, "DescribeResourceTagsByResourceIds": `{"ServiceType":"tcr"}`}
	for _, test := range []struct{ service, version, action, code string }{
		{"127", "2019-09-24", "DescribeWebhookTrigger", ""}, // the host's first label
		{"tcr", "2019-09-24", "DescribeWebhookTrigger", ""},
		{"tag", "2018-08-13", "DescribeResourceTagsByResourceIds", ""},
		{"tag", "2019-09-24", "DescribeWebhookTrigger", "InvalidAction"},
		{"tcr", "2018-08-13", "DescribeResourceTagsByResourceIds", "InvalidAction"},
		{"cvm", "2019-09-24", "DescribeWebhookTrigger", "InvalidAction"},
		{"tcr", "2018-08-13", "DescribeWebhookTrigger", "NoSuchVersion"},
		{"tcr", "", "DescribeWebhookTrigger", "MissingParameter"},
	} {
		a := s.callAs(s.admin, test.service, test.version, test.action, parameters[test.action])
		if a.code != test.code {
			t.Errorf("%+v: %s: %s", test, a.code, a.message)
		}
	}
	if a := s.call(s.key(shipbell.RoleViewer), "DescribeResourceTagsByResourceIds", `{"ServiceType":"tcr","ResourceIds":["default#public#1"]}`); a.Tags == nil || len(a.Tags) != 0 || *a.TotalCount != 0 {
		t.Errorf("tags %+v", a)
	}
}

// TestTransport makes one call in every way that the SDK can.
func TestTransport(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("one", nil))
	for _, method := range []string{"POST", "GET"} {
		for _, sign := range []string{"TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"} {
			for _, path := range []string{"", "/", "/tcr", "/tcr/", "/a/prefix/"} {
				client := s.as(s.admin, func(p *profile.ClientProfile) {
					p.HttpProfile.ReqMethod, p.SignMethod, p.HttpProfile.Endpoint = method, sign, p.HttpProfile.Endpoint+path
				})
				request, response := tchttp.NewCommonRequest("tcr", "2019-09-24", "DescribeWebhookTrigger"), tchttp.NewCommonResponse()
				parameters := map[string]any{"RegistryId": "default", "Namespace": "public"}
				if err := request.SetActionParameters(parameters); err != nil {
					t.Fatal(err)
				}
				for name, value := range parameters { // where a GET and v1 look
					request.GetParams()[name] = value.(string)
				}
				if a := s.read(response, client.Send(request, response)); a.code != "" || *a.TotalCount != 1 {
					t.Errorf("%s %s %s: %s: %s", sign, method, path, a.code, a.message)
				}
			}
		}
	}
}

// TestBehindProxy has a proxy tell of another host than the client signed, and of
// TLS that only it sees.
func TestBehindProxy(t *testing.T) {
	t.Parallel()
	const public = "shipbell.example.com"
	plain, configured := newService(t), newService(t, func(d *tcrapi.Deps) { d.Host, d.Secure = public, true })
	for _, sign := range []string{"TC3-HMAC-SHA256", "HmacSHA256"} {
		ask := func(s *service, change func(*profile.ClientProfile)) string {
			t.Helper()
			client := s.as(s.admin, func(p *profile.ClientProfile) {
				p.SignMethod = sign
				change(p)
			})
			request, response := tchttp.NewCommonRequest("tcr", "2019-09-24", "DescribeWebhookTrigger"), tchttp.NewCommonResponse()
			if err := request.SetActionParameters(map[string]any{"RegistryId": "default"}); err != nil {
				t.Fatal(err)
			}
			request.GetParams()["RegistryId"] = "default" // where v1 looks
			return s.read(response, client.Send(request, response)).code
		}
		elsewhere := func(p *profile.ClientProfile) {
			p.HttpProfile.ApigwEndpoint, p.HttpProfile.Endpoint = p.HttpProfile.Endpoint, public
		}
		if got := ask(plain, elsewhere); got != "AuthFailure.SignatureFailure" {
			t.Errorf("%s: signed for another host: %q", sign, got)
		}
		for name, change := range map[string]func(*profile.ClientProfile){"public": elsewhere, "own": func(*profile.ClientProfile) {}} {
			if got := ask(configured, change); got != "" {
				t.Errorf("%s: signed for the %s host: %q", sign, name, got)
			}
		}
		if sign != "TC3-HMAC-SHA256" {
			continue
		}
		unsigned := func(p *profile.ClientProfile) { p.UnsignedPayload = true }
		if got := ask(plain, unsigned); got != "AuthFailure.SignatureFailure" {
			t.Errorf("a body that is not signed, without TLS: %q", got)
		}
		if got := ask(configured, unsigned); got != "" {
			t.Errorf("a body that is not signed, over TLS: %q", got)
		}
	}
}

// TestShape looks at answers as they are on the wire: never another status than 200,
// never anything but JSON.
func TestShape(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ask := func(method, body string, headers map[string]string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, s.http.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: status %d, type %s", method, response.StatusCode, response.Header.Get("Content-Type"))
		}
		return string(text)
	}
	const unsigned = `{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"the request is not signed: it has neither an Authorization header nor a parameter Signature"},"RequestId":"request-%d"}}` + "\n"
	for i, method := range []string{"POST", "GET"} {
		if diff := cmp.Diff(fmt.Sprintf(unsigned, i+1), ask(method, "{}", nil)); diff != "" {
			t.Errorf("%s without a signature (-want +got):\n%s", method, diff)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
		if got := ask(method, "{}", nil); !strings.Contains(got, `"Code":"UnsupportedProtocol"`) {
			t.Errorf("%s gets %s", method, got)
		}
	}
	if got := ask("POST", "--b--", map[string]string{"Content-Type": "multipart/form-data; boundary=b", "X-TC-Language": "zh-CN"}); !strings.Contains(got, `"Code":"InvalidRequest","Message":"参数应为 JSON`) {
		t.Errorf("multipart gets %s", got)
	}
	if got := ask("POST", "{}", map[string]string{"Authorization": "Bearer " + s.admin.ID + ":secret"}); !strings.Contains(got, "AuthFailure.SignatureFailure") {
		t.Errorf("a bearer gets %s", got)
	}
}

// TestLogged looks at the log: one line for each call, with who, what and how it
// ended, and no secret.
func TestLogged(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("one", map[string]any{"Targets": []any{map[string]any{
		"Address": "https://chat.example.com/send?key=query-secret", "Headers": []any{map[string]any{"Key": "X-Token", "Values": []string{"header-secret"}}},
	}}}))
	s.done("DescribeWebhookTrigger", `{"RegistryId":"default"}`)
	s.call(s.admin, "ModifyWebhookTrigger", `{"RegistryId":"default","Namespace":"public","Trigger":{"Id":1,"Targets":[{"Address":"x?key=query-secret","Headers":[{"Key":"Host","Values":["header-secret"]}]}]}}`)
	s.call(s.admin, "DescribeWebhookTrigger", `{"RegistryId":"nowhere"}`)
	secret, err := s.admin.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	log := s.log.String()
	for _, never := range []string{secret, "header-secret", "query-secret", "Signature="} {
		if strings.Contains(log, never) {
			t.Errorf("the log holds %q:\n%s", never, log)
		}
	}
	rows := strings.Split(strings.TrimSpace(log), "\n")
	if len(rows) != 4 {
		t.Fatalf("%d lines for 4 calls:\n%s", len(rows), log)
	}
	for i, want := range []string{
		`"status":200`, `"key":"` + s.admin.ID + `","action":"DescribeWebhookTrigger","registry":"default","request_id":"request-2"`,
		`"code":"InvalidParameter.ErrorTcrInvalidParameter","request_id":"request-3","error":"the request is not valid; Trigger.Targets`,
		`"registry":"nowhere","code":"ResourceNotFound.TcrResourceNotFound"`,
	} {
		if !strings.Contains(rows[i], want) {
			t.Errorf("line %d does not hold %s:\n%s", i, want, rows[i])
		}
	}
}

// TestLanguage has clients wish for a language as the SDKs of Tencent Cloud do: by a
// header in TC3, by a parameter in v1, where a signature that is refused has it too.
func TestLanguage(t *testing.T) {
	t.Parallel()
	s := newService(t)
	late := newService(t, func(d *tcrapi.Deps) { d.Now = func() time.Time { return time.Now().Add(time.Hour) } })
	wrong := shipbell.AccessKey{ID: s.admin.ID, Secret: shipbell.NewSecret("wrong")}
	for _, test := range []struct {
		what        string
		service     *service
		key         shipbell.AccessKey
		wish, start string
	}{
		{"parameter missing", s, s.admin, "zh-CN", "请求缺少参数 RegistryId"},
		{"parameter missing", s, s.admin, "en-US", "the request lacks the parameter RegistryId"},
		{"wrong secret", s, wrong, "zh-CN", "签名"},
		{"wrong secret", s, wrong, "en-US", "the signature"},
		{"too late", late, late.admin, "zh-CN", "请求的时间"},
		{"too late", late, late.admin, "en-US", "the request is of"},
	} {
		for _, sign := range []string{"TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"} {
			for _, method := range []string{"POST", "GET"} {
				client := test.service.as(test.key, func(p *profile.ClientProfile) {
					p.Language, p.SignMethod, p.HttpProfile.ReqMethod = test.wish, sign, method
				})
				request, response := tchttp.NewCommonRequest("tcr", "2019-09-24", "DescribeWebhookTrigger"), tchttp.NewCommonResponse()
				if err := request.SetActionParameters(map[string]any{}); err != nil {
					t.Fatal(err)
				}
				if a := test.service.read(response, client.Send(request, response)); !strings.HasPrefix(a.message, test.start) {
					t.Errorf("%s, %s by %s for %s: %s: %s, want %s", test.what, method, sign, test.wish, a.code, a.message, test.start)
				}
			}
		}
	}
}
