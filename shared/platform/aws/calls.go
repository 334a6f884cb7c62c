package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// tableCalls are the calls of DynamoDB that a Table makes. They are kept as functions
// and not as the client: in a program that finds methods by their names, as templates
// do, the linker keeps every method of what a value in an interface holds, and the
// client has one for everything that DynamoDB can do.
type tableCalls struct {
	batchGet func(context.Context, *dynamodb.BatchGetItemInput) (*dynamodb.BatchGetItemOutput, error)
	query    func(context.Context, *dynamodb.QueryInput) (*dynamodb.QueryOutput, error)
	put      func(context.Context, *dynamodb.PutItemInput) (*dynamodb.PutItemOutput, error)
	update   func(context.Context, *dynamodb.UpdateItemInput) (*dynamodb.UpdateItemOutput, error)
	delete   func(context.Context, *dynamodb.DeleteItemInput) (*dynamodb.DeleteItemOutput, error)
}

func callsOfTable(client *dynamodb.Client) tableCalls {
	return tableCalls{
		batchGet: bare(client.BatchGetItem), query: bare(client.Query), put: bare(client.PutItem),
		update: bare(client.UpdateItem), delete: bare(client.DeleteItem),
	}
}

// queueCalls are the calls of SQS that a Queue makes, likewise.
type queueCalls struct {
	send func(context.Context, *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error)
}

func callsOfQueue(client *sqs.Client) queueCalls {
	return queueCalls{send: bare(client.SendMessageBatch)}
}

// bare is a call without the options of one request, which are never used.
func bare[In, Out, Option any](call func(context.Context, *In, ...Option) (*Out, error)) func(context.Context, *In) (*Out, error) {
	return func(ctx context.Context, in *In) (*Out, error) { return call(ctx, in) }
}
