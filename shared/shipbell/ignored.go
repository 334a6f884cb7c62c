package shipbell

import (
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// IgnoredEvent is an event that made no delivery, or a part of a request that is no
// event at all, and why.
type IgnoredEvent struct {
	// At is when it was received.
	At      time.Time `json:"at"`
	EventID string    `json:"event_id,omitempty"`
	// Action, Repository and Tag are what it is about, as far as is known. They are as
	// sent: of any length, with any characters.
	Action     Action       `json:"action,omitempty"`
	Repository string       `json:"repository,omitempty"`
	Tag        string       `json:"tag,omitempty"`
	Reason     text.Message `json:"reason"`
	// Routine events are sent beside others, such as those of an image's blobs beside
	// that of its manifest. Nobody expects a delivery of them.
	Routine bool `json:"routine,omitempty"`
}
