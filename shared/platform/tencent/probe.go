package tencent

import "context"

// probe invokes deliver once, as somebody may by hand: it takes what waits, if anything
// does. The API has no dry run, so nothing less tells whether the function's role may
// invoke deliver, whether that exists in the region, and whether the API is reached.
func (q *invoker) probe(ctx context.Context) error {
	return q.send(ctx, envelope{Shipbell: envelopeKind}.text())
}
