package redis_test

import (
	"fmt"
	"strings"
	"testing"

	client "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/test/redis"
)

// dial makes a client that tries each command once, pipelines on the same connection.
func dial(t *testing.T, url string) *client.Client {
	t.Helper()
	options, err := client.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries, options.DisableIdentity, options.Protocol, options.PipelinePoolSize = -1, true, 2, -1
	conn := client.NewClient(options)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestRestart finds after a stop and after a kill what was there before.
func TestRestart(t *testing.T) {
	s := redis.Start(t)
	for i, end := range []func(){s.Stop, s.Kill} {
		key := fmt.Sprint("k", i)
		if err := dial(t, s.URL()).Set(t.Context(), key, "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		end()
		if err := dial(t, s.URL()).Ping(t.Context()).Err(); err == nil {
			t.Error("it still listens")
		}
		s.Start()
		if got, err := dial(t, s.URL()).Get(t.Context(), key).Result(); got != "v" || err != nil {
			t.Errorf("after the start: %q, %v", got, err)
		}
	}
}

// TestProxyKnowsOldCommands refuses what came after Redis 4.0.
func TestProxyKnowsOldCommands(t *testing.T) {
	conn := dial(t, redis.Start(t).Proxy().URL())
	for _, test := range []struct {
		command string
		want    string // of the error; "" for none
	}{
		{"PING", ""},
		{"GET a", ""},
		{"HELLO 2", "unknown command"},
		{"CLIENT SETINFO LIB-NAME x", "unknown command"},
		{"GETDEL a", "unknown command"},
		{"ZRANGE a 0 1 BYSCORE", "unknown command"},
		{"AUTH user password", "wrong number"},
		{"EVAL redis.call('ZADD',KEYS[1],1,'m') 1 z", ""},
		{"EVAL redis.call('ZADD',KEYS[1],'GT',1,'m') 1 z", "syntax error"},
		{"EVAL redis.call('ZPOPMIN',KEYS[1]) 1 z", "called from a script"},
	} {
		var args []any
		for _, word := range strings.Fields(test.command) {
			args = append(args, word)
		}
		err := conn.Do(t.Context(), args...).Err()
		if err == client.Nil {
			err = nil
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.command, err, test.want)
		}
	}
}

// TestProxyCounts counts a pipeline as one round trip.
func TestProxyCounts(t *testing.T) {
	p := redis.Start(t).Proxy()
	conn := dial(t, p.URL())
	pipe := conn.Pipeline()
	for range 3 {
		pipe.Get(t.Context(), "a")
	}
	p.Take()
	if _, err := pipe.Exec(t.Context()); err != client.Nil {
		t.Fatal(err)
	}
	if err := conn.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if trips, commands := p.Take(); trips != 3 || strings.Join(commands, " ") != "HELLO GET GET GET PING" {
		t.Errorf("%d round trips of %q", trips, commands)
	}
	if trips, commands := p.Take(); trips != 0 || commands != nil {
		t.Errorf("then %d of %q", trips, commands)
	}
}

// TestProxyBreaks does or does not do the command that breaks the connection.
func TestProxyBreaks(t *testing.T) {
	s := redis.Start(t)
	p := s.Proxy()
	set := func(value string) error {
		if err := dial(t, p.URL()).Eval(t.Context(), "redis.call('SET', KEYS[1], ARGV[1])", []string{"k"}, value).Err(); err != client.Nil {
			return err
		}
		return nil
	}
	for _, test := range []struct {
		fault  redis.Fault
		failed bool
		stored string
	}{
		{"", false, "1"}, {redis.DropBefore, true, "1"}, {redis.DropHalf, true, "1"}, {redis.DropAfter, true, "3"}, {"LOADING wait", true, "3"}, {"", false, "5"},
	} {
		p.Fail(func(commands [][]string) redis.Fault {
			if strings.EqualFold(commands[0][0], "HELLO") { // how the client greets, not what it is asked for
				return ""
			}
			return test.fault
		})
		value := map[redis.Fault]string{redis.DropBefore: "2", redis.DropAfter: "3", redis.DropHalf: "4", "LOADING wait": "4"}[test.fault]
		if value == "" {
			value = test.stored
		}
		if err := set(value); (err != nil) != test.failed {
			t.Errorf("%q: %v", test.fault, err)
		}
		if got, err := dial(t, s.URL()).Get(t.Context(), "k").Result(); err != nil || got != test.stored {
			t.Errorf("%q: stored %q (%v), want %q", test.fault, got, err, test.stored)
		}
	}
	p.Refuse(true)
	if err := set("6"); err == nil {
		t.Error("a refused connection answered")
	}
	p.Refuse(false)
	if err := set("7"); err != nil {
		t.Error(err)
	}
}
