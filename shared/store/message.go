package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// message is the body of a wake-up call: which delivery to look at, or which burst to close.
type message struct {
	Registry string              `json:"registry"`
	ID       shipbell.DeliveryID `json:"id,omitempty"`
	// Burst is the name of a burst, and First a hash of its id.
	Burst string `json:"burst,omitempty"`
	First string `json:"first,omitempty"`
	Slow  bool   `json:"slow,omitempty"`
	// Row is the delivery as it was stored last, with what is kept beside its value. It is
	// missing where the store is not Metered.
	Row     json.RawMessage `json:"row,omitempty"`
	Version int64           `json:"version,omitempty"`
	Expires int64           `json:"expires,omitempty"`
	Due     int64           `json:"due,omitempty"`
}

// maxCarried is the most bytes of a row that a message carries.
const maxCarried = 4 << 10

// Message is the wake-up call for a delivery that is stored as d, held back for a time.
// Where the store is Metered it carries the row, so that whoever gets it need not read it.
func (s *Store) Message(d *shipbell.Delivery, delay time.Duration) (platform.Message, error) {
	m := Message(d, delay)
	if !s.o.Metered || d.Version == 0 {
		return m, nil
	}
	row, err := encodeRow(d)
	if err != nil {
		return m, fmt.Errorf("encode delivery %s: %w", d.ID, err)
	}
	// SQS takes no characters that XML does not have.
	if len(row) > maxCarried || bytes.ContainsAny(row, "\uFFFE\uFFFF") {
		return m, nil
	}
	carries := message{Registry: d.Registry, ID: d.ID, Row: row, Version: d.Version, Expires: d.Expires.Unix()}
	if !d.Due.IsZero() {
		carries.Due = d.Due.UnixMilli()
	}
	if m.Body, err = json.Marshal(carries); err != nil {
		return m, fmt.Errorf("encode message about delivery %s: %w", d.ID, err)
	}
	return m, nil
}

// carried is the delivery that a message carries. ok is false if it carries none.
func (m *message) carried() (d shipbell.Delivery, ok bool) {
	var row storedRow
	if m.Version == 0 || json.Unmarshal(m.Row, &row) != nil || row.expand() != nil || row.ID != m.ID || row.Registry != m.Registry {
		return d, false
	}
	row.Version, row.Expires = m.Version, time.Unix(m.Expires, 0).UTC()
	if m.Due != 0 {
		row.Due = time.UnixMilli(m.Due).UTC()
	}
	return row.Delivery, true
}

// Message is the wake-up call for a delivery, held back for a time.
func Message(d *shipbell.Delivery, delay time.Duration) platform.Message {
	return about(d, delay, false)
}

// SlowMessage is Message for a queue of targets that are not known to answer quickly.
func SlowMessage(d *shipbell.Delivery, delay time.Duration) platform.Message {
	return about(d, delay, true)
}

func about(d *shipbell.Delivery, delay time.Duration, slow bool) platform.Message {
	body := appendText([]byte(`{"registry":`), d.Registry)
	body = appendNonEmpty(body, `,"id":`, string(d.ID))
	body = append(appendTrue(body, `,"slow":`, slow), '}')
	return platform.Message{Owner: d.Registry, Group: Group(d), Body: body, Delay: delay}
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

// ParseMessage reads the body of a wake-up call. The id is "" if it is about no delivery.
func ParseMessage(body []byte) (registry string, id shipbell.DeliveryID, err error) {
	m, err := parse(body)
	return m.Registry, m.ID, err
}

// IsSlow reports whether the body of a wake-up call is that of a SlowMessage.
func IsSlow(body []byte) bool {
	m, err := parse(body)
	return err == nil && m.Slow
}

func parse(body []byte) (m message, err error) {
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("decode message: %w", err)
	}
	return m, nil
}
