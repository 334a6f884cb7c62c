// Package tencentapi plays the API of Tencent Cloud's SCF for a test: the one
// action Invoke, for asynchronous invocations. It checks the TC3-HMAC-SHA256
// signature of every request as the real one does, and fails when told to.
package tencentapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Credentials are what a request must be signed with. Token is "" for a key that
// is not temporary.
type Credentials struct{ ID, Key, Token string }

// Call is one invocation.
type Call struct {
	FunctionName, Namespace, Qualifier string
	InvocationType                     string
	// ClientContext is the event.
	ClientContext string
	// Region is that of the request.
	Region string `json:"-"`
}

// Failure is an error that the API answers as it is told: with a status other
// than 200 and no JSON if Status is set, and otherwise with Code as the real one
// answers errors.
type Failure struct {
	Status        int
	Code, Message string
}

// Error implements error.
func (f *Failure) Error() string { return fmt.Sprintf("%d %s: %s", f.Status, f.Code, f.Message) }

// API is a running stand-in.
type API struct {
	// URL is its address.
	URL string

	take func(Call) error
	play func(Action) (map[string]any, error) // in its place, if it is set

	mu          sync.Mutex
	credentials Credentials
	calls       int
}

// Start plays the API on a port of loopback until the test ends. take gets every
// invocation whose signature is right, many at once; the request is answered when
// it returns: as accepted, or with its error, which may be a *Failure.
func Start(t testing.TB, credentials Credentials, take func(Call) error) *API {
	t.Helper()
	a := &API{take: take, credentials: credentials}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Accept takes other credentials from now on, and those before no more.
func (a *API) Accept(credentials Credentials) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.credentials = credentials
}

// Calls is how many requests have come, also those that were refused.
func (a *API) Calls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.calls++
	credentials, id := a.credentials, fmt.Sprintf("00000000-0000-4000-8000-%012d", a.calls)
	a.mu.Unlock()
	response, err := a.respond(r, credentials, id)
	var failure *Failure
	switch {
	case err == nil:
		answer(w, id, response)
	case errors.As(err, &failure) && failure.Status != 0:
		http.Error(w, failure.Message, failure.Status)
	case errors.As(err, &failure):
		answer(w, id, map[string]any{"Error": map[string]string{"Code": failure.Code, "Message": failure.Message}})
	default:
		answer(w, id, map[string]any{"Error": map[string]string{"Code": "InternalError", "Message": err.Error()}})
	}
}

func answer(w http.ResponseWriter, id string, response map[string]any) {
	response["RequestId"] = id
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"Response": response}) // a client that left hears nothing
}

// respond checks the signature of a request, and hands it on.
func (a *API) respond(r *http.Request, credentials Credentials, id string) (map[string]any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := verify(r, body, "scf", credentials, time.Now()); err != nil {
		return nil, err
	}
	if a.play != nil {
		return a.act(r, body)
	}
	return map[string]any{"Result": map[string]any{"FunctionRequestId": id}}, a.invoke(r, body)
}

// invoke checks an invocation and hands it on.
func (a *API) invoke(r *http.Request, body []byte) error {
	if r.Method != http.MethodPost || r.Header.Get("X-TC-Version") != "2018-04-16" || r.Header.Get("X-TC-Action") != "Invoke" {
		return &Failure{Code: "InvalidAction", Message: "only Invoke of 2018-04-16 is played"}
	}
	call := Call{Region: r.Header.Get("X-TC-Region")}
	if err := json.Unmarshal(body, &call); err != nil {
		return &Failure{Code: "InvalidParameter", Message: err.Error()}
	}
	switch {
	case call.Region == "":
		return &Failure{Code: "MissingParameter", Message: "Region"}
	case call.FunctionName == "":
		return &Failure{Code: "InvalidParameterValue", Message: "FunctionName"}
	case call.InvocationType != "Event":
		return &Failure{Code: "InvalidParameterValue", Message: "only asynchronous invocations are played"}
	case len(call.ClientContext) > 128<<10 || !json.Valid([]byte(call.ClientContext)):
		return &Failure{Code: "InvalidParameterValue.ClientContext", Message: "not JSON, or larger than 128 KB"}
	}
	return a.take(call)
}
