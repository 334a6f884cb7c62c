package platform

import "time"

// Needs says what one function uses of its platform, beside the store.
type Needs struct {
	Queue   bool
	SealKey bool
	// Getenv reads an environment variable.
	Getenv func(string) string
}

// Opened is a platform that is ready for one function.
type Opened struct {
	KV KV
	// Queue is nil if the function does not need it.
	Queue Queue
	// MaxDelay is the queue's, also where the function does not need the queue.
	MaxDelay time.Duration
	// SealKey is the sealing keys in base64, separated by commas, or "".
	SealKey string
	// DenyLoopback is set where the platform's own runtime listens on loopback: a target
	// there could take events from it, so none is reached, whatever the operator allows.
	DenyLoopback bool
}
