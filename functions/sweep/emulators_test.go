package sweep_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/platform/redis"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/emulators"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// TestManyRegistriesInTheClouds has one call look at 501 registries in the stores of the
// clouds, over emulators, and the next one wake what was received in the last of them.
func TestManyRegistriesInTheClouds(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) platform.KV{
		"dynamodb": func(t *testing.T) platform.KV {
			e := emulators.Start(t)
			env := map[string]string{
				"SHIPBELL_TABLE": e.NewTable(t), "AWS_ENDPOINT_URL_DYNAMODB": e.DynamoDB,
				"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
			}
			opened, err := aws.Open(t.Context(), platform.Needs{Getenv: func(name string) string { return env[name] }})
			if err != nil {
				t.Fatal(err)
			}
			return opened.KV
		},
		"redis": func(t *testing.T) platform.KV {
			address, err := redis.ParseAddress(testredis.Start(t).URL(), "")
			if err != nil {
				t.Fatal(err)
			}
			kv := redis.NewStore(address, time.Now)
			t.Cleanup(func() { kv.Close() })
			return kv
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const registries = 501
			b := &bench{t: t, queue: &outbox{}}
			kv := open(t)
			b.store = b.over(kv)
			last := b.registries(registries)
			b.deps = sweep.Deps{Store: b.store, Queue: b.queue, Now: b.now, Logger: slog.New(slog.DiscardHandler)}
			began := time.Now()
			result, err := sweep.NewSweep(b.deps)(t.Context())
			if err != nil {
				t.Error(err)
			}
			t.Logf("%d registries: %v, %+v", registries, time.Since(began), result)
			if count, _ := b.looked(registries); count != registries || result.Registries != registries {
				t.Errorf("%d registries were looked at, and the result is %+v", count, result)
			}
			lost := b.acceptIn(last)
			b.ahead.Store(int64(3 * store.Grace))
			b.sweep(b.deps) // announces it
			b.ahead.Store(int64(4 * store.Grace))
			b.expect("once it is announced", lost)
		})
	}
}
