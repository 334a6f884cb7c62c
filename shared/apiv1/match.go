package apiv1

import (
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// MatchQuestion is the question of POST /v1/match/{registry} in brief, instead of a
// whole event.
type MatchQuestion struct {
	Action     shipbell.Action `json:"action"`
	Repository string          `json:"repository"`
	Tag        string          `json:"tag"`
}

// MatchAnswer tells what would become of the events of one request.
type MatchAnswer struct {
	Events  []ExplainedEvent `json:"events"`
	Ignored []Ignored        `json:"ignored"`
}

// ExplainedEvent is an event with a verdict of every trigger.
type ExplainedEvent struct {
	Event    shipbell.Event `json:"event"`
	Triggers []Verdict      `json:"triggers"`
}

// Verdict tells why a trigger matches an event or does not.
type Verdict struct {
	TriggerID   shipbell.ID `json:"trigger_id"`
	TriggerName string      `json:"trigger_name"`
	Matched     bool        `json:"matched"`
	// Reason is the first condition that failed, or that none did; Code and Args are
	// what it is made of.
	Reason string    `json:"reason"`
	Code   text.Code `json:"code"`
	Args   []any     `json:"args,omitempty"`
}

// NewVerdict is the JSON of what a trigger makes of an event.
func NewVerdict(id shipbell.ID, name string, matched bool, reason text.Message, l text.Language) Verdict {
	return Verdict{TriggerID: id, TriggerName: name, Matched: matched, Reason: reason.In(l), Code: reason.Code, Args: reason.Args}
}

// Ignored is something in a request that made no delivery, and why.
type Ignored struct {
	EventID string `json:"event_id,omitempty"`
	// Reason says why, and ReasonCode names that. An older version left no code.
	Reason     string    `json:"reason"`
	ReasonCode text.Code `json:"reason_code,omitempty"`
}

// NewIgnored is the JSON of an event that is ignored for a reason.
func NewIgnored(eventID string, reason text.Message, l text.Language) Ignored {
	return Ignored{EventID: eventID, Reason: reason.In(l), ReasonCode: reason.Code}
}

// PatternQuestion is the question of POST /v1/patterns/test.
type PatternQuestion struct {
	// Field is "namespace", "repository" or "tag".
	Field   string          `json:"field"`
	Dialect pattern.Dialect `json:"dialect"`
	Pattern string          `json:"pattern"`
	Names   []string        `json:"names"`
}

// PatternAnswer tells what a pattern stands for, and which names it matches.
type PatternAnswer struct {
	Effective []string `json:"effective"`
	Matches   []bool   `json:"matches"`
	Warnings  []string `json:"warnings"`
	// WarningCodes are what the warnings are made of, in their order.
	WarningCodes []Coded `json:"warning_codes"`
}

// Coded is what a sentence is made of: its code, and what is filled into it.
type Coded struct {
	Code text.Code `json:"code"`
	Args []any     `json:"args,omitempty"`
}

// NewPatternAnswer is the JSON of a pattern that was tried.
func NewPatternAnswer(effective []string, matches []bool, warnings []text.Message, l text.Language) PatternAnswer {
	a := PatternAnswer{Effective: effective, Matches: matches, Warnings: make([]string, len(warnings)), WarningCodes: make([]Coded, len(warnings))}
	for i, warning := range warnings {
		a.Warnings[i], a.WarningCodes[i] = warning.In(l), Coded{Code: warning.Code, Args: warning.Args}
	}
	return a
}

// Validation is the answer to the event by which Azure Event Grid asks whether its events
// are wanted.
type Validation struct {
	ValidationResponse string `json:"validationResponse"`
}

// Received is the answer of POST /v1/events/{registry}: what became of every event of
// the request.
type Received struct {
	Events  []ReceivedEvent `json:"events"`
	Ignored []Ignored       `json:"ignored"`
}

// ReceivedEvent is an event that was taken, with its deliveries; there are none if no
// trigger matched it.
type ReceivedEvent struct {
	ID         string                `json:"id"`
	Action     shipbell.Action       `json:"action"`
	Repository string                `json:"repository"`
	Deliveries []shipbell.DeliveryID `json:"deliveries"`
	// Repeat tells that the event came before: nothing is delivered twice.
	Repeat bool `json:"repeat,omitempty"`
	// Burst is the id of the event that it makes together with others of the registry's
	// merge window, or "". Deliveries are made when the window ends.
	Burst string `json:"burst,omitempty"`
}
