package tencent

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	// maxTries is how often commands are sent. The waits between are about a second
	// in all: a connection that has died is replaced at once, and a restart ridden out.
	maxTries = 5
	// maxCall is how long a call may take in all: receive has little more before its
	// sender gives up.
	maxCall = 5 * time.Second
)

// client sends commands to Redis, and again where Redis or the way to it failed:
// every command it is given means the same when it is done twice.
type client struct{ pool *pool }

// command is a command, or a run of a script.
type command struct {
	name   string
	args   []any
	script *script // which the name then stands for
}

// script is a program for Redis. It is sent by its hash, and in full to a server
// that does not know it.
type script struct{ text, hash string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) // the name that Redis gives it
	return &script{text: text, hash: hex.EncodeToString(sum[:])}
}

// run is the command that runs the script.
func (s *script) run(keys []string, args []any) command {
	all := make([]any, 0, 1+len(keys)+len(args))
	all = append(all, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	return command{script: s, args: append(all, args...)}
}

// answers are what came of commands.
type answers struct {
	// values has one for each; it may be a redis.Error.
	values []any
	// lost is the error of an earlier try, which may have done some of them.
	lost error
}

// do sends commands in one round trip.
func (c *client) do(ctx context.Context, commands ...command) (answers, error) {
	ctx, cancel := context.WithTimeout(ctx, maxCall)
	defer cancel()
	var all answers
	if len(commands) == 0 {
		return all, nil
	}
	for try := 1; ; try++ {
		values, err := c.try(ctx, commands)
		if err == nil {
			all.values = values
			return all, nil
		}
		all.lost = fmt.Errorf("redis: %w", err)
		if refused, ok := err.(redis.Error); ok && !passing(refused) || try == maxTries || pause(ctx, try) != nil {
			return all, all.lost
		}
	}
}

// try sends commands once.
func (c *client) try(ctx context.Context, commands []command) (values []any, err error) {
	conn, err := c.pool.take(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { c.pool.give(conn, err != nil) }()
	if values, err = exchange(ctx, conn, "EVALSHA", commands); err != nil {
		return nil, err
	}
	var unknown []command
	var places []int
	for i, value := range values {
		if refused, ok := value.(redis.Error); ok && strings.HasPrefix(string(refused), "NOSCRIPT") {
			unknown, places = append(unknown, commands[i]), append(places, i)
		}
	}
	if len(unknown) > 0 {
		again, err := exchange(ctx, conn, "EVAL", unknown)
		if err != nil {
			return nil, err
		}
		for i, place := range places {
			values[place] = again[i]
		}
	}
	for _, value := range values {
		if refused, ok := value.(redis.Error); ok && passing(refused) {
			return nil, refused // on another connection it may come right
		}
	}
	return values, nil
}

// exchange sends commands and reads the answer to each.
func exchange(ctx context.Context, conn redis.Conn, eval string, commands []command) ([]any, error) {
	for _, c := range commands {
		name, args := c.name, c.args
		if c.script != nil {
			program := c.script.hash
			if eval == "EVAL" {
				program = c.script.text
			}
			name, args = eval, append([]any{program}, args...)
		}
		if err := conn.Send(name, args...); err != nil {
			return nil, err
		}
	}
	all, err := redis.DoContext(conn, ctx, "") // sends all, and answers with all
	if err != nil {
		return nil, err
	}
	return all.([]any), nil
}

// passing reports whether an error tells of a server that starts, or that is not
// the master any more. What it refused it has not done.
func passing(refused redis.Error) bool {
	for _, begin := range []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"} {
		if strings.HasPrefix(string(refused), begin) {
			return true
		}
	}
	return strings.Contains(string(refused), "-READONLY") // so says a script of older versions
}

// pause waits after some tries, each time four times as long.
func pause(ctx context.Context, tries int) error {
	const first = 10 * time.Millisecond
	timer := time.NewTimer(time.Duration((0.5 + rand.Float64()) * float64(first<<(2*tries-2))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
