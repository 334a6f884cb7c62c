package tencent

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/tencentyun/scf-go-lib/cloudfunction/messages"
)

// SCF speaks Go's net/rpc with a process. What follows is that protocol for the two
// calls there are, as scf-go-lib serves them. Neither that library's server nor
// net/rpc is linked, because the latter brings a page of its own for people, and with
// it html/template, which makes every function 0.6 MB larger.

// listen listens where SCF says that it will connect: on a port, or at an address.
func listen(getenv func(string) string) (net.Listener, error) {
	address := getenv("_LAMBDA_SERVER_PORT")
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	return net.Listen("tcp", address)
}

// accept serves connections until there are no more to come.
func accept(listener net.Listener, door Door) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go newConnection(conn, door).serve()
	}
}

// header goes before every request and every answer; a request has no error.
type header struct {
	ServiceMethod string
	Seq           uint64
	Error         string
}

// connection is one connection of SCF. Calls may come while others are under way.
type connection struct {
	conn  net.Conn
	door  Door
	calls *gob.Decoder

	mu      sync.Mutex
	out     *bufio.Writer
	answers *gob.Encoder
}

func newConnection(conn net.Conn, door Door) *connection {
	out := bufio.NewWriter(conn)
	return &connection{conn: conn, door: door, calls: gob.NewDecoder(bufio.NewReader(conn)), out: out, answers: gob.NewEncoder(out)}
}

// serve takes calls until the connection ends, or nothing more can be read from it.
func (c *connection) serve() {
	defer c.conn.Close()
	for {
		var h header
		if err := c.calls.Decode(&h); err != nil {
			return
		}
		switch h.ServiceMethod {
		case "Function.Ping":
			if err := c.calls.Decode(&messages.PingRequest{}); err != nil {
				return
			}
			c.answer(h, messages.PingResponse{})
		case "Function.Invoke":
			var request messages.InvokeRequest
			if err := c.calls.Decode(&request); err != nil {
				return
			}
			go func() { c.answer(h, invoke(&request, c.door)) }()
		default:
			var discard any
			if err := c.calls.Decode(discard); err != nil {
				return
			}
			h.Error = "there is no method " + h.ServiceMethod
			c.answer(h, struct{}{})
		}
	}
}

// answer sends the answer to a call. SCF finds out by itself that a connection has
// ended.
func (c *connection) answer(h header, body any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers.Encode(h) != nil || c.answers.Encode(body) != nil || c.out.Flush() != nil {
		c.conn.Close()
	}
}

// invoke works on one event in the environment that comes with it. After a panic the
// process is not to be used any more.
func invoke(request *messages.InvokeRequest, door Door) (response messages.InvokeResponse) {
	defer func() {
		if p := recover(); p != nil {
			response = failed(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			response.Error.ShouldExit = true
		}
	}()
	if err := setEnvironment(request.Environment); err != nil {
		return failed(err)
	}
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(request.Deadline.Seconds, request.Deadline.Nanos))
	defer cancel()
	answer, err := door(ctx, request.Payload)
	if err != nil {
		return failed(err)
	}
	return messages.InvokeResponse{Payload: answer}
}

func failed(err error) messages.InvokeResponse {
	return messages.InvokeResponse{Error: &messages.InvokeResponse_Error{Message: err.Error(), Type: "error"}}
}

// setEnvironment sets the variables that come with an event, as a JSON object. One
// that no process can have is left out.
func setEnvironment(text string) error {
	if text == "" {
		return nil
	}
	var variables map[string]string
	if err := json.Unmarshal([]byte(text), &variables); err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	for name, value := range variables {
		_ = os.Setenv(name, value)
	}
	return nil
}
