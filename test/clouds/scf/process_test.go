package scf_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"strconv"
	"time"

	"github.com/tencentyun/scf-go-lib/cloudfunction/messages"

	"github.com/shipbell/shipbell/test/clouds"
)

// process is one run of a function's binary and the connection over which SCF
// invokes it.
type process struct {
	*clouds.Command
	about  about
	client *rpc.Client
}

// about is what SCF tells a process of its function at each invocation.
type about struct {
	name    string
	timeout time.Duration
	// environment makes the variables, which the process gets in no other way, as a
	// JSON object.
	environment func() string
}

// newFunction is a function that has nothing but its binary.
func newFunction(a about) *clouds.Function {
	return &clouds.Function{Name: a.name, Timeout: a.timeout, Start: func(log io.Writer) (clouds.Process, error) {
		p, err := start(a, log)
		if err != nil {
			return nil, err
		}
		return p, nil
	}}
}

// start runs a binary and returns when it answers.
func start(a about, log io.Writer) (*process, error) {
	port, release, err := reserve()
	if err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	p := &process{about: a}
	if p.Command, err = clouds.Run(clouds.Binary(a.name), []string{"_LAMBDA_SERVER_PORT=" + strconv.Itoa(port)}, log, release); err != nil {
		return nil, err
	}
	if err := p.connect(net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// connect waits until the process listens, and sees that it answers.
func (p *process) connect(address string) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			p.client = rpc.NewClient(conn)
			return p.client.Call("Function.Ping", &messages.PingRequest{}, &messages.PingResponse{})
		}
		if !p.Alive() {
			return p.Failure("start")
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("start: %w", err)
		}
	}
}

// Invoke implements clouds.Process.
func (p *process) Invoke(event []byte, deadline time.Time) ([]byte, error) {
	request := messages.InvokeRequest{
		Payload: event, RequestId: rand.Text(),
		Deadline:     messages.InvokeRequest_Timestamp{Seconds: deadline.Unix(), Nanos: int64(deadline.Nanosecond())},
		FunctionName: p.about.name, FunctionVersion: "$LATEST", Namespace: "default", InvokedFunctionUnique: p.about.name,
		MemoryLimitInMb: 128, TimeLimitInMs: int32(p.about.timeout.Milliseconds()),
		TencentcloudRegion: region, Environment: p.about.environment(),
	}
	var response messages.InvokeResponse
	call := p.client.Go("Function.Invoke", &request, &response, make(chan *rpc.Call, 1))
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-call.Done:
	case <-timer.C:
		p.Kill()
		return nil, clouds.ErrTimeout
	}
	switch {
	case call.Error != nil:
		p.Kill()
		return nil, fmt.Errorf("%w: %w", clouds.ErrEnded, call.Error)
	case response.Error == nil:
		return response.Payload, nil
	case response.Error.ShouldExit:
		p.Kill()
	}
	return nil, fmt.Errorf("%s: %s", response.Error.Type, response.Error.Message)
}

// Kill implements clouds.Process.
func (p *process) Kill() {
	p.Command.Kill()
	if p.client != nil {
		p.client.Close()
	}
}

// Stop implements clouds.Process. SCF ends a process without a signal.
func (p *process) Stop() error {
	p.Kill()
	return nil
}
