package tencent_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/test/redis"
)

// open opens the platform as a function does, with an environment of NAME=VALUE.
func open(t *testing.T, needs platform.Needs, pairs ...string) platform.Opened {
	t.Helper()
	opened, err := tencent.Open(t.Context(), withEnv(needs, pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func withEnv(needs platform.Needs, pairs ...string) platform.Needs {
	env := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	needs.Getenv = func(name string) string { return env[name] }
	return needs
}

// TestOpenReachesRedis uses the store that the environment names, on one server
// and as in a cluster behind a proxy.
func TestOpenReachesRedis(t *testing.T) {
	for _, cluster := range []string{"", "false", "true"} {
		kv := open(t, platform.Needs{}, "SHIPBELL_REDIS_URL="+redis.Start(t, "--requirepass", "open-sesame").URL(),
			"SHIPBELL_REDIS_PASSWORD=open-sesame", "SHIPBELL_REDIS_CLUSTER="+cluster).KV
		put := platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: "s"}}, If: platform.Absent}
		if err := kv.Write(t.Context(), put)[0]; err != nil {
			t.Errorf("cluster %q: %v", cluster, err)
		}
	}
}
