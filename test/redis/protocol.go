package redis

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	errDropped  = errors.New("redis: dropped on purpose")
	errProtocol = errors.New("redis: this is not its protocol")
)

// request is a command and the bytes that it came as.
type request struct {
	args []string
	raw  []byte
}

// readRequest reads one command as clients send them, an array of strings.
func readRequest(r *bufio.Reader) (request, error) {
	var raw bytes.Buffer
	n, err := readLength(&raw, r, '*')
	if err != nil {
		return request{}, err
	}
	args := make([]string, n)
	for i := range args {
		size, err := readLength(&raw, r, '$')
		if err != nil {
			return request{}, err
		}
		begin := raw.Len()
		if _, err := io.CopyN(&raw, r, int64(size)+2); err != nil {
			return request{}, err
		}
		args[i] = string(raw.Bytes()[begin : begin+size])
	}
	if n == 0 {
		return request{}, errProtocol
	}
	return request{args: args, raw: raw.Bytes()}, nil
}

// readLength reads a line such as *3 and copies it.
func readLength(raw *bytes.Buffer, r *bufio.Reader, kind byte) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	raw.WriteString(line)
	n, err := strconv.Atoi(strings.TrimSuffix(line[1:], "\r\n"))
	if err != nil || line[0] != kind || n < 0 {
		return 0, errProtocol
	}
	return n, nil
}

// copyReply copies one answer of a server.
func copyReply(to *bytes.Buffer, r *bufio.Reader) error {
	line, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	to.WriteString(line)
	if line[0] != '$' && line[0] != '*' {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(line[1:], "\r\n"))
	if err != nil || n < 0 {
		return err // -1 is nothing, and nothing follows
	}
	if line[0] == '$' {
		_, err := io.CopyN(to, r, int64(n)+2)
		return err
	}
	for range n {
		if err := copyReply(to, r); err != nil {
			return err
		}
	}
	return nil
}

// called finds the commands that a script calls, and newer finds options that
// commands of Redis 4.0 did not have yet.
var (
	called = regexp.MustCompile(`call\(\s*'(\w+)'`)
	newer  = regexp.MustCompile(`'(KEEPTTL|EXAT|PXAT|GT|LT|BYSCORE|BYLEX|REV)'`)
)

// unknown says why Redis 4.0 does not know a command. It errs on the side of
// refusing: what passes is what Shipbell uses, and all of it is in 4.0.
func unknown(command []string) string {
	commands := []string{"AUTH", "SELECT", "PING", "GET", "MGET", "ZRANGEBYLEX", "ZREVRANGEBYLEX", "EVAL", "EVALSHA", "BLPOP", "ZREM"}
	inScripts := []string{
		"GETRANGE", "EXISTS", "SET", "DEL", "ZADD", "ZREM", "ZRANGEBYSCORE", "ZRANGE", "ZSCORE", "ZCARD",
		"HGET", "HSET", "HDEL", "HINCRBY", "HLEN", "ZREMRANGEBYSCORE", "LPUSH", "LTRIM", "TIME", "PEXPIREAT",
	}
	name := strings.ToUpper(command[0])
	switch {
	case !slices.Contains(commands, name):
		return fmt.Sprintf("unknown command '%s'", name)
	case name == "AUTH" && len(command) > 2:
		return "wrong number of arguments for 'auth' command"
	case name != "EVAL" || len(command) < 2:
		return ""
	}
	for _, m := range called.FindAllStringSubmatch(command[1], -1) {
		if !slices.Contains(inScripts, m[1]) {
			return fmt.Sprintf("unknown command '%s' called from a script", m[1])
		}
	}
	if m := newer.FindStringSubmatch(command[1]); m != nil {
		return fmt.Sprintf("syntax error at %s in a script", m[1])
	}
	return ""
}
