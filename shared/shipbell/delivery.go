package shipbell

import (
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// Status is where a delivery stands.
type Status string

// The four statuses.
const (
	Pending   Status = "pending"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Valid reports whether s is one of the four statuses.
func (s Status) Valid() bool {
	return s == Pending || s == Succeeded || s == Failed || s == Cancelled
}

// Delivery is one event for one target of one trigger, from receipt to its end.
// Its JSON form is what the store keeps.
type Delivery struct {
	ID          DeliveryID `json:"id"`
	Registry    string     `json:"registry"`
	TriggerID   ID         `json:"trigger_id"`
	TriggerName string     `json:"trigger_name"`
	// TargetID is the target within the trigger; 0 in what an older version stored, until
	// the next attempt.
	TargetID TargetID `json:"target_id,omitempty"`
	// TargetURL is the URL that the target had when the event was accepted.
	TargetURL string `json:"target_url"`
	// PathSecret tells that the path of the URL is a secret.
	PathSecret bool   `json:"path_secret,omitempty"`
	Format     Format `json:"format"`
	// Event holds the resources that the trigger matched, and no others. If Excerpt is
	// set, it holds the first of them only, and shortened texts.
	Event Event `json:"event"`
	// Excerpt tells what Event leaves out, or is nil if Event is whole.
	Excerpt *Excerpt `json:"excerpt,omitempty"`
	// Whole is what Event would be without an Excerpt, once the store has read it.
	Whole     *Event    `json:"-"`
	Status    Status    `json:"status"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// NextAttemptAt is when a pending delivery is due; zero for any other.
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"`
	// LeaseUntil is set while an attempt is under way: until then nobody else may
	// make one.
	LeaseUntil time.Time `json:"lease_until,omitzero"`
	Attempts   []Attempt `json:"attempts,omitempty"`
	// PriorAttempts counts the attempts made before the present schedule began; a
	// redelivery begins a new one.
	PriorAttempts int `json:"spent,omitempty"`
	// BusyAttempts are those of the present schedule for which the target was busy, and
	// Waited is the time of the present schedule that does not count: that for a busy
	// target, and that for a turn of the target's rate.
	BusyAttempts int           `json:"busy,omitempty"`
	Waited       time.Duration `json:"waited,omitempty"`
	// Delivered is true once any attempt succeeded.
	Delivered bool `json:"delivered,omitempty"`
	// Reason says why a delivery was cancelled, or why a pending one is held.
	Reason text.Message `json:"reason,omitzero"`
	// HeldSince is when the present schedule was first held up, and RedeliveredAt when it
	// began if that was by a redelivery.
	HeldSince     time.Time `json:"held_since,omitzero"`
	RedeliveredAt time.Time `json:"redelivered_at,omitzero"`
	// Replayed tells that a replay made the delivery, long after its event came.
	Replayed bool `json:"replayed,omitempty"`
	// ClearedAt is when somebody marked a delivery that ended without success as dealt with.
	ClearedAt time.Time `json:"cleared_at,omitzero"`
	// Trace is that of the request that brought the event.
	Trace Trace `json:"trace,omitzero"`
	// Version is the one that the store holds, 0 before the delivery is stored.
	Version int64 `json:"-"`
	// Expires is when the store may forget the delivery, zero before it is stored.
	Expires time.Time `json:"-"`
	// Due is when sweep looks at the delivery, as the store has it; zero if it does not,
	// or before it is stored.
	Due time.Time `json:"-"`
}

// ClaimedAt is when the attempt under way began, or the zero time.
func (d *Delivery) ClaimedAt() time.Time {
	if d.LeaseUntil.IsZero() {
		return time.Time{}
	}
	return d.Attempts[len(d.Attempts)-1].StartedAt
}

// MaxSkew is how far the clocks of processes may be apart, and a clock may step back,
// without any effect. Beyond it an attempt may be repeated; nothing is lost.
const MaxSkew = 15 * time.Second

// Leased reports whether an attempt is under way at now. Claims made before
// processStart are void, because their process has ended, and so are those of a clock
// that was ahead. What is stored is to the millisecond.
func (d *Delivery) Leased(now, processStart time.Time) bool {
	return d.LeaseUntil.After(now) && !d.ClaimedAt().Before(processStart.Truncate(time.Millisecond)) && !d.ClaimedAt().After(now.Add(MaxSkew))
}

// Wait is how long the delivery still waits for its next attempt, 0 if it is due. One
// that was stored by a clock that was ahead is due: how long it has waited is unknown.
func (d *Delivery) Wait(now time.Time) time.Duration {
	if d.Ahead(now) {
		return 0
	}
	return max(d.NextAttemptAt.Sub(now), 0)
}

// Ahead reports whether the delivery was last changed by a clock that was ahead.
func (d *Delivery) Ahead(now time.Time) bool { return d.UpdatedAt.After(now.Add(MaxSkew)) }

// ComeBack takes the times of a delivery that a clock that was ahead has stored back to
// now. It waits from now on as long as it was to wait.
func (d *Delivery) ComeBack(now time.Time) {
	if !d.Ahead(now) {
		return
	}
	by := d.UpdatedAt.Sub(now)
	d.UpdatedAt, d.NextAttemptAt = now, d.NextAttemptAt.Add(-by)
	if !d.LeaseUntil.IsZero() {
		d.LeaseUntil = d.LeaseUntil.Add(-by)
	}
}

// Hold makes a pending delivery wait until a time without an attempt. It ends the delivery
// as Claim does, and returns false, if its last attempt was interrupted.
func (d *Delivery) Hold(now, until time.Time, reason text.Message, schedule Schedule) bool {
	if d.endInterrupted(now, schedule) {
		return false
	}
	if d.HeldSince.IsZero() {
		d.HeldSince = now
	}
	d.Reason, d.UpdatedAt, d.NextAttemptAt = reason, now, until
	return true
}

// WaitForTurn makes a pending delivery wait until its turn at a target that gets only so many
// requests, outside of its schedule. It ends the delivery as Claim does, and returns false,
// if its last attempt was interrupted.
func (d *Delivery) WaitForTurn(now, turn time.Time, reason text.Message, schedule Schedule) bool {
	if d.endInterrupted(now, schedule) {
		return false
	}
	d.Waited += turn.Sub(now)
	d.Reason, d.UpdatedAt, d.NextAttemptAt = reason, now, turn
	return true
}

// Release makes a held delivery due at a time.
func (d *Delivery) Release(now, due time.Time) {
	d.Reason, d.UpdatedAt, d.NextAttemptAt = text.Message{}, now, due
}

// Held reports whether the delivery is held.
func (d *Delivery) Held() bool { return d.Status == Pending && !d.Reason.IsZero() }

// HeldBy reports whether the delivery is held for a reason.
func (d *Delivery) HeldBy(reason text.Code) bool { return d.Held() && d.Reason.Code == reason }

// HeldOut reports whether the delivery was held and its schedule would have ended by now:
// its next attempt is the last.
func (d *Delivery) HeldOut(now time.Time, schedule Schedule) bool {
	return !d.HeldSince.IsZero() && !now.Before(d.scheduleEnd(schedule))
}

// scheduleEnd is when the present schedule ends if no attempt takes time. The time that
// the delivery waited outside of it is added.
func (d *Delivery) scheduleEnd(schedule Schedule) time.Time {
	began := d.CreatedAt
	if !d.RedeliveredAt.IsZero() {
		began = d.RedeliveredAt
	}
	return began.Add(schedule.Length() + d.Waited)
}

// Postpone makes a pending delivery due again after a wait, without an attempt. The
// caller has checked that none is under way: one that was never recorded is closed as
// interrupted.
func (d *Delivery) Postpone(now time.Time, wait time.Duration) {
	if !d.LeaseUntil.IsZero() {
		d.Attempts[len(d.Attempts)-1].Error = text.New(text.AttemptInterrupted)
	}
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = time.Time{}, now, now.Add(wait)
}

// Cancel ends a pending delivery that is not to be sent any more, for a reason with its
// arguments. An attempt that was never recorded is closed as interrupted.
func (d *Delivery) Cancel(now time.Time, reason text.Code, args ...any) {
	if !d.LeaseUntil.IsZero() {
		d.Attempts[len(d.Attempts)-1].Error = text.New(text.AttemptInterrupted)
	}
	d.Reason = text.New(reason, args...)
	d.end(now, Cancelled)
}

// end closes the delivery. One that was delivered before stays so, whatever a
// later redelivery came to.
func (d *Delivery) end(now time.Time, status Status) {
	if d.Delivered {
		status = Succeeded
	}
	d.Status, d.UpdatedAt = status, now
	d.LeaseUntil, d.NextAttemptAt = time.Time{}, time.Time{}
}

// Redeliver makes the delivery due at once, whatever its status, with a whole
// schedule before it; one that was delivered before gets a single attempt. The
// caller has checked that no attempt is under way.
func (d *Delivery) Redeliver(now time.Time) {
	if !d.LeaseUntil.IsZero() {
		d.Attempts[len(d.Attempts)-1].Error = text.New(text.AttemptInterrupted)
	}
	d.PriorAttempts, d.Reason, d.ClearedAt = d.AttemptCount(), text.Message{}, time.Time{}
	d.HeldSince, d.RedeliveredAt, d.BusyAttempts, d.Waited = time.Time{}, now, 0, 0
	d.Status, d.UpdatedAt, d.NextAttemptAt, d.LeaseUntil = Pending, now, now, time.Time{}
}

// Clearable reports whether the delivery can be marked as dealt with: it ended without
// success, and nobody has marked it.
func (d *Delivery) Clearable() bool {
	return (d.Status == Failed || d.Status == Cancelled) && !d.Cleared()
}

// Cleared reports whether somebody marked the delivery as dealt with.
func (d *Delivery) Cleared() bool { return !d.ClearedAt.IsZero() }

// Follow makes the delivery one for its target as the target is now. The URL stays the
// one of the receipt, for people to see.
func (d *Delivery) Follow(target Target) {
	d.TargetID, d.Format = target.ID, target.Format
	d.PathSecret = d.PathSecret || target.PathSecret
}

// MaskedURL is the URL of the receipt without its secrets.
func (d *Delivery) MaskedURL() string { return MaskURL(d.TargetURL, d.PathSecret) }

// HideFrom masks what a role may not see: only an admin sees the secrets in a target's
// URL, and which address it was found at.
func (d *Delivery) HideFrom(role Role) {
	if role != RoleAdmin {
		d.TargetURL = d.MaskedURL()
		d.hideAttempts()
	}
}

// FormerID is the id that older versions gave the delivery: it depends on the URL.
func (d *Delivery) FormerID() DeliveryID {
	return NewDeliveryID(d.CreatedAt, d.Registry, d.Event.ID, d.TriggerID, d.TargetURL)
}

// Match is a trigger that an event fires.
type Match struct {
	Trigger *Trigger
	// Resources are those of the event whose tag matches. They may be the
	// event's own slice: do not change them.
	Resources []Resource
}

// NewDeliveries makes the deliveries of an event, one for each target of each
// match, due at once; for a target whose format is single, or that splits events, one for each resource. An event
// received at the same time makes the same ones.
func NewDeliveries(registry string, e *Event, matches []Match, receivedAt time.Time) []Delivery {
	deliveries := make([]Delivery, 0, len(matches))
	for _, m := range matches {
		event := *e
		event.Trace = Trace{}
		for _, target := range m.Trigger.Targets {
			for key, resources := range target.parts(m.Resources) {
				event.Resources = resources
				deliveries = append(deliveries, Delivery{
					ID:       NewDeliveryID(receivedAt, registry, e.ID, m.Trigger.ID, key),
					Registry: registry, TriggerID: m.Trigger.ID, TriggerName: m.Trigger.Name,
					TargetID: target.ID, TargetURL: target.URL, PathSecret: target.PathSecret, Format: target.Format, Event: event, Trace: e.Trace, Status: Pending,
					CreatedAt: receivedAt, UpdatedAt: receivedAt, NextAttemptAt: receivedAt,
				})
			}
		}
	}
	return deliveries
}
