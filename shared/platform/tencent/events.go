package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform/invocation"
)

// handleEvents takes events of EventBridge beside requests, one CloudEvent or several
// as an EventList. They come from rules of the account itself, so take gets them as they
// are, without an access key: what is in the envelope is a part of the event. After an
// error SCF sends all of them again.
func handleEvents(requests handler, take func(ctx context.Context, event []byte) error) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		overHTTP, err := isRequest(event)
		if err != nil {
			return nil, err
		}
		if overHTTP {
			return requests(ctx, event)
		}
		if err := checkEvents(event); err != nil {
			return nil, err
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		return nil, take(ctx, event)
	}
}

// checkEvents answers an error for what EventBridge does not send.
func checkEvents(event []byte) error {
	var e struct {
		SpecVersion string            `json:"specversion"`
		List        []json.RawMessage `json:"EventList"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	if e.SpecVersion == "" && len(e.List) == 0 {
		return errors.New("the event is neither an HTTP request nor one of EventBridge")
	}
	return nil
}
