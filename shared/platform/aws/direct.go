package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/shipbell/shipbell/shared/platform/doorway"
)

// ServeDirect is ServeHTTP which also takes direct invocations: answer gets the event
// as it is, and what it answers goes back. Only those whom IAM allows to invoke the
// function can make one: whatever comes by an HTTP API or a Function URL has a
// requestContext, which the service writes and the client cannot leave out.
func ServeDirect(h http.Handler, answer func(ctx context.Context, event []byte) ([]byte, error)) {
	serve(directDoor(h, answer))
}

func directDoor(h http.Handler, answer func(context.Context, []byte) ([]byte, error)) door {
	overHTTP := httpDoor(h)
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var kind struct {
			RequestContext json.RawMessage `json:"requestContext"`
		}
		if err := json.Unmarshal(event, &kind); err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		if kind.RequestContext != nil {
			return overHTTP(ctx, event)
		}
		ctx, cancel := doorway.WithMargin(ctx)
		defer cancel()
		return answer(ctx, event)
	}
}
