package redis_test

import (
	"fmt"
	"strings"
	"testing"

	client "github.com/gomodule/redigo/redis"

	"github.com/shipbell/shipbell/test/redis"
)

func dial(t *testing.T, url string) client.Conn {
	t.Helper()
	conn, err := client.DialURL(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestRestart finds after a stop and after a kill what was there before.
func TestRestart(t *testing.T) {
	s := redis.Start(t)
	for i, end := range []func(){s.Stop, s.Kill} {
		key := fmt.Sprint("k", i)
		if _, err := dial(t, s.URL()).Do("SET", key, "v"); err != nil {
			t.Fatal(err)
		}
		end()
		if conn, err := client.DialURL(s.URL()); err == nil {
			conn.Close()
			t.Error("it still listens")
		}
		s.Start()
		if got, err := client.String(dial(t, s.URL()).Do("GET", key)); got != "v" || err != nil {
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
		words := strings.Fields(test.command)
		args := make([]any, 0, len(words))
		for _, word := range words[1:] {
			args = append(args, word)
		}
		_, err := conn.Do(words[0], args...)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.command, err, test.want)
		}
	}
}

// TestProxyCounts counts a pipeline as one round trip.
func TestProxyCounts(t *testing.T) {
	p := redis.Start(t).Proxy()
	conn := dial(t, p.URL())
	for range 3 {
		if err := conn.Send("GET", "a"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Do(""); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Do("PING"); err != nil {
		t.Fatal(err)
	}
	if trips, commands := p.Take(); trips != 2 || strings.Join(commands, " ") != "GET GET GET PING" {
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
		_, err := dial(t, p.URL()).Do("EVAL", "redis.call('SET', KEYS[1], ARGV[1])", 1, "k", value)
		return err
	}
	for _, test := range []struct {
		fault  redis.Fault
		failed bool
		stored string
	}{
		{"", false, "1"}, {redis.DropBefore, true, "1"}, {redis.DropHalf, true, "1"}, {redis.DropAfter, true, "3"}, {"LOADING wait", true, "3"}, {"", false, "5"},
	} {
		p.Fail(func([][]string) redis.Fault { return test.fault })
		value := map[redis.Fault]string{redis.DropBefore: "2", redis.DropAfter: "3", redis.DropHalf: "4", "LOADING wait": "4"}[test.fault]
		if value == "" {
			value = test.stored
		}
		if err := set(value); (err != nil) != test.failed {
			t.Errorf("%q: %v", test.fault, err)
		}
		if got, err := client.String(dial(t, s.URL()).Do("GET", "k")); err != nil || got != test.stored {
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
