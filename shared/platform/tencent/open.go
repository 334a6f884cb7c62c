// Package tencent is the platform Tencent Cloud: Redis as the key-value store and the
// queue, asynchronous invocations of the function deliver, which takes messages out of it,
// and the events of SCF.
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
	varFunction      = "SHIPBELL_DELIVER_FUNCTION"
	varNamespace     = "SHIPBELL_DELIVER_NAMESPACE"
	varQualifier     = "SHIPBELL_DELIVER_QUALIFIER"
	varRegion        = "SHIPBELL_REGION"
	varEndpoint      = "SHIPBELL_SCF_ENDPOINT"
	varSecretID      = "SHIPBELL_SECRET_ID"
	varSecretKey     = "SHIPBELL_SECRET_KEY"
	varRuns          = "SHIPBELL_DELIVER_RUNS"
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
		for _, name := range []string{varNamespace, varQualifier, varRuns, varRegion, varEndpoint, varSecretID, varSecretKey} {
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
//   - SHIPBELL_SEAL_KEY: the sealing keys in base64, separated by commas, each as
//     env:BASE64 or BASE64 alone.
//
// For the queue:
//
//   - SHIPBELL_DELIVER_FUNCTION: the name of the function deliver.
//   - SHIPBELL_DELIVER_NAMESPACE and SHIPBELL_DELIVER_QUALIFIER: its namespace and
//     version or alias; "default" and "$LATEST" if not set.
//   - SHIPBELL_DELIVER_RUNS: how many invocations of deliver may take messages at once,
//     1 to 1000; 20 if not set.
//   - SHIPBELL_REGION: the region, or that of TENCENTCLOUD_REGION.
//   - SHIPBELL_SCF_ENDPOINT: where the API of SCF is, https://scf.tencentcloudapi.com
//     if not set.
//   - SHIPBELL_SECRET_ID and SHIPBELL_SECRET_KEY: an API key to sign with. If they
//     are not set, the temporary keys of the function's role, which SCF renews in
//     TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY and TENCENTCLOUD_SESSIONTOKEN.
//
// Targets on loopback are denied: SCF invokes functions there.
//
// Nothing is called yet: what is away then makes the calls fail until it is back.
// An error names the variable, and never holds its value if that may be a secret.
func Open(_ context.Context, needs platform.Needs) (platform.Opened, error) {
	for _, v := range Variables(needs) {
		if !v.Optional && needs.Getenv(v.Name) == "" {
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
	kv := redis.NewStore(address, time.Now)
	opened := platform.Opened{DenyLoopback: true, AdminSecret: true, KV: kv}
	if needs.Queue {
		if opened.Queue, opened.Probe, err = openQueue(kv, needs.Getenv); err != nil {
			return platform.Opened{}, err
		}
	}
	if needs.SealKey {
		opened.SealKey = needs.Getenv(varSealKey)
	}
	return opened, nil
}

// openQueue opens the queue, which invokes the function that the environment names. probe
// tests the way to that function.
func openQueue(kv *redis.Store, getenv func(string) string) (q platform.Queue, probe func(context.Context) error, err error) {
	most, err := strconv.Atoi(or(getenv(varRuns), "20"))
	if err != nil || most < 1 || most > 1000 {
		return nil, nil, fmt.Errorf("%s: %q is not a number from 1 to 1000", varRuns, getenv(varRuns))
	}
	deliver, err := openInvoke(getenv)
	if err != nil {
		return nil, nil, err
	}
	return kv.Runs(redis.RunsOptions{Most: most, Invoke: deliver.invoke}), deliver.probe, nil
}

// or is the first of two texts that is not empty.
func or(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}
