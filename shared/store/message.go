package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// message is the body of a wake-up call: which delivery to look at.
type message struct {
	Registry string              `json:"registry"`
	ID       shipbell.DeliveryID `json:"id"`
	Slow     bool                `json:"slow,omitempty"`
}

// Message is the wake-up call for a delivery, held back for a time.
func Message(d *shipbell.Delivery, delay time.Duration) (platform.Message, error) {
	return about(d, delay, false)
}

// SlowMessage is Message for a queue of targets that are not known to answer quickly.
func SlowMessage(d *shipbell.Delivery, delay time.Duration) (platform.Message, error) {
	return about(d, delay, true)
}

func about(d *shipbell.Delivery, delay time.Duration, slow bool) (platform.Message, error) {
	body, err := json.Marshal(message{Registry: d.Registry, ID: d.ID, Slow: slow})
	if err != nil {
		return platform.Message{}, fmt.Errorf("encode message about delivery %s: %w", d.ID, err)
	}
	return platform.Message{Owner: d.Registry, Group: Group(d), Body: body, Delay: delay}, nil
}

// Group names what a delivery is fair among in its registry: the deliveries to the same
// target. One that an older version stored has no target's id, but its URL.
func Group(d *shipbell.Delivery) string {
	target := d.TargetURL
	if d.TargetID != 0 {
		target = fmt.Sprintf("%d/%d", d.TriggerID, d.TargetID)
	}
	sum := sha256.Sum256([]byte(d.Registry + "\x00" + target))
	return hex.EncodeToString(sum[:16])
}

// ParseMessage reads the body of a wake-up call.
func ParseMessage(body []byte) (registry string, id shipbell.DeliveryID, err error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return "", "", fmt.Errorf("decode message: %w", err)
	}
	return m.Registry, m.ID, nil
}

// IsSlow reports whether the body of a wake-up call is that of a SlowMessage.
func IsSlow(body []byte) bool {
	var m message
	return json.Unmarshal(body, &m) == nil && m.Slow
}
