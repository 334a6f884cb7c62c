package emulators

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Config is an SDK configuration for the emulators; the service's endpoint is
// set by DynamoDBClient and SQSClient.
func (e *Emulators) Config() awssdk.Config {
	return awssdk.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("emulated", "emulated", "")}
}

// DynamoDBClient is a client of the emulated DynamoDB.
func (e *Emulators) DynamoDBClient() *dynamodb.Client {
	return dynamodb.NewFromConfig(e.Config(), func(o *dynamodb.Options) { o.BaseEndpoint = &e.DynamoDB })
}

// SQSClient is a client of the emulated SQS.
func (e *Emulators) SQSClient() *sqs.Client {
	return sqs.NewFromConfig(e.Config(), func(o *sqs.Options) { o.BaseEndpoint = &e.SQS })
}

// NewTable makes an empty table as template.yaml defines it, and answers its
// name.
func (e *Emulators) NewTable(t testing.TB) string {
	t.Helper()
	name := "shipbell-" + strings.ToLower(rand.Text())
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
	}
	attribute := func(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
	}
	client := e.DynamoDBClient()
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("pk", types.ScalarAttributeTypeS), attribute("sk", types.ScalarAttributeTypeS),
			attribute("u", types.ScalarAttributeTypeS), attribute("d", types.ScalarAttributeTypeN),
		},
		KeySchema: []types.KeySchemaElement{key("pk", types.KeyTypeHash), key("sk", types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: awssdk.String("due"), KeySchema: []types.KeySchemaElement{key("u", types.KeyTypeHash), key("d", types.KeyTypeRange)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"x"}},
		}},
	})
	if err != nil {
		t.Fatalf("create table: %v", err)
	}
	// The answer comes a moment before the table can be used.
	exists := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, 100*time.Millisecond
	})
	if err := exists.Wait(context.Background(), &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		t.Fatalf("wait for the table: %v", err)
	}
	return name
}

// NewQueue makes an empty queue and answers its address. A message that is
// received and not deleted comes again after visibility, in seconds.
func (e *Emulators) NewQueue(t testing.TB, visibility string) string {
	t.Helper()
	name := "shipbell-" + strings.ToLower(rand.Text())
	made, err := e.SQSClient().CreateQueue(context.Background(), &sqs.CreateQueueInput{
		QueueName: &name, Attributes: map[string]string{string(sqstypes.QueueAttributeNameVisibilityTimeout): visibility},
	})
	if err != nil {
		t.Fatalf("create queue: %v", err)
	}
	return *made.QueueUrl
}
