package shipbell

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
)

// ID is a trigger's number, which counts up from 1 in each registry and fits
// 32 bits.
type ID int64

// MaxID is the highest number that a trigger can have.
const MaxID ID = 1<<32 - 1

// DeliveryID identifies a delivery: a ULID whose time is when the event was
// first received, whose next 32 bits are the trigger's number and whose last 48
// bits are a hash of registry, event, trigger and target. The same event
// therefore always makes the same ids, and ids sort by arrival.
type DeliveryID string

// NewDeliveryID makes the id of the delivery of one event to one target, which a text
// tells from others of the trigger.
func NewDeliveryID(receivedAt time.Time, registry, eventID string, id ID, target string) DeliveryID {
	h := sha256.New()
	for _, part := range []string{registry, eventID, target} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(id))
	h.Write(number[:])

	var u ulid.ULID
	// SetTime fails only for times after the year 10889.
	_ = u.SetTime(ulid.Timestamp(receivedAt))
	binary.BigEndian.PutUint32(u[6:10], uint32(id))
	copy(u[10:], h.Sum(nil))
	return DeliveryID(u.String())
}

// Again is the id of the delivery that a replay with a name makes beside one: of the same
// receipt and trigger, and the same each time.
func (id DeliveryID) Again(name string) DeliveryID {
	u, err := ulid.ParseStrict(string(id))
	if err != nil {
		return id
	}
	sum := sha256.Sum256([]byte("again\x00" + string(id) + "\x00" + name))
	copy(u[10:], sum[:])
	return DeliveryID(u.String())
}

// ParseDeliveryID checks that text is a delivery id in its canonical, upper-case
// form.
func ParseDeliveryID(text string) (DeliveryID, error) {
	u, err := ulid.ParseStrict(text)
	if err != nil || u.String() != text {
		return "", fmt.Errorf("%q is not a delivery id", text)
	}
	return DeliveryID(text), nil
}

// FirstDeliveryID is the lowest id that a delivery received at t can have: a
// bound for ranges.
func FirstDeliveryID(t time.Time) DeliveryID {
	var u ulid.ULID
	if ms := t.UnixMilli(); ms > 0 {
		// SetTime fails only for times after the year 10889.
		_ = u.SetTime(uint64(ms))
	}
	return DeliveryID(u.String())
}

// TriggerID is the number of the trigger that made the delivery, or 0 for a text
// that is no id.
func (id DeliveryID) TriggerID() ID {
	u, err := ulid.ParseStrict(string(id))
	if err != nil {
		return 0
	}
	return ID(binary.BigEndian.Uint32(u[6:10]))
}

// ReceivedAt is when the delivery's event was first received, to the
// millisecond, or the zero time for a text that is no id.
func (id DeliveryID) ReceivedAt() time.Time {
	u, err := ulid.ParseStrict(string(id))
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(u.Time()).UTC()
}

// Number is a number for those who cannot show an id: it grows with the time of the
// receipt, to the millisecond, and fits 53 bits until the year 2039. Two deliveries
// of one millisecond may have the same, so that it finds nothing. It is 0 for a text
// that is no id.
func (id DeliveryID) Number() int64 {
	u, err := ulid.ParseStrict(string(id))
	if err != nil {
		return 0
	}
	const hashBits = 12
	return int64(u.Time())<<hashBits | int64(binary.BigEndian.Uint16(u[14:])&(1<<hashBits-1))
}
