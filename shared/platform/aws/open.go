// Package aws is the platform AWS: a DynamoDB table as the key-value store, an
// SQS queue, and the doorways of Lambda. It uses no transaction, no scan and no
// other service but KMS, once at the start, for a sealing key that is encrypted.
package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/shipbell/shipbell/shared/platform"
)

// The environment variables that the room reads, beside the SDK's own.
const (
	varTable    = "SHIPBELL_TABLE"
	varShards   = "SHIPBELL_DELIVERY_SHARDS"
	varQueueURL = "SHIPBELL_QUEUE_URL"
	varSealKey  = "SHIPBELL_SEAL_KEY"
)

// Variables names the environment variables that Open reads for a function. All
// but SHIPBELL_DELIVERY_SHARDS must be set.
func Variables(needs platform.Needs) []string {
	names := []string{varTable, varShards}
	if needs.Queue {
		names = append(names, varQueueURL)
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
//     deliveries are laid, as ParseSpread reads it; 1 if not set.
//   - SHIPBELL_QUEUE_URL: the address of the queue.
//   - SHIPBELL_SEAL_KEY: the sealing keys, separated by commas, each as
//     env:BASE64 (or BASE64 alone) or kms:BASE64, a data key encrypted by KMS.
//
// Region, credentials and, for emulators, AWS_ENDPOINT_URL_DYNAMODB,
// AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_KMS are the SDK's. Nothing is called
// but KMS, and that only for a kms: key. An error names the variable.
func Open(ctx context.Context, needs platform.Needs) (platform.Opened, error) {
	missing := ""
	read := func(name string) string {
		value := needs.Getenv(name)
		if value == "" && missing == "" {
			missing = name
		}
		return value
	}
	table, queueURL, sealKey := read(varTable), "", ""
	if needs.Queue {
		queueURL = read(varQueueURL)
	}
	if needs.SealKey {
		sealKey = read(varSealKey)
	}
	if missing != "" {
		return platform.Opened{}, fmt.Errorf("%s is not set", missing)
	}
	shards, err := ParseSpread(needs.Getenv(varShards))
	if err != nil {
		return platform.Opened{}, fmt.Errorf("%s: %w", varShards, err)
	}
	sdk, err := loadConfig(ctx)
	if err != nil {
		return platform.Opened{}, err
	}
	opened := platform.Opened{KV: newTable(sdk, table, shards), MaxDelay: maxDelay}
	if needs.Queue {
		opened.Queue = &Queue{client: sqs.NewFromConfig(sdk), url: queueURL}
	}
	if opened.SealKey, err = openSealKeys(ctx, sdk, sealKey); err != nil {
		return platform.Opened{}, fmt.Errorf("%s: %w", varSealKey, err)
	}
	return opened, nil
}

func newTable(sdk awssdk.Config, name string, s spread) *Table {
	return &Table{client: dynamodb.NewFromConfig(sdk), name: name, spread: s, now: time.Now}
}

// maxAttempts is how often the SDK tries one request. Its waits grow to some
// seconds in all, which rides out a moment of throttling.
const maxAttempts = 6

func loadConfig(ctx context.Context) (awssdk.Config, error) {
	// One call of the store makes up to atOnce requests to one host.
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 4 * atOnce })
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(maxAttempts), config.WithHTTPClient(client))
	if err != nil {
		return sdk, fmt.Errorf("read the AWS settings: %w", err)
	}
	if sdk.Region == "" {
		return sdk, errors.New("AWS_REGION is not set")
	}
	return sdk, nil
}

// openSealKeys decrypts the keys that KMS encrypted.
func openSealKeys(ctx context.Context, sdk awssdk.Config, text string) (string, error) {
	fields := strings.Split(text, ",")
	for i, field := range fields {
		encrypted, ok := strings.CutPrefix(strings.TrimSpace(field), "kms:")
		if !ok {
			continue
		}
		blob, err := base64.StdEncoding.DecodeString(encrypted)
		if err != nil {
			return "", fmt.Errorf("key %d: what follows kms: is not base64", i+1)
		}
		answer, err := kms.NewFromConfig(sdk).Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob})
		if err != nil {
			return "", fmt.Errorf("key %d: %w", i+1, err)
		}
		fields[i] = base64.StdEncoding.EncodeToString(answer.Plaintext)
	}
	return strings.Join(fields, ","), nil
}
