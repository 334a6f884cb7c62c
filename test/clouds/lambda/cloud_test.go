package lambda_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/emulators"
	"github.com/shipbell/shipbell/test/sink"
)

// cloud is a stack of template.yaml on emulators, with the registry default in it.
type cloud struct {
	*clouds.Stack
	t             testing.TB
	dynamodb, sqs *wire
	// mapping is that of the queue, and slow that of the queue for targets that are not
	// known to answer quickly.
	mapping, slow *mapping
	store         []string // the variables that name its table
	// deadEvents is the address of the queue of events that receive could not take.
	deadEvents string
}

// options is how a stack differs from the template's.
type options struct {
	visibility string            // of messages, in seconds
	variables  map[string]string // beside those that newCloud sets
}

// newCloud starts a stack. Nothing takes messages from the queue, and no timer
// runs, until the test says so.
func newCloud(t testing.TB, o options) *cloud {
	t.Helper()
	e := emulators.Start(t)
	if o.visibility == "" {
		o.visibility = "180"
	}
	c := &cloud{Stack: clouds.NewStack(t), t: t, dynamodb: newWire(t, e.DynamoDB), sqs: newWire(t, e.SQS)}
	queue, slow := e.NewQueue(t, o.visibility), e.NewQueue(t, o.visibility)
	c.deadEvents = e.NewQueue(t, "30")
	values := map[string]string{
		"SHIPBELL_TABLE": e.NewTable(t), "SHIPBELL_QUEUE_URL": queue, "SHIPBELL_SLOW_QUEUE_URL": slow,
		"SHIPBELL_SEAL_KEY":             "kms:arn:aws:kms:us-east-1:111122223333:key/one",
		"SHIPBELL_EVENTBRIDGE_REGISTRY": "default", "SHIPBELL_ALLOW_TARGETS": sink.Network(),
		"SHIPBELL_EVENT_DEAD_LETTERS_URL": c.deadEvents, "SHIPBELL_RECEIVE_FUNCTION": "receive",
	}
	for name, value := range o.variables {
		values[name] = value
	}
	platform := []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + c.dynamodb.server.URL, "AWS_ENDPOINT_URL_SQS=" + c.sqs.server.URL, "AWS_ENDPOINT_URL_KMS=" + vault(t),
		"AWS_ENDPOINT_URL_LAMBDA=http://" + c.Listen(invoker{c.Stack}),
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated",
	}
	c.store = append(slices.Clone(platform), "SHIPBELL_TABLE="+values["SHIPBELL_TABLE"])
	f := &front{}
	resources, global, routes := readTemplate(t)
	for _, r := range resources {
		env := slices.Clone(platform)
		for name := range r.Environment.Variables {
			env = append(env, name+"="+values[name])
		}
		for _, name := range global {
			env = append(env, name+"="+values[name])
		}
		one := newFunction(r.name(), r.timeout(), env)
		for path, function := range routes {
			if function == r.name() {
				f.routes = append(f.routes, route{path, one})
			}
		}
		c.Add(one)
	}
	c.mapping = &mapping{client: e.SQSClient(), url: queue, to: c.Functions["deliver"]}
	c.slow = &mapping{client: e.SQSClient(), url: slow, to: c.Functions["deliver"]}
	c.Work, c.Timer = func(ctx context.Context) {
		var both sync.WaitGroup
		both.Go(func() { c.mapping.run(ctx) })
		both.Go(func() { c.slow.run(ctx) })
		both.Wait()
	}, map[string]any{"source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-11-30T12:00:00Z"}
	c.Connect(f)
	return c
}

// queued is how many messages are in the queues, in sight or not.
func (c *cloud) queued() (n int) { return c.queuedFor(c.mapping) + c.queuedFor(c.slow) }

func (c *cloud) queuedFor(m *mapping) (n int) {
	c.t.Helper()
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	got, err := m.client.GetQueueAttributes(c.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &m.url, AttributeNames: names})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, name := range names {
		count, err := strconv.Atoi(got.Attributes[string(name)])
		if err != nil {
			c.t.Fatalf("%s: %v", name, err)
		}
		n += count
	}
	return n
}
