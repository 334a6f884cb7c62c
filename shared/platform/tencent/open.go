// Package tencent is the platform Tencent Cloud: Redis as the key-value store,
// asynchronous invocations of the function deliver or a CKafka topic as the
// queue, and the doorways of SCF.
package tencent

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/redis"
)

// The environment variables that the room reads, beside those that SCF sets.
const (
	varRedisURL      = "SHIPBELL_REDIS_URL"
	varRedisPassword = "SHIPBELL_REDIS_PASSWORD"
	varRedisCA       = "SHIPBELL_REDIS_CA_FILE"
	varCluster       = "SHIPBELL_REDIS_CLUSTER"
	varQueue         = "SHIPBELL_QUEUE"
	varFunction      = "SHIPBELL_DELIVER_FUNCTION"
	varNamespace     = "SHIPBELL_DELIVER_NAMESPACE"
	varQualifier     = "SHIPBELL_DELIVER_QUALIFIER"
	varRegion        = "SHIPBELL_REGION"
	varEndpoint      = "SHIPBELL_SCF_ENDPOINT"
	varSecretID      = "SHIPBELL_SECRET_ID"
	varSecretKey     = "SHIPBELL_SECRET_KEY"
	varBrokers       = "SHIPBELL_KAFKA_BROKERS"
	varTopic         = "SHIPBELL_KAFKA_TOPIC"
	varSealKey       = "SHIPBELL_SEAL_KEY"
)

// Variable is an environment variable that Open reads.
type Variable struct {
	Name string
	// Optional variables may be left out; Open says what stands then.
	Optional bool
}

// Variables lists the environment variables that Open reads for a function.
func Variables(needs platform.Needs) []Variable {
	list := []Variable{{varRedisURL, false}, {varRedisPassword, true}, {varRedisCA, true}, {varCluster, true}}
	if needs.Queue {
		list = append(list, Variable{varFunction, false})
		for _, name := range []string{varQueue, varNamespace, varQualifier, varRegion, varEndpoint, varSecretID, varSecretKey, varBrokers, varTopic} {
			list = append(list, Variable{name, true})
		}
	}
	if needs.SealKey {
		list = append(list, Variable{varSealKey, false})
	}
	return list
}

// Open reads the environment:
//
//   - SHIPBELL_REDIS_URL: where Redis is, in a form of redis.ParseAddress.
//   - SHIPBELL_REDIS_PASSWORD: the password, if it is not in the address.
//   - SHIPBELL_REDIS_CA_FILE: PEM file of certificate authorities to trust for
//     rediss instead of the system's.
//   - SHIPBELL_REDIS_CLUSTER: true if Redis is a cluster behind one address, where a
//     script may touch one slot only; false if not set.
//   - SHIPBELL_QUEUE: "invoke", which is the standard, or "kafka".
//   - SHIPBELL_SEAL_KEY: the sealing keys in base64, separated by commas, each as
//     env:BASE64 or BASE64 alone.
//
// For invoke:
//
//   - SHIPBELL_DELIVER_FUNCTION: the name of the function deliver; with kafka it is
//     not read.
//   - SHIPBELL_DELIVER_NAMESPACE and SHIPBELL_DELIVER_QUALIFIER: its namespace and
//     version or alias; "default" and "$LATEST" if not set.
//   - SHIPBELL_REGION: the region, or that of TENCENTCLOUD_REGION.
//   - SHIPBELL_SCF_ENDPOINT: where the API of SCF is, https://scf.tencentcloudapi.com
//     if not set.
//   - SHIPBELL_SECRET_ID and SHIPBELL_SECRET_KEY: an API key to sign with. If they
//     are not set, the temporary keys of the function's role, which SCF renews in
//     TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY and TENCENTCLOUD_SESSIONTOKEN.
//
// For kafka:
//
//   - SHIPBELL_KAFKA_BROKERS: the brokers to ask first, host:port separated by
//     commas.
//   - SHIPBELL_KAFKA_TOPIC: the topic.
//
// Targets on loopback are denied: SCF invokes functions there.
//
// Nothing is called yet: what is away then makes the calls fail until it is back.
// An error names the variable, and never holds its value if that may be a secret.
func Open(_ context.Context, needs platform.Needs) (platform.Opened, error) {
	for _, v := range Variables(needs) {
		kafka := v.Name == varFunction && needs.Getenv(varQueue) == queueKafka
		if !v.Optional && !kafka && needs.Getenv(v.Name) == "" {
			return platform.Opened{}, fmt.Errorf("%s is not set", v.Name)
		}
	}
	address, err := redis.ParseAddress(needs.Getenv(varRedisURL), needs.Getenv(varRedisPassword))
	if err != nil {
		return platform.Opened{}, fmt.Errorf("%s: %w", varRedisURL, err)
	}
	if address.Authorities, err = redis.ReadAuthorities(needs.Getenv(varRedisCA)); err != nil {
		return platform.Opened{}, fmt.Errorf("%s: %w", varRedisCA, err)
	}
	cluster, err := strconv.ParseBool(or(needs.Getenv(varCluster), "false"))
	if err != nil {
		return platform.Opened{}, fmt.Errorf("%s: %q is neither true nor false", varCluster, needs.Getenv(varCluster))
	}
	address.OneSlot = address.OneSlot || cluster
	opened := platform.Opened{DenyLoopback: true, AdminSecret: true, KV: redis.NewStore(address, time.Now)}
	if needs.Queue {
		if opened.Queue, err = openQueue(needs.Getenv); err != nil {
			return platform.Opened{}, err
		}
		if q, ok := opened.Queue.(*invoker); ok {
			opened.Probe = q.probe
		}
	}
	if needs.SealKey {
		opened.SealKey = needs.Getenv(varSealKey)
	}
	return opened, nil
}

// The values of SHIPBELL_QUEUE.
const (
	queueInvoke = "invoke"
	queueKafka  = "kafka"
)

// openQueue opens the queue that the environment names.
func openQueue(getenv func(string) string) (platform.Queue, error) {
	switch name := getenv(varQueue); name {
	case "", queueInvoke:
		return openInvoke(getenv)
	case queueKafka:
		return openKafka(getenv)
	default:
		return nil, fmt.Errorf("%s: %q is neither invoke nor kafka", varQueue, name)
	}
}

// or is the first of two texts that is not empty.
func or(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}
