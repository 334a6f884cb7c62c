package lambda_test

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"

	"github.com/aws/aws-lambda-go/events"
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/shipbell/shipbell/test/clouds"
)

// maxConcurrency is how many batches are worked on at once.
const maxConcurrency = 4

// mapping hands the messages of a queue to a function, in batches of at most ten.
// It deletes what the function has done; what it has not, and all of a batch of
// which nothing is known, comes again when SQS shows it again.
type mapping struct {
	client *sqs.Client
	url    string
	to     *clouds.Function

	mu      sync.Mutex
	batches []batch
}

// batch is what became of a batch.
type batch struct {
	messages []string // their bodies
	failed   []string // the bodies of those that the function left
	err      error    // set if the invocation failed
}

// run works until the context ends, and until what is in hand is done.
func (m *mapping) run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	slots := make(chan struct{}, maxConcurrency)
	for ctx.Err() == nil {
		slots <- struct{}{}
		got, err := m.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &m.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil || len(got.Messages) == 0 {
			<-slots
			continue
		}
		all.Go(func() {
			m.hand(got.Messages)
			<-slots
		})
	}
}

// hand invokes the function with a batch and deletes what it has done.
func (m *mapping) hand(messages []types.Message) {
	var event events.SQSEvent
	var b batch
	for _, message := range messages {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: *message.MessageId, ReceiptHandle: *message.ReceiptHandle, Body: *message.Body, Attributes: message.Attributes,
			EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:deliveries", AWSRegion: "us-east-1",
		})
		b.messages = append(b.messages, *message.Body)
	}
	text, err := m.to.Invoke(event)
	var got events.SQSEventResponse
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if b.err = err; err == nil {
		b.failed = m.deleteDone(messages, got)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches = append(m.batches, b)
}

// deleteDone deletes the messages that the function has not reported as failed,
// and returns the bodies of the others.
func (m *mapping) deleteDone(messages []types.Message, got events.SQSEventResponse) (failed []string) {
	left := map[string]bool{}
	for _, one := range got.BatchItemFailures {
		left[one.ItemIdentifier] = true
	}
	var done []types.DeleteMessageBatchRequestEntry
	for i, message := range messages {
		if left[*message.MessageId] {
			failed = append(failed, *message.Body)
			continue
		}
		done = append(done, types.DeleteMessageBatchRequestEntry{Id: awssdk.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle})
	}
	if len(done) > 0 {
		// A message that is not deleted comes again, as it may from AWS too.
		_, _ = m.client.DeleteMessageBatch(context.Background(), &sqs.DeleteMessageBatchInput{QueueUrl: &m.url, Entries: done})
	}
	return failed
}

// seen is what has become of batches so far.
func (m *mapping) seen() []batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]batch{}, m.batches...)
}
