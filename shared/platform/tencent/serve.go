package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/tencentyun/scf-go-lib/cloudfunction"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/invocation"
)

// handler works on one event of SCF. What it answers goes back to a caller who waits.
type handler func(ctx context.Context, event []byte) ([]byte, error)

// Serve takes invocations until the process ends, by the server loop of scf-go-lib.
// That sets the environment at each invocation and not before, so the function is
// loaded at the first one and then kept. If that fails, the error is the invocation's,
// and the next one tries again. SCF ends a process without a signal, so nothing
// depends on its end.
//
// Requests come by a Function URL or an API gateway, messages out of Redis during an
// invocation that asks for it, other events by EventBridge, a timer or direct invocations,
// which CAM allows.
func Serve(load platform.Load) { cloudfunction.StartHandler(&lazy{load: load}) }

// lazy is a function that is loaded when it is first invoked.
type lazy struct {
	load   platform.Load
	mu     sync.Mutex
	handle handler
}

// Invoke implements cloudfunction.Handler.
func (l *lazy) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	handle, err := l.loaded(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot start: %w", err)
	}
	return handle(ctx, event)
}

func (l *lazy) loaded(ctx context.Context) (handler, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.handle == nil {
		h, err := l.load(ctx)
		if err != nil {
			return nil, err
		}
		l.handle = newHandler(h)
	}
	return l.handle, nil
}

// newHandler makes the one handler that a process has.
func newHandler(h platform.Handlers) handler {
	return invocation.Ending(newKind(h), h.Done)
}

// newKind makes the handler of the kind of events that the function takes.
func newKind(h platform.Handlers) handler {
	switch {
	case h.Message != nil:
		return handleRun(h)
	case h.Timer != nil:
		return handleTimer(h)
	case h.Event != nil:
		return handleEvents(handleHTTP(h.HTTP), h.Event)
	case h.Direct != nil:
		return handleDirect(handleHTTP(h.HTTP), h.Direct)
	default:
		return handleHTTP(h.HTTP)
	}
}

// handleDirect hands every event that is not a request to answer.
func handleDirect(requests handler, answer func(ctx context.Context, event []byte) ([]byte, error)) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		overHTTP, err := isRequest(event)
		if err != nil {
			return nil, err
		}
		if overHTTP {
			return requests(ctx, event)
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		return answer(ctx, event)
	}
}

var errIsHTTP = errors.New("the event is an HTTP request, which this function does not take")

// isRequest reports whether an event is an HTTP request. The platform writes the method
// or the context of a request beside what the client sent. A client can neither omit
// them nor change them.
func isRequest(event []byte) (bool, error) {
	var kind struct {
		Method  json.RawMessage `json:"httpMethod"`
		Context json.RawMessage `json:"requestContext"`
	}
	if err := json.Unmarshal(event, &kind); err != nil {
		return false, fmt.Errorf("read the event: %w", err)
	}
	return kind.Method != nil || kind.Context != nil, nil
}
