package aws

import (
	"context"
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/shipbell/shipbell/shared/platform"
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
		batchGet: Tried(client.BatchGetItem), query: Tried(client.Query), put: Tried(client.PutItem),
		update: Tried(client.UpdateItem), delete: Tried(client.DeleteItem),
	}
}

// queueCalls are the calls of SQS that a Queue makes, likewise.
type queueCalls struct {
	send func(context.Context, *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error)
}

func callsOfQueue(client *sqs.Client) queueCalls {
	return queueCalls{send: Tried(client.SendMessageBatch)}
}

// Tried is a call without the options of one request, which are never used. It is tried
// again where AWS or the way to it failed.
func Tried[In, Out, Option any](call func(context.Context, *In, ...Option) (*Out, error)) func(context.Context, *In) (*Out, error) {
	return func(ctx context.Context, in *In) (out *Out, err error) {
		err = platform.Retry(ctx, func() (left int, err error) {
			if out, err = call(ctx, in); passes(err) {
				left = 1
			}
			return left, err
		})
		return out, err
	}
}

// passes reports whether the next try may do better, as the SDK sees it.
func passes(err error) bool {
	return err != nil && retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == awssdk.TrueTernary
}

// NewConfig configures the SDK from what Lambda sets. The SDK's own loader knows
// many more places to look, none of which Lambda has, and makes each function
// 0.6 MB larger and slower to start. Its retries know nothing of the time that is left.
func NewConfig(getenv func(string) string) awssdk.Config {
	return awssdk.Config{
		Region: getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(
			getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		Retryer: func() awssdk.Retryer { return awssdk.NopRetryer{} },
		// One call of the store makes up to atOnce requests to one host.
		HTTPClient: &watched{transport: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 4 * atOnce }).GetTransport()},
	}
}
