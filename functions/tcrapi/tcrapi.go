// Package tcrapi is the function for the clients of Tencent Container Registry: it
// answers the actions of TCR's API about webhook triggers, signed as Tencent Cloud's
// SDKs sign them, so that scripts and tools need only another endpoint. TCR's words
// end here; docs/tcr-api.md says how they stand for ours.
package tcrapi

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Deps are what the function needs.
type Deps struct {
	Router *api.Router
	App    *app.App
	// Host is the one that clients ask and sign, where a proxy tells the function of
	// another; "" where none does.
	Host string
	// Secure tells that requests come over TLS alone, although the function does not
	// see it.
	Secure bool
	// NewRequestID makes the RequestId of an answer.
	NewRequestID func() string
	Now          func() time.Time
}

// New makes the function. It serves whatever path it is led to, for an endpoint may have
// one, and answers all in the form that clients of TCR read, with the status 200.
func New(d Deps) http.Handler {
	return d.Router.Handler([]api.Route{
		{Pattern: "POST /", Signed: true, Handle: d.handle, Fail: d.fail},
		{Pattern: "GET /", Signed: true, Handle: d.handle, Fail: d.fail},
		{Pattern: "POST /tcr", Signed: true, Handle: d.handle, Fail: d.fail},
		{Pattern: "GET /tcr", Signed: true, Handle: d.handle, Fail: d.fail},
		{Pattern: "POST /tcr/", Signed: true, Handle: d.handle, Fail: d.fail},
		{Pattern: "GET /tcr/", Signed: true, Handle: d.handle, Fail: d.fail},
		{Pattern: "/", Signed: true, Handle: refuseMethod, Fail: d.fail},
	})
}

// refuseMethod answers requests by other methods than those that SDKs use.
func refuseMethod(r *api.Request) (api.Answer, error) {
	return api.Answer{}, newFault("UnsupportedProtocol", shipbell.Invalid, text.New(text.MethodNotAllowed, r.Method, "GET, POST"))
}

// NewRequestID makes a random UUID.
func NewRequestID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// action is one of the API.
type action struct {
	service, version string
	role             shipbell.Role
	do               func(d *Deps, r *api.Request, parameters []byte) (response, error)
}

// find finds an action by its name.
func find(name string) (action, bool) {
	const tcr, ofTCR = "tcr", "2019-09-24"
	const tag, ofTag = "tag", "2018-08-13"
	const admin, viewer = shipbell.RoleAdmin, shipbell.RoleViewer
	switch name {
	case "CreateWebhookTrigger":
		return action{tcr, ofTCR, admin, (*Deps).create}, true
	case "DescribeWebhookTrigger":
		return action{tcr, ofTCR, viewer, (*Deps).describe}, true
	case "ModifyWebhookTrigger":
		return action{tcr, ofTCR, admin, (*Deps).modify}, true
	case "DeleteWebhookTrigger":
		return action{tcr, ofTCR, admin, (*Deps).delete}, true
	case "DescribeWebhookTriggerLog":
		return action{tcr, ofTCR, viewer, (*Deps).describeLog}, true
	case "DescribeNamespaces":
		return action{tcr, ofTCR, viewer, (*Deps).describeNamespaces}, true
	case "DescribeInstances":
		return action{tcr, ofTCR, viewer, (*Deps).describeInstances}, true
	case "ModifyResourceTags":
		return action{tag, ofTag, admin, (*Deps).modifyTags}, true
	case "DescribeResourceTagsByResourceIds":
		return action{tag, ofTag, viewer, (*Deps).describeTags}, true
	}
	return action{}, false
}

// handle answers one call.
func (d *Deps) handle(r *api.Request) (api.Answer, error) {
	c, err := d.read(r)
	if err != nil {
		return api.Answer{}, err
	}
	a, known := find(c.action)
	switch {
	case c.action == "":
		return api.Answer{}, missing("Action")
	case !known || !c.isFor(a.service):
		return api.Answer{}, newFault("InvalidAction", shipbell.Invalid, text.New(text.TCRActionUnknown))
	}
	r.Log(slog.String("action", c.action))
	switch {
	case c.version == "":
		return api.Answer{}, missing("Version")
	case c.version != a.version:
		return api.Answer{}, newFault("NoSuchVersion", shipbell.Invalid, text.New(text.TCRVersionUnknown, a.version))
	}
	if err := access.Allow(r.Key, a.role); err != nil {
		return api.Answer{}, err
	}
	answer, err := a.do(d, r, c.parameters)
	if err != nil {
		return api.Answer{}, err
	}
	return d.answer(r, answer), nil
}

// fail answers an error, with the status 200 that clients read errors from.
func (d *Deps) fail(r *api.Request, err error) api.Answer {
	e := describeError(err, text.Prefer(r.Header.Get(languageHeader)))
	r.Log(slog.String("code", e.Code))
	return d.answer(r, response{Error: &e})
}

func (d *Deps) answer(r *api.Request, answer response) api.Answer {
	answer.RequestID = d.NewRequestID()
	r.Log(slog.String("request_id", answer.RequestID))
	return api.Answer{Status: http.StatusOK, Body: envelope{answer}}
}
