package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/tencentyun/scf-go-lib/cloudfunction"

	"github.com/shipbell/shipbell/shared/platform/doorway"
)

// Door works on one event of SCF. What it answers goes back to a caller who waits.
type Door func(ctx context.Context, event []byte) ([]byte, error)

// Serve takes invocations until the process ends, by the server loop of scf-go-lib.
// That sets the environment at each invocation and not before, so the door is opened
// at the first one and then kept. If that fails, the error is the invocation's, and
// the next one tries again. SCF says nothing before it ends a process, so nothing
// depends on its end.
func Serve(open func(ctx context.Context) (Door, error)) {
	cloudfunction.StartHandler(&lazy{open: open})
}

// lazy is a door that opens when it is first used.
type lazy struct {
	open func(context.Context) (Door, error)
	mu   sync.Mutex
	door Door
}

// Invoke implements cloudfunction.Handler.
func (l *lazy) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	door, err := l.opened(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot start: %w", err)
	}
	return door(ctx, event)
}

func (l *lazy) opened(ctx context.Context) (door Door, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.door == nil {
		l.door, err = l.open(ctx)
	}
	return l.door, err
}

// Timer calls work for each event but a request: nobody sets it off from outside.
func Timer(work func(ctx context.Context) error) Door {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		if overHTTP, err := isRequest(event); err != nil || overHTTP {
			return nil, errors.Join(err, errIsHTTP)
		}
		ctx, cancel := doorway.WithMargin(ctx)
		defer cancel()
		return nil, work(ctx)
	}
}

// Direct is HTTP which also takes direct invocations: answer gets the event as it
// is, and what it answers goes back. Only those whom CAM allows to invoke the
// function can make one.
func Direct(h http.Handler, answer func(ctx context.Context, event []byte) ([]byte, error)) Door {
	requests := HTTP(h)
	return func(ctx context.Context, event []byte) ([]byte, error) {
		overHTTP, err := isRequest(event)
		if err != nil {
			return nil, err
		}
		if overHTTP {
			return requests(ctx, event)
		}
		ctx, cancel := doorway.WithMargin(ctx)
		defer cancel()
		return answer(ctx, event)
	}
}

var errIsHTTP = errors.New("the event is an HTTP request, which this function does not take")

// isRequest reports whether an event is an HTTP request. Then the platform has
// written its method or context beside what the client sent, who can neither leave
// them out nor write anything else at that place.
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
