package lambda_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/test/clouds"
)

// invoker plays the API of Lambda: who invokes a function waits for its answer.
type invoker struct{ stack *clouds.Stack }

// ServeHTTP implements http.Handler.
func (i invoker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/invocations")
	function, ok := i.stack.Functions[name]
	event, err := io.ReadAll(r.Body)
	if !ok || err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer, err := function.Invoke(json.RawMessage(event))
	if err != nil {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		answer = []byte(`{"errorMessage":"it failed"}`)
	}
	_, _ = w.Write(answer) // a client that is gone has its own error
}
