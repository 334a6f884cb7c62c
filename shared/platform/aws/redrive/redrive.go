// Package redrive hands the events of EventBridge that the function receive could not
// take to receive again. It is apart from the platform because it alone needs the client
// of Lambda, which takes 4 ms of the start of every function that has it in its binary.
package redrive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

// The environment variables that Timer reads beside those of the SDK.
const (
	varDeadLetters = "SHIPBELL_EVENT_DEAD_LETTERS_URL"
	varReceive     = "SHIPBELL_RECEIVE_FUNCTION"
)

// Variables names the environment variables that Timer reads. All must be set.
func Variables() []string { return []string{varDeadLetters, varReceive} }

// Timer adds to a function that a timer calls what becomes of dead events, which wait in
// a queue. Each call hands them to receive again, and removes from the queue what it took. One that
// fails again stays there, and its turn comes after retryAfter. An event that was taken
// twice makes no delivery twice.
//
//   - SHIPBELL_EVENT_DEAD_LETTERS_URL: the address of the queue.
//   - SHIPBELL_RECEIVE_FUNCTION: the name of the function receive.
//
// Endpoints of emulators come from AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_LAMBDA.
func Timer(load platform.Load, getenv func(string) string) platform.Load {
	return func(ctx context.Context) (platform.Handlers, error) {
		for _, name := range Variables() {
			if getenv(name) == "" {
				return platform.Handlers{}, fmt.Errorf("%s is not set", name)
			}
		}
		h, err := load(ctx)
		if err != nil {
			return h, err
		}
		r, timer := newRedrive(getenv, h.Logger), h.Timer
		h.Timer = func(ctx context.Context) error {
			var redriven error
			var beside sync.WaitGroup
			beside.Go(func() { redriven = r.run(ctx) })
			err := timer(ctx)
			beside.Wait()
			return errors.Join(err, redriven)
		}
		return h, nil
	}
}

// retryAfter is the seconds after which a dead event that failed again has its turn
// again.
const retryAfter = 300

// batchSize is the most messages that SQS gives at once.
const batchSize = 10

// redrive hands dead events to a function.
type redrive struct {
	receive func(context.Context, *sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error)
	delete  func(context.Context, *sqs.DeleteMessageInput) (*sqs.DeleteMessageOutput, error)
	invoke  func(context.Context, *lambda.InvokeInput) (*lambda.InvokeOutput, error)

	url, function string
	logger        *slog.Logger
}

func newRedrive(getenv func(string) string, logger *slog.Logger) *redrive {
	sdk := aws.NewConfig(getenv)
	queue := sqs.NewFromConfig(sdk, func(o *sqs.Options) { o.BaseEndpoint = aws.Endpoint(getenv, "SQS") })
	functions := lambda.NewFromConfig(sdk, func(o *lambda.Options) {
		o.BaseEndpoint = aws.Endpoint(getenv, "LAMBDA")
		o.HTTPClient = awshttp.NewBuildableClient() // the answer comes when the function has ended
	})
	return &redrive{
		receive: aws.Tried(queue.ReceiveMessage), delete: aws.Tried(queue.DeleteMessage), invoke: aws.Tried(functions.Invoke),
		url: getenv(varDeadLetters), function: getenv(varReceive), logger: logger,
	}
}

// run works until the queue is empty, until none of a batch was taken, or until ctx
// ends. It is no error that an event was not taken: the log and an alarm tell of it.
func (r *redrive) run(ctx context.Context) error {
	for {
		got, err := r.receive(ctx, &sqs.ReceiveMessageInput{QueueUrl: &r.url, MaxNumberOfMessages: batchSize, VisibilityTimeout: retryAfter})
		if ctx.Err() != nil {
			return nil // out of time; the next call goes on
		}
		if err != nil {
			return fmt.Errorf("read dead events: %w", err)
		}
		if len(got.Messages) == 0 {
			return nil
		}
		errs := make([]error, len(got.Messages))
		var all sync.WaitGroup
		for i := range got.Messages {
			all.Go(func() { errs[i] = r.handOver(ctx, &got.Messages[i]) })
		}
		all.Wait()
		for i, err := range errs {
			if err != nil {
				r.logger.LogAttrs(ctx, slog.LevelWarn, "a dead event was not taken",
					slog.String("message", awssdk.ToString(got.Messages[i].MessageId)), slog.Any("error", err))
			}
		}
		if !slices.Contains(errs, nil) {
			return nil
		}
	}
}

// handOver invokes the function with a dead event and waits for it, then removes the
// event from the queue.
func (r *redrive) handOver(ctx context.Context, m *types.Message) error {
	event, err := deadEvent([]byte(awssdk.ToString(m.Body)))
	if err != nil {
		return err
	}
	answer, err := r.invoke(ctx, &lambda.InvokeInput{FunctionName: &r.function, Payload: event})
	if err != nil {
		return fmt.Errorf("invoke %s: %w", r.function, err)
	}
	if failed := awssdk.ToString(answer.FunctionError); failed != "" {
		return fmt.Errorf("%s failed: %s: %s", r.function, failed, answer.Payload)
	}
	if _, err := r.delete(ctx, &sqs.DeleteMessageInput{QueueUrl: &r.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		return fmt.Errorf("delete from the dead-letter queue: %w", err)
	}
	return nil
}

// deadEvent finds the event in a message: EventBridge sends it alone, Lambda within what
// it says of the invocations that failed.
func deadEvent(body []byte) ([]byte, error) {
	var message struct {
		DetailType *string         `json:"detail-type"`
		Payload    json.RawMessage `json:"requestPayload"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return nil, fmt.Errorf("read a dead event: %w", err)
	}
	switch {
	case message.DetailType != nil:
		return body, nil
	case message.Payload != nil:
		return message.Payload, nil
	}
	return nil, errors.New("the message holds no event of EventBridge")
}
