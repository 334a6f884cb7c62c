// Package aws is the platform AWS: a DynamoDB table as the key-value store, an
// SQS queue, and the events of Lambda. It uses no transaction, no scan and no
// other service but KMS, once at the start, for a sealing key that lies there.
package aws

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"

	"github.com/shipbell/shipbell/shared/platform"
)

// The environment variables that Open reads, beside those that Lambda sets.
const (
	varTable    = "SHIPBELL_TABLE"
	varShards   = "SHIPBELL_DELIVERY_SHARDS"
	varQueueURL = "SHIPBELL_QUEUE_URL"
	varSlowURL  = "SHIPBELL_SLOW_QUEUE_URL"
	varSealKey  = "SHIPBELL_SEAL_KEY"
	varStack    = "SHIPBELL_STACK"
)

// Variables names the environment variables that Open reads for a function. All
// but SHIPBELL_DELIVERY_SHARDS and SHIPBELL_STACK must be set.
func Variables(needs platform.Needs) []string {
	names := []string{varTable, varShards, varStack}
	if needs.Queue {
		names = append(names, varQueueURL)
	}
	if needs.Slow {
		names = append(names, varSlowURL)
	}
	if needs.SealKey {
		names = append(names, varSealKey)
	}
	return names
}

// Open reads the environment:
//
//   - SHIPBELL_TABLE: the name of the table.
//   - SHIPBELL_DELIVERY_SHARDS: over how many partitions of the table a registry's
//     deliveries are laid: a number, and later ones with the time from which they
//     hold, such as 1,8@2026-12-01T00:00:00Z; 1 if not set.
//   - SHIPBELL_STACK: the dimension of the metrics in the log; shipbell if not set.
//   - SHIPBELL_QUEUE_URL: the address of the queue.
//   - SHIPBELL_SLOW_QUEUE_URL: the address of the queue for targets that are not known
//     to answer quickly.
//   - SHIPBELL_SEAL_KEY: the sealing keys, separated by commas, each as
//     env:BASE64 (or BASE64 alone) or kms:ARN, derived from a key of KMS of type
//     HMAC_256.
//
// Targets on loopback are denied: Lambda's Runtime API is there.
//
// Region and credentials come from the variables that Lambda sets, and endpoints
// of emulators from AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS and
// AWS_ENDPOINT_URL_KMS. Nothing is called but KMS, and that only for a kms: key.
// An error names the variable.
func Open(ctx context.Context, needs platform.Needs) (platform.Opened, error) {
	return open(ctx, needs)
}

// open is Open with something between the SDK and the network.
func open(ctx context.Context, needs platform.Needs, between ...func(*middleware.Stack) error) (platform.Opened, error) {
	for _, name := range append(Variables(needs), "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") {
		if name != varShards && name != varStack && needs.Getenv(name) == "" {
			return platform.Opened{}, fmt.Errorf("%s is not set", name)
		}
	}
	layouts, err := parseSpread(needs.Getenv(varShards))
	if err != nil {
		return platform.Opened{}, fmt.Errorf("%s: %w", varShards, err)
	}
	sdk := NewConfig(needs.Getenv)
	sdk.APIOptions = between
	opened := platform.Opened{DenyLoopback: true, Metered: true, MaxDelay: maxDelay, Stack: cmp.Or(needs.Getenv(varStack), "shipbell"), KV: &Table{
		name: needs.Getenv(varTable), spread: layouts, now: time.Now,
		calls: callsOfTable(dynamodb.NewFromConfig(sdk, func(o *dynamodb.Options) { o.BaseEndpoint = Endpoint(needs.Getenv, "DYNAMODB") })),
	}}
	if needs.Queue {
		calls := callsOfQueue(sqs.NewFromConfig(sdk, func(o *sqs.Options) { o.BaseEndpoint = Endpoint(needs.Getenv, "SQS") }))
		opened.Queue = &Queue{url: needs.Getenv(varQueueURL), calls: calls}
		if needs.Slow {
			opened.Slow = &Queue{url: needs.Getenv(varSlowURL), calls: calls}
		}
	}
	if needs.SealKey {
		vault := kms.NewFromConfig(sdk, func(o *kms.Options) { o.BaseEndpoint = Endpoint(needs.Getenv, "KMS") })
		if opened.SealKey, err = openSealKeys(ctx, vault, needs.Getenv(varSealKey)); err != nil {
			return platform.Opened{}, fmt.Errorf("%s: %w", varSealKey, err)
		}
	}
	return opened, nil
}

// Endpoint is where a service is, if not where AWS has it: AWS_ENDPOINT_URL_SERVICE.
func Endpoint(getenv func(string) string, service string) *string {
	if url := getenv("AWS_ENDPOINT_URL_" + service); url != "" {
		return &url
	}
	return nil
}

// sealMessage is what KMS makes the code of: a change of it changes the key.
const sealMessage = "shipbell seal key 1"

// openSealKeys has KMS derive the keys that it holds. The code that a key of type
// HMAC_256 makes of a message is 32 bytes and always the same. Nobody can compute it
// without the key, which stays in KMS.
func openSealKeys(ctx context.Context, vault *kms.Client, text string) (string, error) {
	fields := strings.Split(text, ",")
	for i, field := range fields {
		arn, ok := strings.CutPrefix(strings.TrimSpace(field), "kms:")
		if !ok {
			continue
		}
		if !strings.HasPrefix(arn, "arn:") {
			return "", fmt.Errorf("key %d: what follows kms: is not the ARN of a key", i+1)
		}
		var answer *kms.GenerateMacOutput
		err := platform.Retry(ctx, func() (left int, err error) {
			answer, err = vault.GenerateMac(ctx, &kms.GenerateMacInput{
				KeyId: &arn, MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Message: []byte(sealMessage),
			})
			if passes(err) {
				left = 1
			}
			return left, err
		})
		if err != nil {
			return "", fmt.Errorf("key %d: %w", i+1, err)
		}
		fields[i] = base64.StdEncoding.EncodeToString(answer.Mac)
	}
	return strings.Join(fields, ","), nil
}
