package webhook_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// verdict is what came of a request.
type verdict struct {
	Error       string
	Final, Busy bool
	RetryAfter  time.Duration
}

// TestSuccessRules has targets say yes and no as real ones do.
func TestSuccessRules(t *testing.T) {
	t.Parallel()
	fieldIs := func(path string, values ...string) shipbell.FieldIs {
		return shipbell.FieldIs{Path: path, Values: values}
	}
	jenkins := shipbell.Options{Success: shipbell.Success{Statuses: []string{"302"}}}
	robot := shipbell.Options{Success: shipbell.Success{JSON: fieldIs("errcode", "0")}, Busy: shipbell.Busy{JSON: fieldIs("errcode", "45009", "130101")}}
	telegram := shipbell.Options{
		Success: shipbell.Success{Statuses: []string{"2xx", "4xx"}, JSON: fieldIs("ok", "true")},
		Busy:    shipbell.Busy{Statuses: []int{429}, RetryAfter: "parameters.retry_after"},
	}
	slack := shipbell.Options{Success: shipbell.Success{Statuses: []string{"200"}, Text: "ok"}}
	whole := shipbell.Options{Success: shipbell.Success{Body: "ok"}}
	permanent := shipbell.Options{Permanent: []int{400, 403}, Busy: shipbell.Busy{Statuses: []int{403}}}
	nested := shipbell.Options{Success: shipbell.Success{JSON: fieldIs("offsets.1.error", "null", "none")}}
	for name, test := range map[string]struct {
		options    shipbell.Options
		status     int
		retryAfter string
		body       string
		want       verdict
	}{
		"302 is a yes":                    {options: jenkins, status: 302},
		"200 instead of 302":              {options: jenkins, status: 200, want: verdict{Error: "status 200: expected 302"}},
		"410 instead of 302":              {options: jenkins, status: 410, want: verdict{Error: "status 410: the target is gone", Final: true}},
		"a robot's yes":                   {options: robot, status: 200, body: `{"errcode":0,"errmsg":"ok"}`},
		"a yes behind a mark":             {options: robot, status: 200, body: "\ufeff{\"errcode\": 0}\n"},
		"a robot's no":                    {options: robot, status: 200, body: `{"errcode":40008}`, want: verdict{Error: `status 200, but the field "errcode" of the answer is "40008": expected 0`}},
		"zero otherwise":                  {options: robot, status: 200, body: `{"errcode":0.0}`, want: verdict{Error: `status 200, but the field "errcode" of the answer is "0.0": expected 0`}},
		"a robot is busy":                 {options: robot, status: 200, body: `{"errcode":45009}`, want: verdict{Error: `status 200, but the field "errcode" of the answer is "45009": expected 0`, Busy: true}},
		"no field":                        {options: robot, status: 200, body: `{"code":0}`, want: verdict{Error: `status 200, but the answer has no field "errcode"`}},
		"no field of a list":              {options: robot, status: 200, body: `[0]`, want: verdict{Error: `status 200, but the answer has no field "errcode"`}},
		"no field of a text":              {options: robot, status: 200, body: `"errcode"`, want: verdict{Error: `status 200, but the answer has no field "errcode"`}},
		"no JSON":                         {options: robot, status: 200, body: `<html>`, want: verdict{Error: `status 200, but the answer is no JSON: its field "errcode" was expected`}},
		"no body":                         {options: robot, status: 204, want: verdict{Error: `status 204, but the answer is no JSON: its field "errcode" was expected`}},
		"JSON that goes on":               {options: robot, status: 200, body: `{"errcode":0}}`, want: verdict{Error: `status 200, but the answer is no JSON: its field "errcode" was expected`}},
		"a status comes before the field": {options: robot, status: 500, body: `{"errcode":0}`, want: verdict{Error: `status 500`}},
		"a field that is an object":       {options: robot, status: 200, body: `{"errcode":{"n":0}}`, want: verdict{Error: `status 200, but the field "errcode" of the answer is "{\"n\":0}": expected 0`}},
		"a field with a secret":           {options: robot, status: 200, body: `{"errcode":"no such key s3cr3t-key"}`, want: verdict{Error: `status 200, but the field "errcode" of the answer is "no such key ••••": expected 0`}},
		"a hostile field": {options: robot, status: 200, body: `{"errcode":"` + "\\u001b[31m" + strings.Repeat("é", 1000) + `"}`,
			want: verdict{Error: `status 200, but the field "errcode" of the answer is "\x1b[31m` + strings.Repeat("é", 47) + `…": expected 0`}},
		"true":                        {options: telegram, status: 200, body: `{"ok":true}`},
		"false":                       {options: telegram, status: 400, body: `{"ok":false}`, want: verdict{Error: `status 400, but the field "ok" of the answer is "false": expected true`}},
		"busy, says the body":         {options: telegram, status: 429, body: `{"ok":false,"parameters":{"retry_after":35.2}}`, want: verdict{Error: `status 429, but the field "ok" of the answer is "false": expected true`, Busy: true, RetryAfter: 36 * time.Second}},
		"busy, says the header":       {options: telegram, status: 429, retryAfter: "7", body: `{"parameters":{"retry_after":35}}`, want: verdict{Error: `status 429, but the answer has no field "ok"`, Busy: true, RetryAfter: 7 * time.Second}},
		"busy for an absurd time":     {options: telegram, status: 429, body: `{"parameters":{"retry_after":1e300}}`, want: verdict{Error: `status 429, but the answer has no field "ok"`, Busy: true, RetryAfter: 24 * time.Hour}},
		"busy for no time":            {options: telegram, status: 429, body: `{"parameters":{"retry_after":"NaN"}}`, want: verdict{Error: `status 429, but the answer has no field "ok"`, Busy: true}},
		"the text":                    {options: slack, status: 200, body: "ok"},
		"another text":                {options: slack, status: 200, body: "no_service", want: verdict{Error: `status 200, but the answer does not contain "ok"`}},
		"the whole body":              {options: whole, status: 200, body: " ok\r\n"},
		"more than it":                {options: whole, status: 200, body: "token_revoked", want: verdict{Error: `status 200, but the answer is "token_revoked": expected "ok"`}},
		"nothing of it":               {options: whole, status: 200, want: verdict{Error: `status 200, but the answer is "": expected "ok"`}},
		"another body with a secret":  {options: whole, status: 200, body: "no s3cr3t-key", want: verdict{Error: `status 200, but the answer is "no ••••": expected "ok"`}},
		"another status":              {options: slack, status: 201, body: "ok", want: verdict{Error: "status 201: expected 200"}},
		"permanent":                   {options: permanent, status: 400, want: verdict{Error: "status 400; no later attempt is made, as the target's options say", Final: true}},
		"busy comes before permanent": {options: permanent, status: 403, want: verdict{Error: "status 403", Busy: true}},
		"410 is not among them":       {options: permanent, status: 410, want: verdict{Error: "status 410: the target is gone"}},
		"null":                        {options: nested, status: 200, body: `{"offsets":[{},{"error":null}]}`},
		"a text":                      {options: nested, status: 200, body: `{"offsets":[{},{"error":"none"}]}`},
		"beyond the list":             {options: nested, status: 200, body: `{"offsets":[{}]}`, want: verdict{Error: `status 200, but the answer has no field "offsets.1.error"`}},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if test.retryAfter != "" {
				w.Header().Set("Retry-After", test.retryAfter)
			}
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		}))
		target := shipbell.Target{URL: server.URL + "/?key=s3cr3t-key", Options: test.options}
		o := newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
		server.Close()
		got := verdict{o.Error.String(), o.Final, o.Busy, o.RetryAfter}
		if diff := cmp.Diff(test.want, got); diff != "" || o.Succeeded() != (test.want == verdict{}) {
			t.Errorf("%s: succeeded %t (-want +got):\n%s", name, o.Succeeded(), diff)
		}
	}
}
