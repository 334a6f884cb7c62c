package tencent

import "context"

// probeEvent is an event on which deliver has nothing to do.
const probeEvent = `{"shipbell":"deliver","messages":[]}`

// probe invokes deliver once with nothing to do. The API has no dry run, so nothing less
// tells whether the function's role may invoke deliver, whether that exists in the region,
// and whether the API is reached.
func (q *invoker) probe(ctx context.Context) error { return q.send(ctx, []byte(probeEvent)) }
