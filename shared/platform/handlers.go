package platform

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Handlers is what a function does with the events of its platform. An event of a
// kind that it has no handler for is an error.
type Handlers struct {
	// HTTP answers requests.
	HTTP http.Handler
	// Event works on an event that a rule of the account itself sends, such as one of
	// EventBridge: it needs no access key. After an error the platform sends the event
	// again.
	Event func(ctx context.Context, event []byte) error
	// Direct answers those whom the platform lets invoke the function directly.
	Direct func(ctx context.Context, event []byte) ([]byte, error)
	// Timer does what is due. A platform calls it again and again.
	Timer func(ctx context.Context) error
	// Message works on one message of the queue, for at most Limit. Several run at
	// once. A platform may send the message again after an error or a panic, which it
	// logs to Logger.
	Message func(ctx context.Context, body []byte) error
	Limit   time.Duration
	// Needs is how much time must be left when work on a message begins, so that it is
	// not cut off.
	Needs time.Duration
	// Queue is the queue that the function was opened with, where its invocations take
	// messages out of it.
	Queue Queue
	// Admit is that of Work, for a platform where a process of ours takes messages out of
	// the queue.
	Admit  func(group string, working int) bool
	Logger *slog.Logger
	// Done, if not nil, is called at the end of each invocation, before it is answered.
	Done func()
}

// Load makes the handlers of a function. An error names the setting that is missing or
// wrong.
type Load func(ctx context.Context) (Handlers, error)
