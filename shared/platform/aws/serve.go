package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/shipbell/shipbell/shared/platform/doorway"
)

// door works on one event of Lambda. It is a lambda.Handler.
type door func(ctx context.Context, event []byte) ([]byte, error)

// Invoke implements lambda.Handler.
func (d door) Invoke(ctx context.Context, event []byte) ([]byte, error) { return d(ctx, event) }

// ServeHTTP serves requests of an HTTP API or a Function URL, both with payload
// version 2.0, until the process ends.
func ServeHTTP(h http.Handler) { serve(httpDoor(h)) }

// ServeEvents is ServeHTTP which also takes events of EventBridge. These come
// from rules of the account's own, so take gets them as they are, without an
// access key; its error makes Lambda try again.
func ServeEvents(h http.Handler, take func(ctx context.Context, event []byte) error) {
	serve(eventsDoor(h, take))
}

// ServeQueue hands the messages of SQS to handle until the process ends, those of
// one batch all at once. A message whose handler fails or panics is reported to
// SQS, which brings it again, and logged. No message is worked on for longer than
// limit.
func ServeQueue(logger *slog.Logger, limit time.Duration, handle func(ctx context.Context, body []byte) error) {
	serve(queueDoor(logger, limit, handle))
}

// ServeTimer calls work for each event of a timer until the process ends.
func ServeTimer(work func(ctx context.Context) error) { serve(timerDoor(work)) }

// drainTime is what the work in hand gets when the process is to end: Lambda
// kills it half a second after SIGTERM.
const drainTime = 400 * time.Millisecond

// serve is where a process of Lambda spends its life. Lambda stops processes
// between invocations, so SIGTERM in the middle of one is rare, and nothing
// depends on what is done then.
func serve(d door) {
	var working sync.WaitGroup
	counted := door(func(ctx context.Context, event []byte) ([]byte, error) {
		working.Add(1)
		defer working.Done()
		return d(ctx, event)
	})
	lambda.StartWithOptions(counted, lambda.WithEnableSIGTERM(func() {
		time.AfterFunc(drainTime, func() { os.Exit(0) })
		working.Wait()
		os.Exit(0)
	}))
}

func timerDoor(work func(context.Context) error) door {
	return func(ctx context.Context, _ []byte) ([]byte, error) {
		ctx, cancel := doorway.WithMargin(ctx)
		defer cancel()
		return nil, work(ctx)
	}
}

func eventsDoor(h http.Handler, take func(context.Context, []byte) error) door {
	overHTTP := httpDoor(h)
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
		ctx, cancel := doorway.WithMargin(ctx)
		defer cancel()
		return nil, take(ctx, event)
	}
}

func queueDoor(logger *slog.Logger, limit time.Duration, handle func(context.Context, []byte) error) door {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var batch events.SQSEvent
		if err := json.Unmarshal(event, &batch); err != nil {
			return nil, fmt.Errorf("read the batch: %w", err)
		}
		ctx, cancel := doorway.WithMargin(ctx)
		defer cancel()
		ctx, cancelWork := context.WithTimeout(ctx, limit)
		defer cancelWork()

		errs := make([]error, len(batch.Records))
		var all sync.WaitGroup
		for i := range batch.Records {
			all.Go(func() { errs[i] = doorway.HandleOne(ctx, handle, batch.Records[i].Body) })
		}
		all.Wait()

		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i, err := range errs {
			if err == nil {
				continue
			}
			id := batch.Records[i].MessageId
			logger.LogAttrs(ctx, slog.LevelError, "message failed", slog.String("message", id), slog.Any("error", err))
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
		return json.Marshal(answer)
	}
}
