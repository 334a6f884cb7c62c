package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// CloseBurst closes the burst that a message is about and makes its deliveries: each
// trigger fires once, with those of its tags that match. It calls created as Accept does.
// A burst that was closed, but whose deliveries are not all made, is finished; of one that
// is finished there is nothing to do. It may be called at any time by any number of
// processes.
func (s *Store) CloseBurst(ctx context.Context, body []byte, created func([]shipbell.Delivery)) error {
	m, err := parse(body)
	if err != nil {
		return err
	}
	return s.closeBurst(ctx, m.Registry, m.Burst, m.First, created)
}

// closeBurst is CloseBurst by the name of a burst and the hash of its id.
func (s *Store) closeBurst(ctx context.Context, registry, name, first string, created func([]shipbell.Delivery)) error {
	return s.retry(ctx, func() error {
		items, err := s.items.Get(ctx, burstKey(registry, name))
		if err != nil {
			return err
		}
		item := items[0]
		b := s.readBurst(ctx, item)
		if b == nil || hashOf([]byte(b.ID)) != first {
			return nil
		}
		rules, err := s.Rules(ctx, registry)
		if shipbell.KindOf(err) == shipbell.NotFound { // nobody can see its deliveries any more
			return s.write(ctx, s.finished(item.Key, item.Version))
		}
		if err != nil {
			return err
		}
		version := item.Version
		if b.Closed.IsZero() {
			b.Closed = s.o.Now().UTC().Truncate(time.Millisecond)
			if item, err = s.burstItem(registry, name, b, item.Due); err != nil {
				return err
			}
			if err := s.write(ctx, platform.Write{Item: item, If: platform.AtVersion(version)}); err != nil {
				return err
			}
			version++
		}
		if err := s.finish(ctx, rules, b, name, created); err != nil {
			return err
		}
		err = s.write(ctx, s.finished(item.Key, version))
		if errors.Is(err, platform.ErrConflict) {
			return nil // sweep or another process that finishes it has changed it
		}
		return err
	})
}

// finish makes the event of a closed burst, and its deliveries. The receipt of the event
// decides which they are: whoever comes later makes those that are missing.
func (s *Store) finish(ctx context.Context, rules *Rules, b *burst, name string, created func([]shipbell.Delivery)) error {
	e := b.Event
	e.Trace = b.Trace
	a := s.acceptance(rules.Registry.ID, &e, rules.Set.Matches, created)
	a.due = b.due()
	a.receipt = receipt{ReceivedAt: b.ReceivedAt, Burst: &burstRef{ID: b.ID, Key: name}, Members: b.Members}
	var there receipt
	item, _, err := s.get(ctx, receiptKey(a.registry, b.ID), &there)
	if err != nil && shipbell.KindOf(err) != shipbell.Damaged {
		return err
	}
	if err == nil && there.Members != nil && there.Burst != nil && *there.Burst == *a.receipt.Burst {
		a.receipt.Body = there.Body
		if err := a.again(ctx); err != nil {
			return err
		}
		return a.create(ctx, nil)
	}
	a.find()
	first, err := a.keep(ctx)
	if err != nil {
		return err
	}
	first.If = platform.Condition(item.Version)
	if len(a.ids) == 0 {
		return s.keepNone(ctx, rules, b, first, &a)
	}
	return a.create(ctx, first)
}

// keepNone keeps the event of a burst that matches no trigger: its members name it. As
// others of that kind it is found later if the registry says so.
func (s *Store) keepNone(ctx context.Context, rules *Rules, b *burst, first *platform.Write, a *acceptance) error {
	writes := []platform.Write{*first}
	if rules.Registry.KeepUnmatched {
		writes = append(writes, unmatchedEntry(a.registry, a.receipt, b.ID, first.Item.Expires))
	}
	for i, err := range s.items.Write(ctx, writes...) {
		if err != nil && (i == 0 || !errors.Is(err, platform.ErrConflict)) {
			return err
		}
	}
	if !b.Matched { // its members were noted as they came
		return nil
	}
	event := shipbell.IgnoredEvent{
		EventID: b.ID, Action: b.Event.Action, Repository: b.Event.Repository.FullName, Tag: b.Event.Resources[0].Tag,
		Reason: text.New(text.IgnoredUnmatched),
	}
	if err := s.ignored.Add(ctx, a.registry, event); err != nil {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "ignored events are forgotten", slog.String("registry", a.registry), slog.Any("error", err))
	}
	return nil
}

// WakeBursts reads which of the bursts among keys are due by until, and gives a message
// about each. It stores before when sweep must look at it again. One that another process
// changes meanwhile is left to the next look.
func (s *Store) WakeBursts(ctx context.Context, keys []platform.Key, until time.Time) (messages []platform.Message, err error) {
	bursts := slices.DeleteFunc(slices.Clone(keys), func(key platform.Key) bool { return !isBurst(key.Partition) })
	items, err := s.items.Get(ctx, bursts...)
	if err != nil {
		return nil, err
	}
	now := s.o.Now()
	var writes []platform.Write
	var about []platform.Message
	for _, item := range items {
		b := s.readBurst(ctx, item)
		if b == nil || item.Due.IsZero() || item.Due.After(until) {
			continue
		}
		wait := time.Duration(0)
		if !b.ahead(now) && b.Closed.IsZero() {
			wait = min(max(b.Until.Sub(now), 0), s.o.MaxDelay)
		}
		m, err := burstMessage(registryOf(item.Key), burstNameOf(item.Key), b, wait)
		if err != nil {
			return nil, err
		}
		item.Due = toMillisecond(now.Add(wait + Grace))
		writes, about = append(writes, platform.Write{Item: item, If: platform.AtVersion(item.Version)}), append(about, m)
	}
	for i, writeErr := range s.items.Write(ctx, writes...) {
		switch {
		case writeErr == nil:
			messages = append(messages, about[i])
		case !errors.Is(writeErr, platform.ErrConflict):
			err = writeErr
		}
	}
	return messages, err
}
