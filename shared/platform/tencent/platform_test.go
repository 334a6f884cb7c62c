package tencent_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
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

func TestKV(t *testing.T) {
	for name, cluster := range map[string]string{"one server": "false", "cluster": "true"} {
		t.Run(name, func(t *testing.T) {
			platformtest.KV(t, func(t *testing.T) platform.KV {
				return open(t, platform.Needs{}, "SHIPBELL_REDIS_URL="+redis.Start(t).URL(), "SHIPBELL_REDIS_CLUSTER="+cluster).KV
			})
		})
	}
}
