package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/shipbell/shipbell/shared/platform"
)

// maxDelay is the longest that SQS holds a message back.
const maxDelay = 900 * time.Second

// batchSize is how many messages one request takes.
const batchSize = 10

// Queue is a platform.Queue on a standard SQS queue. The group of a message is
// its MessageGroupId, by which SQS is fair: a group with many messages in flight
// is served after the others.
type Queue struct {
	calls queueCalls
	url   string
}

// MaxDelay implements platform.Queue.
func (q *Queue) MaxDelay() time.Duration { return maxDelay }

// Send implements platform.Queue.
func (q *Queue) Send(ctx context.Context, messages ...platform.Message) []error {
	errs := make([]error, len(messages))
	var entries []types.SendMessageBatchRequestEntry
	for i := range messages {
		if !sendable(messages[i].Body) {
			errs[i] = errNotText
			continue
		}
		entries = append(entries, entry(i, &messages[i]))
	}
	batches := slices.Collect(slices.Chunk(entries, batchSize))
	each(len(batches), func(i int) { q.sendBatch(ctx, batches[i], errs) })
	return errs
}

// entry is a message in a request; its id is the number of the message.
func entry(i int, m *platform.Message) types.SendMessageBatchRequestEntry {
	e := types.SendMessageBatchRequestEntry{
		Id: awssdk.String(strconv.Itoa(i)), MessageBody: awssdk.String(string(m.Body)),
		DelaySeconds: seconds(m.Delay),
	}
	if m.Group != "" {
		e.MessageGroupId = &m.Group
	}
	return e
}

// seconds rounds a delay up, so that no message comes too early.
func seconds(delay time.Duration) int32 {
	delay = min(max(delay, 0), maxDelay)
	return int32((delay + time.Second - 1) / time.Second)
}

var (
	errNotText  = errors.New("send: the message is empty, or not text")
	errNoAnswer = errors.New("send: SQS did not say what became of the message")
)

// sendBatch sends at most ten messages, and those again that SQS failed to take
// by its own fault. It notes the error of each that was not taken.
func (q *Queue) sendBatch(ctx context.Context, entries []types.SendMessageBatchRequestEntry, errs []error) {
	_ = platform.Retry(ctx, func() (left int, err error) { // each message has its own error
		answer, err := q.calls.send(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries})
		entries = noteSent(entries, answer, err, errs)
		return len(entries), err
	})
}

// noteSent notes what became of messages, and gives those that are to be sent again.
func noteSent(entries []types.SendMessageBatchRequestEntry, answer *sqs.SendMessageBatchOutput, err error, errs []error) []types.SendMessageBatchRequestEntry {
	unsaid := errNoAnswer
	if err != nil {
		unsaid = fmt.Errorf("send: %w", err)
	}
	place := map[string]int{}
	for _, e := range entries {
		place[*e.Id], _ = strconv.Atoi(*e.Id)
		errs[place[*e.Id]] = unsaid
	}
	if answer == nil {
		return nil
	}
	for _, taken := range answer.Successful {
		errs[place[awssdk.ToString(taken.Id)]] = nil
	}
	again := map[string]bool{}
	for _, failed := range answer.Failed {
		id := awssdk.ToString(failed.Id)
		errs[place[id]] = fmt.Errorf("send: %s: %s", awssdk.ToString(failed.Code), awssdk.ToString(failed.Message))
		again[id] = !failed.SenderFault
	}
	return slices.DeleteFunc(entries, func(e types.SendMessageBatchRequestEntry) bool { return !again[*e.Id] })
}

// sendable reports whether SQS takes a body: it wants characters that XML allows.
func sendable(body []byte) bool {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		i += size
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return false
		}
	}
	return len(body) > 0
}
