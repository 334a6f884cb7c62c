package apiv1

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Stats is the answer of GET /v1/stats/{registry}.
type Stats struct {
	// FirstEventAt and LastEventAt are when the first and the last known event of the
	// registry came; null if none did.
	FirstEventAt *time.Time `json:"first_event_at"`
	LastEventAt  *time.Time `json:"last_event_at"`
	// Total is the counts of all hours together.
	Total Counts `json:"total"`
	// Hours follow each other without a gap, the oldest first.
	Hours []Hour `json:"hours"`
}

// Counts holds the number of deliveries in each status, a minute after they arrived. One
// that was still pending then counts as failing.
type Counts struct {
	Succeeded int `json:"succeeded"`
	Failing   int `json:"failing"`
	Cancelled int `json:"cancelled"`
}

// Hour is the deliveries that a registry received in one hour.
type Hour struct {
	Start time.Time `json:"start"`
	Counts
	// Triggers are those that had any, in the order of their numbers. What triggers
	// beyond the first 2,000 of an hour had is counted for the number 0.
	Triggers []TriggerCounts `json:"triggers"`
}

// TriggerCounts is the counts of one trigger.
type TriggerCounts struct {
	TriggerID shipbell.ID `json:"trigger_id"`
	Counts
}

// Targets is the answer of GET /v1/targets/{registry}.
type Targets struct {
	// Failing are the targets whose newest attempted deliveries did not succeed.
	Failing []FailingTarget `json:"failing"`
	// Held are the targets whose circuit is not closed: their deliveries are held, or end if
	// the target is paused.
	Held []HeldTarget `json:"held"`
	// Waiting is the deliveries that wait for an attempt.
	Waiting Waiting `json:"waiting"`
}

// FailingTarget is a target that fails now.
type FailingTarget struct {
	TriggerID   shipbell.ID `json:"trigger_id"`
	TriggerName string      `json:"trigger_name"`
	TargetURL   string      `json:"target_url"`
	// Count is how many deliveries failed one after the other, as far as is looked, and
	// Since when the event of the first of them was received.
	Count int       `json:"count"`
	Since time.Time `json:"since"`
	// Newest is the newest of them.
	Newest Delivery `json:"newest"`
}

// HeldTarget is a target whose deliveries are held because attempts at it failed.
type HeldTarget struct {
	TriggerID   shipbell.ID `json:"trigger_id"`
	TriggerName string      `json:"trigger_name"`
	// TargetID is the target within the trigger.
	TargetID  shipbell.TargetID `json:"target_id"`
	TargetURL string            `json:"target_url"`
	// State is open, probing while a delivery is sent to find out whether the target
	// answers, or paused. Since is when attempts stopped, and Until when the hold or the probe ends.
	State string    `json:"state"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Reason says how the last attempt failed.
	Reason     string    `json:"reason"`
	ReasonCode text.Code `json:"reason_code,omitempty"`
	// Held is how many deliveries are held, counted among the newest of the trigger; More
	// tells that older ones were not looked at.
	Held int  `json:"held"`
	More bool `json:"more"`
	// PausedAt is when the target was paused; null if it is not. PausePercent is how near it
	// is to that: 0 if it is never paused.
	PausedAt     *time.Time `json:"paused_at"`
	PausePercent int        `json:"pause_percent"`
}

// Resumed is the answer of POST /v1/targets/{registry}/{trigger}/{target}/resume.
type Resumed struct {
	// Count is how many held deliveries are due now.
	Count int `json:"count"`
}

// Waiting tells of the deliveries that are pending.
type Waiting struct {
	Count int `json:"count"`
	// More means that there are more than could be looked at.
	More bool `json:"more"`
	// OldestAt is when the event of the oldest was received; null if none is pending.
	OldestAt *time.Time `json:"oldest_at"`
}

// RecentlyIgnored is the answer of GET /v1/ignored/{registry}.
type RecentlyIgnored struct {
	// Events are the newest, the newest first.
	Events []IgnoredEvent `json:"events"`
	// Reasons are how many came for each reason since Since, the most first. They are
	// a lower bound.
	Reasons []ReasonCount `json:"reasons"`
	// Since is null if nothing was ignored.
	Since *time.Time `json:"since"`
	// Refused tells why requests with events were refused in the last seven days, the
	// newest first.
	Refused []Refusal `json:"refused"`
}

// Refusal is why requests at the address of a registry's events were refused.
type Refusal struct {
	// At is when the last one was, give or take a minute.
	At time.Time `json:"at"`
	// Status is what it was answered.
	Status     int       `json:"status"`
	Reason     string    `json:"reason"`
	ReasonCode text.Code `json:"reason_code"`
	// EventsSince tells that an event came after it.
	EventsSince bool `json:"events_since"`
}

// IgnoredEvent is an event that made no delivery.
type IgnoredEvent struct {
	// At is when it came.
	At time.Time `json:"at"`
	Ignored
	// Action, Repository and Tag are what it was about, as far as is known.
	Action     shipbell.Action `json:"action,omitempty"`
	Repository string          `json:"repository,omitempty"`
	Tag        string          `json:"tag,omitempty"`
	// Routine events come beside others, as of the blobs of an image. Only few are kept.
	Routine bool `json:"routine,omitempty"`
}

// ReasonCount is how many events were ignored for a reason.
type ReasonCount struct {
	Reason     string    `json:"reason"`
	ReasonCode text.Code `json:"reason_code,omitempty"`
	Count      int       `json:"count"`
}
