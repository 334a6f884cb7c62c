package tencent_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/rpc"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tencentyun/scf-go-lib/cloudfunction"
	protocol "github.com/tencentyun/scf-go-lib/cloudfunction/messages"

	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// echo answers an event as it says.
func echo(ctx context.Context, event []byte) ([]byte, error) {
	switch text := string(event); text {
	case "error":
		return nil, errors.New("the store is away")
	case "panic":
		panic("oh")
	case "nothing":
		return nil, nil
	case "deadline":
		at, _ := ctx.Deadline()
		return []byte(at.UTC().Format(time.RFC3339Nano)), ctx.Err()
	case "wait":
		<-ctx.Done()
		return []byte("waited"), nil
	default:
		return []byte(os.Expand(text, os.Getenv)), nil
	}
}

type handler struct{}

// Invoke implements cloudfunction.Handler.
func (handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return echo(ctx, event) }

// dial connects as SCF does. The server ends with the test, if it is ours.
func dial(t *testing.T, address string) *rpc.Client {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		client, err := rpc.Dial("tcp", address)
		if err == nil {
			t.Cleanup(func() { client.Close() })
			return client
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// serve is a client of our server.
func serve(t *testing.T) *rpc.Client {
	t.Helper()
	listener, err := tencent.Listen(func(string) string { return "127.0.0.1:0" })
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- tencent.Accept(listener, echo) }()
	t.Cleanup(func() {
		listener.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("the server ended with %v", err)
		}
	})
	return dial(t, listener.Addr().String())
}

// TestAsTheLibrary asks our server and that of scf-go-lib the same, and compares the
// answers.
func TestAsTheLibrary(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	t.Setenv("_LAMBDA_SERVER_PORT", strconv.Itoa(port))
	go cloudfunction.StartHandler(handler{}) // for good
	library, ours := dial(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(port))), serve(t)

	soon := protocol.InvokeRequest_Timestamp{Seconds: time.Now().Add(time.Minute).Unix(), Nanos: 123456789}
	for name, request := range map[string]*protocol.InvokeRequest{
		"event":                   {Payload: []byte(`{"a":"b"}`), Deadline: soon, RequestId: "1", FunctionName: "receive", MemoryLimitInMb: 128},
		"no answer":               {Payload: []byte("nothing"), Deadline: soon},
		"no event":                {Deadline: soon},
		"error":                   {Payload: []byte("error"), Deadline: soon},
		"panic":                   {Payload: []byte("panic"), Deadline: soon},
		"deadline":                {Payload: []byte("deadline"), Deadline: soon},
		"deadline is over":        {Payload: []byte("deadline")},
		"environment":             {Payload: []byte("$SHIPBELL_TEST_A $SHIPBELL_TEST_B"), Deadline: soon, Environment: `{"SHIPBELL_TEST_A":"1","SHIPBELL_TEST_B":"2","":"3","=":"4"}`},
		"environment, once again": {Payload: []byte("$SHIPBELL_TEST_A $SHIPBELL_TEST_B"), Deadline: soon, Environment: `{"SHIPBELL_TEST_A":"5"}`},
		"environment is no JSON":  {Payload: []byte("x"), Deadline: soon, Environment: `{`},
	} {
		type answered struct {
			Payload    string
			Error      string // its beginning
			ShouldExit bool
		}
		ask := func(client *rpc.Client) (a answered) {
			os.Unsetenv("SHIPBELL_TEST_A")
			os.Setenv("SHIPBELL_TEST_B", "2")
			var response protocol.InvokeResponse
			if err := client.Call("Function.Invoke", request, &response); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if a.Payload = string(response.Payload); response.Error != nil {
				a.Error, a.ShouldExit = response.Error.Message, response.Error.ShouldExit
			}
			return a
		}
		want, got := ask(library), ask(ours)
		// Ours says more: of what went wrong with what, and where a panic came from.
		if want.Error != "" && strings.Contains(got.Error, want.Error) {
			got.Error = want.Error
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-library +ours):\n%s", name, diff)
		}
	}
	for _, method := range []string{"Function.Ping", "Function.None", "None"} {
		want := library.Call(method, &protocol.PingRequest{}, &protocol.PingResponse{})
		got := ours.Call(method, &protocol.PingRequest{}, &protocol.PingResponse{})
		if (want == nil) != (got == nil) {
			t.Errorf("%s: the library says %v, ours %v", method, want, got)
		}
	}
}

// TestCallsAtOnce answers calls while others on the same connection are under way.
func TestCallsAtOnce(t *testing.T) {
	t.Parallel()
	client := serve(t)
	later := time.Now().Add(time.Minute)
	slow := client.Go("Function.Invoke", &protocol.InvokeRequest{
		Payload: []byte("wait"), Deadline: protocol.InvokeRequest_Timestamp{Seconds: later.Unix()},
	}, &protocol.InvokeResponse{}, nil)
	var calls []*rpc.Call
	for n := range 100 {
		text := "event " + strconv.Itoa(n)
		calls = append(calls, client.Go("Function.Invoke", &protocol.InvokeRequest{Payload: []byte(text)}, &protocol.InvokeResponse{}, nil))
		if err := client.Call("Function.Ping", &protocol.PingRequest{}, &protocol.PingResponse{}); err != nil {
			t.Fatal(err)
		}
	}
	for n, call := range calls {
		<-call.Done
		if got := string(call.Reply.(*protocol.InvokeResponse).Payload); call.Error != nil || got != "event "+strconv.Itoa(n) {
			t.Errorf("call %d: %q, %v", n, got, call.Error)
		}
	}
	select {
	case <-slow.Done:
		t.Errorf("the call that waits was answered: %+v, %v", slow.Reply, slow.Error)
	default:
	}
}

// TestWhatIsNoCall ends the connection, and no other.
func TestWhatIsNoCall(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { _ = tencent.Accept(listener, echo) }()
	client := dial(t, listener.Addr().String())
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(bytes.Repeat([]byte("GET / HTTP/1.1\r\n"), 20)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection went on: %d bytes, %v", n, err)
	}
	if err := client.Call("Function.Ping", &protocol.PingRequest{}, &protocol.PingResponse{}); err != nil {
		t.Error(err)
	}
}

// TestListen listens on the port that SCF names, on all addresses: which of them it
// comes by is not documented.
func TestListen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		port string
		all  bool
	}{{"0", true}, {"127.0.0.1:0", false}} {
		listener, err := tencent.Listen(func(name string) string {
			if name == "_LAMBDA_SERVER_PORT" {
				return test.port
			}
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
		if at := listener.Addr().(*net.TCPAddr); at.IP.IsUnspecified() != test.all || at.IP.IsLoopback() == test.all {
			t.Errorf("%s: listens at %v", test.port, at)
		}
		listener.Close()
	}
	if _, err := tencent.Listen(func(string) string { return "none" }); err == nil {
		t.Error("it listens at none")
	}
}
