package aws

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// TestDirectDoor sends what comes over HTTP to the handler, whatever it holds, and
// only the rest to whoever answers direct invocations.
func TestDirectDoor(t *testing.T) {
	t.Parallel()
	web := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	answer := func(_ context.Context, event []byte) ([]byte, error) { return append([]byte("direct "), event...), nil }
	tests := map[string]struct{ event, want string }{
		"http":             {`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, `"statusCode":418`},
		"http in disguise": {`{"version":"2.0","rawPath":"/","shipbell":"create-admin-key","requestContext":{"http":{"method":"GET"}}}`, `"statusCode":418`},
		"direct":           {`{"shipbell":"create-admin-key"}`, `direct {"shipbell":"create-admin-key"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := directDoor(web, answer)(t.Context(), []byte(test.event))
			if err != nil || !strings.Contains(string(got), test.want) {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
	if _, err := directDoor(web, answer)(t.Context(), []byte("{")); err == nil {
		t.Error("what is not JSON was taken")
	}
}
