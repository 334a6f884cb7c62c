package tencentapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Action is one request of any action of the API.
type Action struct {
	Name, Region string
	// Body is the request's JSON.
	Body []byte
}

// maxRequest is the most bytes of a request that is signed with TC3-HMAC-SHA256.
const maxRequest = 10 << 20

// StartActions plays the API on a port of loopback until the test ends, for any action.
// play gets every request whose signature is right, and gives the fields of the answer or
// an error, which may be a *Failure.
func StartActions(t testing.TB, credentials Credentials, play func(Action) (map[string]any, error)) *API {
	t.Helper()
	a := &API{play: play, credentials: credentials}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// act checks a request and hands it on.
func (a *API) act(r *http.Request, body []byte) (map[string]any, error) {
	action := Action{Name: r.Header.Get("X-TC-Action"), Region: r.Header.Get("X-TC-Region"), Body: body}
	switch {
	case r.Method != http.MethodPost || r.Header.Get("X-TC-Version") != "2018-04-16" || action.Name == "":
		return nil, &Failure{Code: "InvalidAction", Message: "only actions of 2018-04-16 are played"}
	case action.Region == "":
		return nil, &Failure{Code: "MissingParameter", Message: "Region"}
	case len(body) > maxRequest:
		return nil, &Failure{Code: "RequestSizeLimitExceeded", Message: "the request is too large"}
	}
	response, err := a.play(action)
	if response == nil {
		response = map[string]any{}
	}
	return response, err
}
