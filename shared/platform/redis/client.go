package redis

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
)

const (
	// maxCall is how long a call may take in all: receive has little more before its
	// sender gives up.
	maxCall = 5 * time.Second
	// maxConnections is how many calls are under way at once; others wait.
	maxConnections = 16
)

// client sends commands to Redis, and again where Redis or the way to it failed:
// every command it is given means the same when it is done twice.
type client struct{ redis goredis.UniversalClient }

// call is a command, or a run of a script, and what came of it.
type call struct {
	*goredis.Cmd
	script *script // nil for a command
	// lost is the error of an earlier try, which may have been done.
	lost error
}

// command makes a call of a command, its name and arguments.
func command(args ...any) *call {
	return &call{Cmd: goredis.NewCmd(context.Background(), args...)}
}

// script is a program for Redis. It is sent by its hash, and in full to a server
// that does not know it.
type script struct{ text, hash string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) // the name that Redis gives it
	return &script{text: text, hash: hex.EncodeToString(sum[:])}
}

// run makes a call of the script.
func (s *script) run(keys []string, args []any) *call {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, "EVALSHA", s.hash, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	c := command(append(all, args...)...)
	c.script = s
	return c
}

// inFull makes the call send the script's text.
func (c *call) inFull() *call {
	args := c.Args()
	args[0], args[1] = "EVAL", c.script.text
	return c
}

// do makes calls in one round trip, and those again that failed: a connection that has
// died is replaced at once, and after a restart the library asks once a second whether
// Redis is back. It gives the error of a call whose tries were all in vain; one that Redis
// refuses for good has its error for itself.
func (c *client) do(ctx context.Context, calls ...*call) error {
	ctx, cancel := context.WithTimeout(ctx, maxCall)
	defer cancel()
	return platform.Retry(ctx, func() (left int, err error) {
		if calls = c.try(ctx, calls); len(calls) > 0 {
			err = fmt.Errorf("redis: %w", calls[0].Err())
		}
		return len(calls), err
	})
}

// try makes calls once, and gives those that are to be made again.
func (c *client) try(ctx context.Context, calls []*call) (again []*call) {
	c.send(ctx, calls)
	var unknown []*call
	for _, one := range calls {
		if one.script != nil && goredis.HasErrorPrefix(one.Err(), "NOSCRIPT") {
			unknown = append(unknown, one.inFull())
		}
	}
	c.send(ctx, unknown)
	for _, one := range calls {
		if passing(one.Err()) {
			again = append(again, one)
		}
	}
	return again
}

// send sends calls in one pipeline. Each then has its answer or its error.
func (c *client) send(ctx context.Context, calls []*call) {
	if len(calls) == 0 {
		return
	}
	pipe := c.redis.Pipeline()
	for _, one := range calls {
		one.SetErr(errUnsent)
		_ = pipe.Process(ctx, one) // it is only put in line
	}
	_, err := pipe.Exec(ctx)
	for _, one := range calls {
		if err != nil && one.Err() == errUnsent {
			one.SetErr(err)
		}
	}
}

// errUnsent is the error of a call until it has another, or an answer.
var errUnsent = errors.New("not sent")

// passing reports whether an error may pass: that of a way to Redis, or of a server
// that starts or is not the master any more. What a server refused it has not done.
func passing(err error) bool {
	var answer goredis.Error
	switch {
	case err == nil || err == goredis.Nil:
		return false
	case !errors.As(err, &answer):
		return true
	}
	for _, begin := range []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK"} {
		if strings.HasPrefix(answer.Error(), begin) {
			return true
		}
	}
	return strings.Contains(answer.Error(), "-READONLY") // so says a script of older versions
}
