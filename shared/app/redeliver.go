package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/audit"
)

const (
	// maxRedeliver is how many deliveries one call sends again, and redeliverSince how
	// far it looks back unless it says.
	maxRedeliver   = 10_000
	redeliverSince = 14 * 24 * time.Hour
	redeliverPage  = 100
	// countReads is how many lists a dry run reads.
	countReads = 2
)

// RedeliverMany makes the failed and cancelled deliveries of a time due again, or
// those of another status. Pending ones are not touched, so that asking twice is
// harmless. A dry run counts them.
func (a *App) RedeliverMany(ctx context.Context, key shipbell.AccessKey, r Redelivery) (Redelivered, error) {
	if err := allow(key, shipbell.RoleAdmin, r.Registry); err != nil {
		return Redelivered{}, err
	}
	q, err := r.query(a.Now())
	if err != nil {
		return Redelivered{}, err
	}
	rules, err := a.Store.Rules(ctx, r.Registry)
	if err != nil {
		return Redelivered{}, err
	}
	if r.DryRun {
		return a.countSendable(ctx, q, rules)
	}
	wanted, more, err := a.sendable(ctx, q, rules)
	if err != nil {
		return Redelivered{}, err
	}
	answer := Redelivered{More: more}
	for page := range slices.Chunk(wanted, redeliverPage) {
		count, failed := a.sendAgain(ctx, q, rules, page)
		answer.Count += count
		if err = failed; err != nil {
			break
		}
	}
	if answer.Count > 0 {
		err = errors.Join(err, a.note(ctx, key, audit.Entry{Action: audit.DeliveriesRedelivered, Count: answer.Count}, r.Registry))
	}
	return answer, err
}

// countSendable counts what RedeliverMany would send again, as far back as a few lists
// go: since then the number is exact, and More tells that there are older deliveries.
func (a *App) countSendable(ctx context.Context, q store.Query, rules *store.Rules) (Redelivered, error) {
	answer := Redelivered{Since: q.Since}
	var sendable []shipbell.DeliveryID
	q.Limit = maxRedeliver
	for range countReads {
		list, err := a.Store.List(ctx, q)
		if err != nil {
			return answer, err
		}
		sendable = appendSendable(sendable, list.Deliveries, rules)
		q.Before, answer.More = list.Next, list.Next != ""
		if !answer.More {
			break
		}
	}
	if answer.More {
		// The millisecond in which it stopped may hold deliveries that it did not see.
		answer.Since = q.Before.ReceivedAt().Add(time.Millisecond)
	}
	for _, id := range sendable {
		if !id.ReceivedAt().Before(answer.Since) {
			answer.Count++
		}
	}
	return answer, nil
}

// sendable collects the ids of deliveries that can be sent again, the oldest first. more
// tells that there are others beyond the limit.
func (a *App) sendable(ctx context.Context, q store.Query, rules *store.Rules) (wanted []shipbell.DeliveryID, more bool, err error) {
	for {
		list, err := a.Store.List(ctx, q)
		if err != nil {
			return nil, false, err
		}
		wanted = appendSendable(wanted, list.Deliveries, rules)
		if list.Next == "" || len(wanted) >= maxRedeliver {
			more = list.Next != "" || len(wanted) > maxRedeliver
			wanted = wanted[:min(len(wanted), maxRedeliver)]
			slices.Reverse(wanted)
			return wanted, more, nil
		}
		q.Before = list.Next
	}
}

// appendSendable appends the ids of deliveries that may still be sent.
func appendSendable(to []shipbell.DeliveryID, page []shipbell.Delivery, rules *store.Rules) []shipbell.DeliveryID {
	for i := range page {
		if _, reason := rules.Destination(&page[i]); reason == "" {
			to = append(to, page[i].ID)
		}
	}
	return to
}

// sendAgain makes a page of deliveries due and wakes deliver. It reads them again, so
// that nothing grows with the number of pages, and counts those that nobody else changed
// and whose events are still kept.
func (a *App) sendAgain(ctx context.Context, q store.Query, rules *store.Rules, page []shipbell.DeliveryID) (count int, err error) {
	deliveries, err := a.Store.Deliveries(ctx, q.Registry, page...)
	if err != nil {
		return 0, err
	}
	deliveries = slices.DeleteFunc(deliveries, func(d shipbell.Delivery) bool {
		_, reason := rules.Destination(&d)
		return reason != "" || !slices.Contains(q.Statuses, d.Status)
	})
	saved, _, err := a.Store.Redeliver(ctx, deliveries)
	return len(saved), errors.Join(err, a.wake(ctx, saved))
}
