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

func openKV(t *testing.T, url string, pairs ...string) platform.KV {
	t.Helper()
	return open(t, platform.Needs{}, append(pairs, "SHIPBELL_REDIS_URL="+url)...).KV
}

// TestKV passes the suite with commands that Redis 4.0 knows, and in a cluster
// with none that reaches over slots.
func TestKV(t *testing.T) {
	t.Run("one server", func(t *testing.T) {
		platformtest.KV(t, func(t *testing.T) platform.KV { return openKV(t, redis.Start(t).Proxy().URL()) })
	})
	t.Run("cluster", func(t *testing.T) {
		platformtest.KV(t, func(t *testing.T) platform.KV {
			proxy := redis.Start(t).Proxy()
			proxy.Fail(func(commands [][]string) redis.Fault {
				for _, command := range commands {
					if slots(command) > 1 {
						return "CROSSSLOT Keys in request don't hash to the same slot"
					}
				}
				return ""
			})
			return openKV(t, proxy.URL(), "SHIPBELL_REDIS_CLUSTER=true")
		})
	})
}

// slots counts the hash tags among the words of a command. What is no key holds
// none, for no test has braces in its names.
func slots(command []string) int {
	tags := map[string]bool{}
	for _, word := range command[1:] {
		if tag, _, ok := strings.Cut(word, "}"); ok && strings.HasPrefix(tag, "sb:{") {
			tags[tag] = true
		}
	}
	return len(tags)
}
