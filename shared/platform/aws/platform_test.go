package aws_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/test/emulators"
)

// open opens the platform as a function does.
func open(t *testing.T, e *emulators.Emulators, needs platform.Needs, variables ...string) platform.Opened {
	t.Helper()
	opened, err := aws.Open(t.Context(), withEnv(needs, append(e.Env(), variables...)...))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// withEnv gives a function an environment of NAME=VALUE.
func withEnv(needs platform.Needs, pairs ...string) platform.Needs {
	env := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	needs.Getenv = func(name string) string { return env[name] }
	return needs
}

func TestKV(t *testing.T) {
	e := emulators.Start(t)
	newKV := func(t *testing.T, shards string) platform.KV {
		return open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+e.NewTable(t), "SHIPBELL_DELIVERY_SHARDS="+shards).KV
	}
	t.Run("plain", func(t *testing.T) {
		platformtest.KV(t, func(t *testing.T) platform.KV { return newKV(t, "") })
	})
	t.Run("spread", func(t *testing.T) {
		platformtest.KV(t, func(t *testing.T) platform.KV { return busy{newKV(t, "4")} })
	})
}

// TestDamagedItem has items whose version is no number.
func TestDamagedItem(t *testing.T) {
	e := emulators.Start(t)
	platformtest.Damaged(t, func(t *testing.T) (platform.KV, platformtest.Damage) {
		table := e.NewTable(t)
		kv := open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+table).KV
		return kv, func(key platform.Key) {
			_, err := e.DynamoDBClient().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
				TableName: &table, UpdateExpression: awssdk.String("SET n = :n"),
				Key:                       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: key.Partition}, "sk": &types.AttributeValueMemberS{Value: key.Sort}},
				ExpressionAttributeValues: map[string]types.AttributeValue{":n": &types.AttributeValueMemberS{Value: "x"}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// busy spreads every partition.
type busy struct{ platform.KV }

func (b busy) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	spread := slices.Clone(keys)
	for i := range spread {
		spread[i].Spread = true
	}
	items, err := b.KV.Get(ctx, spread...)
	for i := range items {
		items[i].Spread = false
	}
	return items, err
}

func (b busy) Write(ctx context.Context, writes ...platform.Write) []error {
	writes = slices.Clone(writes)
	for i := range writes {
		writes[i].Item.Spread = true
	}
	return b.KV.Write(ctx, writes...)
}

func (b busy) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	r.Spread = true
	return b.KV.Range(ctx, r)
}

func TestQueue(t *testing.T) {
	e := emulators.Start(t)
	platformtest.Queue(t, func(t *testing.T, handle platformtest.Handler) platform.Queue {
		url := e.NewQueue(t, "2")
		receive(t, e.SQSClient(), url, handle)
		return open(t, e, platform.Needs{Queue: true}, "SHIPBELL_TABLE=none", "SHIPBELL_QUEUE_URL="+url).Queue
	})
}

// receive does what Lambda does with a queue: it hands on whatever is there, as
// many at once as there are, and deletes what was handled.
func receive(t *testing.T, client *sqs.Client, url string, handle platformtest.Handler) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(func() { cancel(); all.Wait() })
	all.Go(func() {
		for ctx.Err() == nil {
			got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
			if err != nil {
				continue
			}
			for _, message := range got.Messages {
				all.Go(func() {
					if handle(ctx, []byte(awssdk.ToString(message.Body))) == nil {
						// One that is not deleted comes again, which a test of the queue takes.
						_, _ = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: message.ReceiptHandle})
					}
				})
			}
		}
	})
}
