package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	platformredis "github.com/shipbell/shipbell/shared/platform/redis"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/story"
)

// The sealing keys of processes that share a Redis, and of one that should not.
const (
	sealKey  = "SHIPBELL_SEAL_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	otherKey = "SHIPBELL_SEAL_KEY=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
)

// shared starts a process on a Redis. With another's key it uses that one's admin
// key; "" is for the first process, which makes it.
func shared(t *testing.T, url, key string, flags ...string) *server.Server {
	t.Helper()
	data := t.TempDir()
	if key != "" {
		if err := os.WriteFile(filepath.Join(data, "admin-key"), []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return server.StartIn(t, data, append(flags, sealKey, loopback, "--store="+url)...)
}

// TestStoryOnRedis tells the story to one of two processes; both deliver.
func TestStoryOnRedis(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"one server": redis.Start(t).Proxy().URL(), "cluster": redis.StartCluster(t, 2).URL()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := shared(t, url, "", "--registry-host="+story.Host)
			second := shared(t, url, first.Key())
			story.New(t, first).Run()
			for _, s := range []*server.Server{first, second} {
				if !strings.Contains(s.Log(), "msg=attempt") {
					t.Error("one of two processes made no attempt")
				}
			}
		})
	}
}

// TestFirstStartOnRedis starts several processes at once on an empty Redis, of
// which one makes an admin key, and others with another sealing key, with none, and on a
// store of a newer version.
func TestFirstStartOnRedis(t *testing.T) {
	t.Parallel()
	url := redis.Start(t).URL()
	const many = 4
	var all sync.WaitGroup
	dirs := make([]string, many)
	for i := range dirs {
		dirs[i] = t.TempDir()
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Getenv("SHIPBELL_BIN"), "serve", "--listen=127.0.0.1:0", "--data="+dirs[i], "--store="+url)
			cmd.Env = []string{sealKey}
			stdout, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = stdout.Read(make([]byte, 1)) // it is ready, or has ended
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
	all.Wait()
	made := slices.DeleteFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "admin-key"))
		return err != nil
	})
	if len(made) != 1 {
		t.Fatalf("%d of %d processes made an admin key, want one", len(made), many)
	}
	keys, err := server.StartIn(t, made[0], sealKey, "--store="+url).API.ListKeys(t.Context())
	if err != nil || len(keys.Keys) != 1 {
		t.Errorf("there are %d access keys, want one: %v", len(keys.Keys), err)
	}
	refused := func(seal, want string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Getenv("SHIPBELL_BIN"), "serve", "--listen=127.0.0.1:0", "--data="+t.TempDir(), "--store="+url)
		cmd.Env = []string{seal}
		if output, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(output), want) {
			t.Errorf("with %q: %v, %s", seal, err, output)
		}
	}
	refused(otherKey, "sealed with another key")
	refused("", "SHIPBELL_SEAL_KEY is not set")
	address, err := platformredis.ParseAddress(url, "")
	if err != nil {
		t.Fatal(err)
	}
	kv := platformredis.NewStore(address, time.Now)
	t.Cleanup(func() { _ = kv.Close() })
	newer := platform.Item{Key: platform.Key{Partition: "start", Sort: "schema"}, Value: []byte("2")}
	if err := platform.First(kv.Write(t.Context(), platform.Write{Item: newer, If: platform.Absent})); err != nil {
		t.Fatal(err)
	}
	refused(sealKey, "the store has schema version 2")
}

// TestKilledOnRedis kills the process that has taken a message, before its claim of
// the delivery and after it, and sees the other process deliver.
func TestKilledOnRedis(t *testing.T) {
	t.Parallel()
	const delivery = "item:delivery/default\x00"
	for _, test := range []struct {
		name     string
		fault    redis.Fault
		at       func(command []string) bool // the moment of death
		attempts int
	}{
		{"between pop and claim", redis.Hang, func(command []string) bool {
			return command[0] == "GET" && strings.Contains(command[1], delivery)
		}, 1},
		{"between claim and send", redis.HangAfter, func(command []string) bool {
			return slices.ContainsFunc(command, func(word string) bool { return strings.Contains(word, `"lease_until":"2`) })
		}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redisServer, to := redis.Start(t), sink.Start(t)
			mine, others := redisServer.Proxy(), redisServer.Proxy()
			others.Fail(func(commands [][]string) redis.Fault {
				for _, command := range commands {
					if slices.ContainsFunc(command, func(word string) bool { return strings.Contains(word, "}queue") }) {
						return "LOADING the other process is to take the message"
					}
				}
				return ""
			})
			first := shared(t, mine.URL(), "", "--attempt-timeout=1s")
			second := shared(t, others.URL(), first.Key(), "--attempt-timeout=1s")
			first.CreateTrigger(pushes("app", "public", to.URL()))
			reached := make(chan struct{}, 1)
			mine.Fail(func(commands [][]string) redis.Fault {
				for _, command := range commands {
					if test.at(command) {
						select {
						case reached <- struct{}{}:
						default:
						}
						return test.fault
					}
				}
				return ""
			})
			id := first.Accept(pushed("public", "v1")).Events[0].Deliveries[0]
			select {
			case <-reached:
			case <-time.After(patience):
				t.Fatal("nobody took the message")
			}
			first.Kill()
			if n := len(to.Requests()); n != 0 {
				t.Fatalf("%d requests were made before the end", n)
			}
			others.Fail(nil)
			to.Wait(t, 1, 3*time.Minute) // sweep looks at a delivery when it is a minute old
			eventually(t, "the delivery ends", func() bool { return second.Delivery(id).Status == "succeeded" })
			d := second.Delivery(id)
			if len(d.Attempts) != test.attempts || d.Attempts[len(d.Attempts)-1].StatusCode != 200 || test.attempts == 2 && d.Attempts[0].Error != interrupted {
				t.Errorf("attempts %+v", d.Attempts)
			}
			if n := len(to.Requests()); n != 1 {
				t.Errorf("%d requests, want one", n)
			}
		})
	}
}
