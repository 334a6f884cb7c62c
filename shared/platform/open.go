package platform

import (
	"context"
	"time"
)

// Needs says what one function uses of its platform, beside the store.
type Needs struct {
	Queue bool
	// Slow is set by what makes attempts: it uses the queue Slow where there is one.
	Slow    bool
	SealKey bool
	// Getenv reads an environment variable.
	Getenv func(string) string
}

// Opened is a platform that is ready for one function.
type Opened struct {
	KV KV
	// Queue is nil if the function does not need it.
	Queue Queue
	// Slow is a queue beside Queue, with the same bounds, which functions work on apart
	// from it. It is for targets that are not known to answer quickly, and nil if the
	// platform has none or the function does not need it.
	Slow Queue
	// MaxDelay is the queue's, also where the function does not need the queue.
	MaxDelay time.Duration
	// Metered is set where each write and read is paid for, and messages are not by their
	// length.
	Metered bool
	// SealKey is the sealing keys in base64, separated by commas, or "".
	SealKey string
	// DenyLoopback is set where the platform's own runtime listens on loopback: a target
	// there could take events from it, so none is reached, whatever the operator allows.
	DenyLoopback bool
	// Stack is the name under which CloudWatch takes metrics out of the log, or "" where
	// nothing takes them.
	Stack string
	// AdminSecret is set where the platform may let whoever may invoke one function
	// invoke all of them: a direct invocation then gets an admin key only for a secret.
	AdminSecret bool
	// Probe tests the way by which the function wakes deliveries, without waking any. It
	// is nil where there is nothing to test.
	Probe func(context.Context) error
}
