package apiv1

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Unmatched is a page of GET /v1/unmatched/{registry}, the newest first.
type Unmatched struct {
	Events     []UnmatchedEvent `json:"events"`
	NextCursor string           `json:"next_cursor"`
	// Damaged is how many events of the page cannot be read and are left out.
	Damaged int `json:"damaged"`
}

// UnmatchedEvent is a kept event that no trigger matched when it came.
type UnmatchedEvent struct {
	KeptEvent
	// Matching are the triggers that match it now.
	Matching []Verdict `json:"matching"`
	// Nearest are those of the others that failed last, at most three, and Others is how
	// many there are.
	Nearest []Verdict `json:"nearest"`
	Others  int       `json:"others"`
}

// KeptEvent is an event in brief.
type KeptEvent struct {
	// ID names the event for a replay, and sorts by receipt.
	ID         shipbell.DeliveryID `json:"id"`
	ReceivedAt time.Time           `json:"received_at"`
	// EventID is the id that the registry gave it.
	EventID    string          `json:"event_id"`
	Action     shipbell.Action `json:"action"`
	Repository string          `json:"repository"`
	// Resources has the first of the event's ResourceCount resources.
	Resources     []shipbell.Resource `json:"resources"`
	ResourceCount int                 `json:"resource_count"`
	Operator      string              `json:"operator"`
	// Deliveries are those that replays made of it.
	Deliveries []shipbell.DeliveryID `json:"deliveries"`
}

// keptText is the most bytes of a text of a KeptEvent.
const keptText = 256

// NewKeptEvent is the JSON of a kept event.
func NewKeptEvent(id shipbell.DeliveryID, receivedAt time.Time, e *shipbell.Event, deliveries []shipbell.DeliveryID) KeptEvent {
	brief := e.Excerpt(keptText)
	return KeptEvent{
		ID: id, ReceivedAt: receivedAt, EventID: e.ID, Action: e.Action, Repository: e.Repository.FullName,
		Resources: append([]shipbell.Resource{}, brief.Resources...), ResourceCount: len(e.Resources), Operator: brief.Operator,
		Deliveries: append([]shipbell.DeliveryID{}, deliveries...),
	}
}

// Replay says which kept events POST /v1/unmatched/{registry}/replay holds against the
// triggers as they are now: one by its id, or all of a time.
type Replay struct {
	ID string `json:"id"`
	// Since and Until are in RFC 3339, or "".
	Since string `json:"since"`
	Until string `json:"until"`
}

// PastReplay says which events POST /v1/deliveries/{registry}/replay holds against the
// triggers as they are now: those whose deliveries the filter means.
type PastReplay struct {
	Filter
	// Again is a name for a replay that is for triggers that have deliveries of the event too.
	Again string `json:"again"`
}

// Replayed is what came of it.
type Replayed struct {
	// Count is how many deliveries were made, or would be, and EventCount of how many
	// events.
	Count      int `json:"count"`
	EventCount int `json:"event_count"`
	// Events are the first of these, at most a hundred.
	Events []ReplayedEvent `json:"events"`
	// Next is the time with which to go on as Since: one request looks at so many events.
	// It is null if all were looked at.
	Next *time.Time `json:"next"`
}

// ReplayedEvent is an event that triggers match now.
type ReplayedEvent struct {
	KeptEvent
	// Triggers are those that match it and had no delivery of it.
	Triggers []TriggerName `json:"triggers"`
}

// TriggerName is a trigger by its number and name.
type TriggerName struct {
	ID   shipbell.ID `json:"id"`
	Name string      `json:"name"`
}
