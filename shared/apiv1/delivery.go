package apiv1

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Delivery is one event for one target of one trigger.
type Delivery struct {
	ID          shipbell.DeliveryID `json:"id"`
	Registry    string              `json:"registry"`
	TriggerID   shipbell.ID         `json:"trigger_id"`
	TriggerName string              `json:"trigger_name"`
	// TargetID is the target within the trigger; 0 for a delivery that an older version
	// made and that was not attempted since. TargetURL is what its URL was when the event
	// came.
	TargetID   shipbell.TargetID `json:"target_id"`
	TargetURL  string            `json:"target_url"`
	Action     shipbell.Action   `json:"action"`
	Repository string            `json:"repository"`
	// Resources are all that the trigger matched in the answer about a single delivery.
	// In a list a delivery may have the first of them only, and long texts cut: see
	// ResourceCount.
	Resources     []shipbell.Resource `json:"resources"`
	ResourceCount int                 `json:"resource_count"`
	Operator      string              `json:"operator"`
	EventID       string              `json:"event_id"`
	Status        shipbell.Status     `json:"status"`
	// Reason says why the delivery was cancelled, or why it is held until NextAttemptAt, and
	// ReasonCode names that. An older version left no code.
	Reason     string    `json:"reason,omitempty"`
	ReasonCode text.Code `json:"reason_code,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	// ReplayOf is the id of the event if a replay made the delivery.
	ReplayOf string `json:"replay_of,omitempty"`
	// ClearedAt is when somebody marked the delivery, which ended without success, as dealt with.
	ClearedAt time.Time `json:"cleared_at,omitzero"`
	// NextAttemptAt is null unless the delivery is pending.
	NextAttemptAt *time.Time `json:"next_attempt_at"`
	Attempts      []Attempt  `json:"attempts"`
}

// DeliveryWithRequest is the answer about a single delivery.
type DeliveryWithRequest struct {
	Delivery
	// Request is what the target gets; null if the event is not kept any more.
	Request *Request `json:"request"`
}

// Request is the request that a target gets.
type Request struct {
	ContentType string `json:"content_type"`
	// Headers are those of the last attempt, or of the first to come, as the trigger has
	// them now, secrets masked; null if the trigger has no such target any more.
	Headers map[string][]string `json:"headers"`
	// Query is the query of the URL, likewise; what is made of the event is in clear.
	Query string `json:"query,omitempty"`
	Body  string `json:"body"`
}

// Deliveries is a page of GET /v1/deliveries/{registry}, the newest first.
type Deliveries struct {
	Deliveries []Delivery `json:"deliveries"`
	NextCursor string     `json:"next_cursor"`
	// Damaged is how many records of the page cannot be read and are left out. With a
	// filter, those are among them of which it cannot be told whether they pass it.
	Damaged int `json:"damaged"`
}

// Attempt is one request that was made for a delivery.
type Attempt struct {
	// Number counts from 1 without holes.
	Number     int       `json:"number"`
	StartedAt  time.Time `json:"started_at"`
	DurationMS int64     `json:"duration_ms"`
	// StatusCode is 0 when no answer came.
	StatusCode int `json:"status_code"`
	// Error says what went wrong, and ErrorCode names that; both are "" for a success
	// and while the attempt is under way. An older version left no code.
	Error     string    `json:"error"`
	ErrorCode text.Code `json:"error_code,omitempty"`
	// ErrorKind is what went wrong in one word.
	ErrorKind shipbell.ErrorKind `json:"error_kind,omitempty"`
	// Response is the beginning of the answer's body, at most 1 KiB.
	Response string `json:"response"`
	// Kind is why the attempt was made.
	Kind shipbell.AttemptKind `json:"kind,omitempty"`
	// RemoteAddress is the address and port that was connected to. Only an admin sees it.
	RemoteAddress string `json:"remote_address,omitempty"`
	// Timings are how long the parts of the request took; null if it is not known. They are
	// kept, like what follows, of the first failed attempt and of the last.
	Timings *Timings `json:"timings,omitempty"`
	// RequestBytes and ResponseBytes are the sizes of the bodies, that of the answer as it was
	// announced, or as far as it was read.
	RequestBytes  int64 `json:"request_bytes,omitempty"`
	ResponseBytes int64 `json:"response_bytes,omitempty"`
	// ResponseHeaders are some of the answer's, secrets masked.
	ResponseHeaders map[string][]string `json:"response_headers,omitempty"`
}

// Timings are how long the parts of a request took, in milliseconds. What was not done took
// no time.
type Timings struct {
	DNSMS     int64 `json:"dns_ms"`
	ConnectMS int64 `json:"connect_ms"`
	TLSMS     int64 `json:"tls_ms"`
	// FirstByteMS is from the beginning of the request to the first byte of the answer.
	FirstByteMS int64 `json:"first_byte_ms"`
	// ConnectionReused tells that the connection was used before.
	ConnectionReused bool `json:"connection_reused"`
}

// NewAttempt is the JSON of an attempt.
func NewAttempt(a shipbell.Attempt, l text.Language) Attempt {
	v := Attempt{
		Number: a.Number, StartedAt: a.StartedAt, DurationMS: a.DurationMS, StatusCode: a.StatusCode,
		Error: a.Error.In(l), ErrorCode: a.Error.Code, ErrorKind: a.ErrorKind(), Response: a.Response, Kind: a.Kind(),
	}
	x := a.Exchange
	if x == nil {
		return v
	}
	v.RemoteAddress, v.RequestBytes, v.ResponseBytes = x.Remote, x.RequestBytes, x.AnswerBytes
	v.Timings = &Timings{x.DNSMS, x.ConnectMS, x.TLSMS, x.FirstByteMS, x.Reused}
	if len(x.Header) > 0 {
		v.ResponseHeaders = make(map[string][]string, len(x.Header))
	}
	for _, line := range x.Header {
		v.ResponseHeaders[line[0]] = append(v.ResponseHeaders[line[0]], line[1])
	}
	return v
}

// NewDelivery is the JSON of a delivery, its sentences in a language.
func NewDelivery(d *shipbell.Delivery, l text.Language) Delivery {
	e, _ := d.FullEvent()
	v := Delivery{
		ID: d.ID, Registry: d.Registry, TriggerID: d.TriggerID, TriggerName: d.TriggerName, TargetID: d.TargetID, TargetURL: d.TargetURL,
		Action: e.Action, Repository: e.Repository.FullName, Resources: e.Resources, ResourceCount: d.ResourceCount(),
		Operator: e.Operator, EventID: e.ID, Status: d.Status,
		Reason: d.Reason.In(l), ReasonCode: d.Reason.Code,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, ClearedAt: d.ClearedAt, Attempts: make([]Attempt, len(d.Attempts)),
	}
	if d.Replayed {
		v.ReplayOf = e.ID
	}
	if d.Status == shipbell.Pending {
		v.NextAttemptAt = &d.NextAttemptAt
	}
	for i, a := range d.Attempts {
		v.Attempts[i] = NewAttempt(a, l)
	}
	return v
}

// Filter says which deliveries a request is about.
type Filter = shipbell.Filter

// Changed is what came of a change of many deliveries.
type Changed struct {
	Count int `json:"count"`
	// More tells that others are beyond what one request changes, or looks at.
	More bool `json:"more"`
	// Since is, in a dry run, how far back it looked.
	Since time.Time `json:"since,omitzero"`
}
