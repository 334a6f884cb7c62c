package shipbell

import (
	"context"
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
	// Event holds the resources that the trigger matched, and no others.
	Event     Event     `json:"event"`
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
	// Delivered is true once any attempt succeeded.
	Delivered bool `json:"delivered,omitempty"`
	// Reason says why a delivery was cancelled.
	Reason text.Message `json:"reason,omitzero"`
	// Version is the one that the store holds, 0 before the delivery is stored.
	Version int64 `json:"-"`
}

// Attempt is one HTTP request made for a delivery.
type Attempt struct {
	// Number counts from 1 without holes.
	Number     int       `json:"number"`
	StartedAt  time.Time `json:"started_at"`
	DurationMS int64     `json:"duration_ms"`
	// StatusCode is 0 when no answer came.
	StatusCode int          `json:"status_code"`
	Error      text.Message `json:"error"`
	// Response is the beginning of the answer's body, at most 1 KiB of valid UTF-8.
	Response string `json:"response"`
}

// Sender makes one request to a target. A target's failure is in the outcome.
type Sender interface {
	Send(ctx context.Context, d *Delivery, target Target, attempt int) Outcome
}

// Outcome is what came of sending one request.
type Outcome struct {
	Duration   time.Duration
	StatusCode int
	// Error is zero for a 2xx, and else says what went wrong without naming secrets.
	Error    text.Message
	Response string
	// RetryAfter is how long the target asked to be left alone, or 0.
	RetryAfter time.Duration
	// Final means that no later attempt can do better: the target is gone (410),
	// or the request may not or cannot be sent.
	Final bool
}

// Succeeded reports whether the target took the delivery: any 2xx.
func (o Outcome) Succeeded() bool {
	return o.StatusCode >= 200 && o.StatusCode < 300 && o.Error.IsZero()
}

// TimedOut reports whether the target took all the time that it may take, or all that
// connecting to it may.
func (o Outcome) TimedOut() bool {
	isTimeout := func(m text.Message) bool {
		switch m.Code {
		case text.TimeoutTotal, text.TimeoutAnswer, text.NetworkTimeout, text.TLSHandshakeTimeout:
			return true
		}
		return false
	}
	// The first argument of a message about a connection says what it failed of.
	if len(o.Error.Args) > 0 {
		if cause, ok := o.Error.Args[0].(text.Message); ok && isTimeout(cause) {
			return true
		}
	}
	return isTimeout(o.Error)
}

// keptAttempts is how many attempts are kept from each end of a long history.
const keptAttempts = 20

// AttemptCount is how many attempts have begun.
func (d *Delivery) AttemptCount() int {
	if len(d.Attempts) == 0 {
		return 0
	}
	return d.Attempts[len(d.Attempts)-1].Number
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
// that was ahead.
func (d *Delivery) Leased(now, processStart time.Time) bool {
	return d.LeaseUntil.After(now) && !d.ClaimedAt().Before(processStart) && !d.ClaimedAt().After(now.Add(MaxSkew))
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

// Claim begins the next attempt and leases the delivery until the given time.
// An earlier attempt that was never recorded is closed as interrupted; if that
// was the schedule's last, the delivery ends instead and Claim returns false.
// The caller has checked that the delivery is pending, due and not leased.
func (d *Delivery) Claim(now, until time.Time, schedule Schedule) bool {
	if !d.LeaseUntil.IsZero() {
		d.Attempts[len(d.Attempts)-1].Error = text.New(text.AttemptInterrupted)
		if d.Delivered || d.AttemptCount()-d.PriorAttempts > len(schedule) {
			d.end(now, Failed)
			return false
		}
	}
	d.Attempts = append(d.Attempts, Attempt{Number: d.AttemptCount() + 1, StartedAt: now})
	if len(d.Attempts) > 2*keptAttempts {
		d.Attempts = append(d.Attempts[:keptAttempts:keptAttempts], d.Attempts[keptAttempts+1:]...)
	}
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = until, now, until
	return true
}

// Unclaim takes back a claim for which no request was made: the attempt does not
// count, and the delivery is due again after a wait.
func (d *Delivery) Unclaim(now time.Time, wait time.Duration) {
	d.Attempts = d.Attempts[:len(d.Attempts)-1]
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = time.Time{}, now, now.Add(wait)
}

// Record closes the attempt under way with its outcome and decides what is
// next: the end, or a wait drawn from the schedule with random in [0, 1).
func (d *Delivery) Record(now time.Time, o Outcome, schedule Schedule, random float64) {
	last := &d.Attempts[len(d.Attempts)-1]
	last.DurationMS = o.Duration.Milliseconds()
	last.StatusCode, last.Error, last.Response = o.StatusCode, o.Error, o.Response
	if o.Succeeded() {
		d.Delivered = true
		d.end(now, Succeeded)
		return
	}
	wait, again := schedule.Wait(last.Number-d.PriorAttempts, random, o.RetryAfter)
	if o.Final || !again || d.Delivered {
		d.end(now, Failed)
		return
	}
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = time.Time{}, now, now.Add(wait)
}

// Cancel ends a pending delivery that is not to be sent any more. An attempt
// that was never recorded is closed as interrupted.
func (d *Delivery) Cancel(now time.Time, reason text.Code) {
	if !d.LeaseUntil.IsZero() {
		d.Attempts[len(d.Attempts)-1].Error = text.New(text.AttemptInterrupted)
	}
	d.Reason = text.New(reason)
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
	d.PriorAttempts, d.Reason = d.AttemptCount(), text.Message{}
	d.Status, d.UpdatedAt, d.NextAttemptAt, d.LeaseUntil = Pending, now, now, time.Time{}
}

// Follow makes the delivery one for its target as the target is now. The URL stays the
// one of the receipt, for people to see.
func (d *Delivery) Follow(target Target) {
	d.TargetID, d.Format = target.ID, target.Format
	d.PathSecret = d.PathSecret || target.PathSecret
}

// MaskedURL is the URL of the receipt without its secrets.
func (d *Delivery) MaskedURL() string { return MaskURL(d.TargetURL, d.PathSecret) }

// HideFrom masks what a role may not see: only an admin sees the secrets in a target's
// URL.
func (d *Delivery) HideFrom(role Role) {
	if role != RoleAdmin {
		d.TargetURL = d.MaskedURL()
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
// match, due at once. An event received at the same time makes the same ones.
func NewDeliveries(registry string, e *Event, matches []Match, receivedAt time.Time) []Delivery {
	deliveries := make([]Delivery, 0, len(matches))
	for _, m := range matches {
		event := *e
		event.Resources = m.Resources
		for _, target := range m.Trigger.Targets {
			deliveries = append(deliveries, Delivery{
				ID:       NewDeliveryID(receivedAt, registry, e.ID, m.Trigger.ID, target.key()),
				Registry: registry, TriggerID: m.Trigger.ID, TriggerName: m.Trigger.Name,
				TargetID: target.ID, TargetURL: target.URL, PathSecret: target.PathSecret, Format: target.Format, Event: event, Status: Pending,
				CreatedAt: receivedAt, UpdatedAt: receivedAt, NextAttemptAt: receivedAt,
			})
		}
	}
	return deliveries
}
