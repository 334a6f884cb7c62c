package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/invocation"
)

// handler works on one event of Lambda. It is a lambda.Handler.
type handler func(ctx context.Context, event []byte) ([]byte, error)

// Invoke implements lambda.Handler.
func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }

// Serve loads a function and hands it the events of Lambda until the process ends.
// If the function cannot be loaded, the process ends at once and its log says why.
// Requests come by an HTTP API or a Function URL, both with payload version 2.0,
// messages by SQS, other events by rules and schedules of EventBridge or by direct
// invocations, which IAM allows.
func Serve(load platform.Load) {
	h, err := load(context.Background())
	if err != nil {
		slog.New(slog.NewJSONHandler(os.Stderr, nil)).Error("cannot start", slog.Any("error", err))
		os.Exit(1)
	}
	serve(newHandler(h))
}

// newHandler makes the one handler that a process has.
func newHandler(h platform.Handlers) handler {
	return invocation.Ending(newKind(h), h.Done)
}

// newKind makes the handler of the kind of events that the function takes.
func newKind(h platform.Handlers) handler {
	switch {
	case h.Message != nil:
		return handleMessages(h)
	case h.Timer != nil:
		return handleTimer(h.Timer)
	case h.Event != nil:
		return handleEvents(handleHTTP(h.HTTP), h.Event)
	case h.Direct != nil:
		return handleDirect(handleHTTP(h.HTTP), h.Direct)
	default:
		return handleHTTP(h.HTTP)
	}
}

// drainTime is what the work in hand gets when the process is to end: Lambda
// kills it half a second after SIGTERM.
const drainTime = 400 * time.Millisecond

// serve is where a process of Lambda spends its life. Lambda stops processes
// between invocations, so SIGTERM in the middle of one is rare, and nothing
// depends on what is done then.
func serve(h handler) {
	var working sync.WaitGroup
	counted := handler(func(ctx context.Context, event []byte) ([]byte, error) {
		working.Add(1)
		defer working.Done()
		return h(ctx, event)
	})
	lambda.StartWithOptions(counted, lambda.WithEnableSIGTERM(func() {
		time.AfterFunc(drainTime, func() { os.Exit(0) })
		working.Wait()
		os.Exit(0)
	}))
}

func handleTimer(work func(context.Context) error) handler {
	return func(ctx context.Context, _ []byte) ([]byte, error) {
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		return nil, work(ctx)
	}
}

func handleEvents(overHTTP handler, take func(context.Context, []byte) error) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var kind struct {
			RequestContext json.RawMessage `json:"requestContext"`
			DetailType     *string         `json:"detail-type"`
		}
		if err := json.Unmarshal(event, &kind); err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		switch {
		case kind.RequestContext != nil:
			return overHTTP(ctx, event)
		case kind.DetailType == nil:
			return nil, errors.New("the event is neither an HTTP request of payload version 2.0 nor one of EventBridge")
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		return nil, take(ctx, event)
	}
}

// handleDirect takes an event with a requestContext as a request: the service writes
// that field, and a client cannot omit it.
func handleDirect(overHTTP handler, answer func(context.Context, []byte) ([]byte, error)) handler {
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
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		return answer(ctx, event)
	}
}

// handleMessages works on the messages of a batch all at once. A message that failed is
// reported to SQS, which sends it again.
func handleMessages(h platform.Handlers) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var batch events.SQSEvent
		if err := json.Unmarshal(event, &batch); err != nil {
			return nil, fmt.Errorf("read the batch: %w", err)
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		ctx, cancelWork := context.WithTimeout(ctx, h.Limit)
		defer cancelWork()

		errs := make([]error, len(batch.Records))
		var all sync.WaitGroup
		for i := range batch.Records {
			all.Go(func() { errs[i] = invocation.HandleOne(ctx, h.Message, batch.Records[i].Body) })
		}
		all.Wait()

		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i, err := range errs {
			if err == nil {
				continue
			}
			id := batch.Records[i].MessageId
			h.Logger.LogAttrs(ctx, slog.LevelError, "message failed", slog.String("message", id), slog.Any("error", err))
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
		return json.Marshal(answer)
	}
}
