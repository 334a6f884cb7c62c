package backlog

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// Serve sends what was refused, the lanes in turn, until ctx ends.
func (q *Queue) Serve(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wakeUp:
		case <-timer.C:
		}
		wait := q.refill(ctx)
		for wait <= 0 && ctx.Err() == nil {
			wait = q.refill(ctx)
		}
		timer.Reset(wait)
	}
}

// idleWait is how long Serve waits for a signal when there is nothing to send.
const idleWait = time.Minute

// refill gives each lane whose time has come a turn, and answers how long until the next.
func (q *Queue) refill(ctx context.Context) time.Duration {
	q.mu.Lock()
	lanes := slices.Clone(q.turns)
	q.mu.Unlock()
	for _, l := range lanes {
		q.turn(ctx, l)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.turns = slices.DeleteFunc(q.turns, func(l *lane) bool {
		if l.empty() {
			delete(q.lanes, l.key)
		}
		return l.empty()
	})
	wait := idleWait
	for _, l := range q.turns {
		wait = min(wait, l.due().Sub(q.Now()))
	}
	return wait
}

// turn sends a page of a lane.
func (q *Queue) turn(ctx context.Context, l *lane) {
	q.mu.Lock()
	now := q.Now()
	if l.empty() || l.due().After(now) {
		q.mu.Unlock()
		return
	}
	var messages []platform.Message
	for _, h := range l.held {
		if !h.at.After(now) {
			messages = append(messages, h.message)
		}
	}
	from, to, trying := l.from, l.to, l.wait > 0
	q.mu.Unlock()

	var err error
	if len(messages) > 0 {
		err = q.sendHeld(ctx, l, messages)
	} else {
		err = q.sendRange(ctx, l, from, to, trying)
	}
	if err != nil && ctx.Err() == nil {
		q.Logger.LogAttrs(ctx, slog.LevelWarn, "the queue is not refilled, trying again", slog.Any("error", err))
		q.mu.Lock()
		l.next = q.Now().Add(errorWait)
		q.mu.Unlock()
	}
}

// sendHeld sends messages that a lane holds, and forgets those that the queue takes.
func (q *Queue) sendHeld(ctx context.Context, l *lane, messages []platform.Message) error {
	taken := map[string]bool{}
	var failed error
	full := false
	for i, err := range platform.SendAll(ctx, q.Queue, messages...) {
		switch err {
		case nil:
			taken[string(messages[i].Body)] = true
		case platform.ErrFull:
			full = true
		default:
			failed = err
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	l.held = slices.DeleteFunc(l.held, func(h held) bool { return taken[string(h.message.Body)] })
	l.back(q.Now(), !full)
	return failed
}

// sendRange reads a page of a lane's range and sends it. When the queue was full the last
// time it reads one delivery to try it with.
func (q *Queue) sendRange(ctx context.Context, l *lane, from, to shipbell.DeliveryID, trying bool) error {
	limit := 100
	if trying {
		limit = 1
	}
	ready, next, err := q.Store.Ready(ctx, l.key.registry, l.key.trigger, from, to, limit)
	if err != nil {
		return err
	}
	var messages []platform.Message
	var ids []shipbell.DeliveryID
	for i := range ready {
		m := store.Message(&ready[i], 0)
		if m.Group == l.key.group {
			messages, ids = append(messages, m), append(ids, ready[i].ID)
		}
	}
	taken, failed := true, error(nil)
	for i, err := range platform.SendAll(ctx, q.Queue, messages...) {
		if err == nil {
			continue
		}
		if next, taken = ids[i], false; !errors.Is(err, platform.ErrFull) {
			failed = err
		}
		break
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.from < from {
		next = l.from // older deliveries joined meanwhile
	}
	if l.from = next; next == "" && l.to > to {
		l.from = to + "\x00" // newer ones joined
	}
	l.back(q.Now(), taken)
	return failed
}
