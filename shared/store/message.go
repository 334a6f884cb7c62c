package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/trigger"
)

// message is the body of a wake-up call: which delivery to look at and, for a
// new one, the delivery itself, so that its first attempt need not read it.
type message struct {
	Registry string             `json:"registry"`
	ID       trigger.DeliveryID `json:"id"`
	New      *trigger.Delivery  `json:"new,omitempty"`
}

// maxNew is the largest delivery that a message carries; a larger one is read
// from the store.
const maxNew = 16 << 10

// Message is the wake-up call for a delivery, held back for a time. Deliveries
// to the same URL of a registry are one group.
func Message(d *trigger.Delivery, delay time.Duration) (platform.Message, error) {
	m := message{Registry: d.Registry, ID: d.ID}
	if d.Version == 1 {
		m.New = d
	}
	body, err := json.Marshal(m)
	if err == nil && len(body) > maxNew {
		m.New = nil
		body, err = json.Marshal(m)
	}
	if err != nil {
		return platform.Message{}, fmt.Errorf("encode message about delivery %s: %w", d.ID, err)
	}
	return platform.Message{Group: group(d), Body: body, Delay: delay}, nil
}

func group(d *trigger.Delivery) string {
	sum := sha256.Sum256([]byte(d.Registry + "\x00" + d.TargetURL))
	return hex.EncodeToString(sum[:16])
}

// ParseMessage reads the body of a wake-up call. fresh is the delivery as it was
// first stored, or nil if it must be read.
func ParseMessage(body []byte) (registry string, id trigger.DeliveryID, fresh *trigger.Delivery, err error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return "", "", nil, fmt.Errorf("decode message: %w", err)
	}
	if m.New != nil {
		m.New.Version = 1
	}
	return m.Registry, m.ID, m.New, nil
}

// SendAll sends any number of messages, and answers one error for each.
func SendAll(ctx context.Context, q platform.Queue, messages []platform.Message) []error {
	errs := make([]error, 0, len(messages))
	for chunk := range slices.Chunk(messages, 100) {
		errs = append(errs, q.Send(ctx, chunk...)...)
	}
	return errs
}
