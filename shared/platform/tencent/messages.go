package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tencentyun/scf-go-lib/events"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/invocation"
)

// atOnce is how many messages of one event are worked on at once.
const atOnce = 100

// handleMessages works on the messages of an event, up to a hundred at once: those of
// an envelope that came by an asynchronous invocation, or those of a CKafka trigger.
// A message whose handler fails or panics is logged.
//
// If messages of an envelope failed, the invocation is an error, so that SCF sends the
// envelope again; what was done before is not done twice, because work on a message
// begins with a claim. A CKafka trigger would get nothing else of its partition until
// then, however long it takes. So a failed message of it counts as lost, and sweep
// finds its delivery.
func handleMessages(h platform.Handlers) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		bodies, fromKafka, err := readMessages(event)
		if err != nil {
			return nil, err
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		failed := 0
		for i, err := range handleAll(ctx, h.Limit, bodies, h.Message) {
			if err != nil {
				failed++
				h.Logger.LogAttrs(ctx, slog.LevelError, "message failed", slog.String("message", fmt.Sprintf("%.256s", bodies[i])), slog.Any("error", err))
			}
		}
		if failed > 0 && !fromKafka {
			return nil, fmt.Errorf("%d of %d messages failed, as logged", failed, len(bodies))
		}
		return nil, nil
	}
}

// readMessages reads the bodies of an event's messages.
func readMessages(event []byte) (bodies []string, fromKafka bool, err error) {
	if overHTTP, err := isRequest(event); err != nil || overHTTP {
		return nil, false, errors.Join(err, errIsHTTP)
	}
	var e struct {
		envelope
		events.CkafkaEvent
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, false, fmt.Errorf("read the messages: %w", err)
	}
	switch {
	case e.Shipbell == envelopeKind:
		return e.Messages, false, nil
	case e.Records == nil:
		return nil, false, errors.New("the event is neither an envelope of messages nor one of CKafka")
	}
	for _, record := range e.Records {
		bodies = append(bodies, record.Message.Body)
	}
	return bodies, true, nil
}

var errNoTime = errors.New("too little time was left to begin")

// handleAll handles messages and answers one error for each.
func handleAll(ctx context.Context, limit time.Duration, bodies []string, handle func(context.Context, []byte) error) []error {
	errs := make([]error, len(bodies))
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, body := range bodies {
		slots <- struct{}{}
		// An attempt that is cut short counts, so one whose turn comes late is not
		// begun.
		if deadline, ok := ctx.Deadline(); ok && i >= atOnce && time.Until(deadline) < limit {
			errs[i] = errNoTime
			<-slots
			continue
		}
		all.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			errs[i] = invocation.HandleOne(ctx, handle, body)
		})
	}
	all.Wait()
	return errs
}
