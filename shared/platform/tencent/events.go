package tencent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform/invocation"
)

// cloudEvent is what is read of an event of EventBridge.
type cloudEvent struct {
	SpecVersion string          `json:"specversion"`
	Data        json.RawMessage `json:"data"`
	DataBase64  *string         `json:"data_base64"`
}

// handleEvents takes events of EventBridge beside requests, one CloudEvent or several
// as an EventList. They come from rules of the account itself, so take gets the data of
// each as it is, without an access key. After an error SCF sends all of them again.
func handleEvents(requests handler, take func(ctx context.Context, event []byte) error) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		overHTTP, err := isRequest(event)
		if err != nil {
			return nil, err
		}
		if overHTTP {
			return requests(ctx, event)
		}
		all, err := readEvents(event)
		if err != nil {
			return nil, err
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		var errs []error
		for i, one := range all {
			data, err := one.data()
			if err == nil {
				err = take(ctx, data)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("event %d of %d: %w", i+1, len(all), err))
			}
		}
		return nil, errors.Join(errs...)
	}
}

func readEvents(event []byte) ([]cloudEvent, error) {
	var e struct {
		cloudEvent
		List []cloudEvent `json:"EventList"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	if e.SpecVersion != "" {
		e.List = append(e.List, e.cloudEvent)
	}
	if len(e.List) == 0 {
		return nil, errors.New("the event is neither an HTTP request nor one of EventBridge")
	}
	return e.List, nil
}

// data is what the event carries: JSON as it is, as text in a string, or in base64.
func (e *cloudEvent) data() ([]byte, error) {
	if e.DataBase64 != nil {
		data, err := base64.StdEncoding.DecodeString(*e.DataBase64)
		if err != nil {
			return nil, fmt.Errorf("read data_base64: %w", err)
		}
		return data, nil
	}
	if len(e.Data) == 0 || string(e.Data) == "null" {
		return nil, errors.New("it has no data")
	}
	if e.Data[0] != '"' {
		return e.Data, nil
	}
	var text string
	if err := json.Unmarshal(e.Data, &text); err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	return []byte(text), nil
}
