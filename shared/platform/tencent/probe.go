package tencent

import (
	"context"
	"encoding/json"
)

// probe invokes deliver once with an envelope without messages, on which it has nothing
// to do. The API has no dry run, so nothing less tells whether the function's role may
// invoke deliver, whether that exists in the region, and whether the API is reached.
func (q *invoker) probe(ctx context.Context) error {
	event, err := json.Marshal(envelope{Shipbell: envelopeKind, Messages: []string{}})
	if err != nil {
		return err
	}
	return q.send(ctx, event)
}
