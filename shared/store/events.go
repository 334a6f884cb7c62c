package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// An event is kept once, whatever it fires: a receipt, and chunks beside it for what is
// too long for the receipt.
const (
	bodyKind   = "body"   // the event
	listKind   = "list"   // the ids of its deliveries
	pickedKind = "picked" // which resources a delivery has

	// inReceipt and idsInReceipt are the most that a receipt holds of the event, in
	// bytes, and of the ids of its deliveries.
	inReceipt    = 8 << 10
	idsInReceipt = 100
)

// receipt remembers the first receipt of an event, so that the event sent again makes
// the same deliveries.
type receipt struct {
	ReceivedAt time.Time             `json:"received_at"`
	Deliveries []shipbell.DeliveryID `json:"deliveries,omitempty"`
	// List names where the ids are kept if they are too many for the receipt.
	List *shipbell.Chunks `json:"list,omitempty"`
	// Event is the event if it is short, and Body names it. Older versions kept neither.
	Event json.RawMessage  `json:"event,omitempty"`
	Body  *shipbell.Chunks `json:"body,omitempty"`
	// Burst names the burst that the event is one of. Members are set in the receipt of
	// the burst's event once its deliveries are decided; Event is theirs together.
	Burst   *burstRef `json:"burst,omitempty"`
	Members []string  `json:"members,omitempty"`
}

func eventPartition(registry, id string) string {
	return "event/" + registry + "/" + shipbell.EventIDKey(id)
}

func receiptKey(registry, id string) platform.Key {
	return platform.Key{Partition: eventPartition(registry, id), Sort: "receipt"}
}

// ids are the deliveries that were made at the first receipt.
func (s *Store) ids(ctx context.Context, partition string, r *receipt) ([]shipbell.DeliveryID, error) {
	if r.List == nil {
		return r.Deliveries, nil
	}
	data, err := s.getChunks(ctx, partition, listKind, *r.List)
	if err != nil {
		return nil, err
	}
	var ids []shipbell.DeliveryID
	if err := json.Unmarshal(data, &ids); err != nil {
		return nil, fmt.Errorf("decode the deliveries of %s: %w", partition, err)
	}
	return ids, nil
}

// keepBody keeps an event beside its receipt, or in it if it is short, and answers how
// many bytes it has.
func (s *Store) keepBody(ctx context.Context, partition string, r *receipt, e *shipbell.Event, expires time.Time) (size int, err error) {
	data, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	if len(data) <= inReceipt {
		r.Event, r.Body = data, &shipbell.Chunks{Hash: hashOf(data)}
		return len(data), nil
	}
	body, err := s.putChunks(ctx, partition, bodyKind, data, expires)
	r.Body = &body
	return len(data), err
}

// LoadEvent reads what the delivery's Event leaves out and sets Whole. It is a NotFound
// error if the event is not kept any more or is damaged.
func (s *Store) LoadEvent(ctx context.Context, d *shipbell.Delivery) error {
	if d.Excerpt == nil || d.Whole != nil {
		return nil
	}
	whole, err := s.wholeEvent(ctx, d)
	if errors.Is(err, errMissing) {
		return shipbell.Wrap(shipbell.NotFound, err, text.EventExpired)
	}
	if err != nil {
		return err
	}
	d.Whole = whole
	return nil
}

func (s *Store) wholeEvent(ctx context.Context, d *shipbell.Delivery) (*shipbell.Event, error) {
	if d.Excerpt.Body == nil {
		stored, err := s.delivery(ctx, d.Registry, d.ID)
		if err != nil {
			return nil, err
		}
		if stored.Excerpt != nil { // it was moved since
			return s.wholeEvent(ctx, &stored)
		}
		return &stored.Event, nil
	}
	partition := eventPartition(d.Registry, d.Event.ID)
	e, err := s.event(ctx, partition, *d.Excerpt.Body)
	if err != nil {
		return nil, err
	}
	picked := d.Excerpt.Picked
	if d.Excerpt.PickedIn != nil {
		data, err := s.getChunks(ctx, partition, pickedKind, *d.Excerpt.PickedIn)
		if err != nil {
			return nil, err
		}
		picked = string(data)
	}
	whole := *e
	if whole.Resources, err = shipbell.Unpick(e.Resources, picked); err != nil {
		return nil, fmt.Errorf("event %s: %w: %w", e.ID, errMissing, err)
	}
	return &whole, nil
}

// event reads an event, from memory if a delivery of it was read or made lately. It must
// not be changed.
func (s *Store) event(ctx context.Context, partition string, body shipbell.Chunks) (*shipbell.Event, error) {
	key := eventCacheKey(partition, body)
	if e, found := s.events.get(key); found {
		return e, nil
	}
	data, err := s.eventBytes(ctx, partition, body)
	if err != nil {
		return nil, err
	}
	e := new(shipbell.Event)
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("decode %s: %w: %w", partition, errMissing, err)
	}
	s.events.put(key, e, len(data))
	return e, nil
}

func eventCacheKey(partition string, body shipbell.Chunks) string {
	return partition + "\x00" + body.Hash
}

func (s *Store) eventBytes(ctx context.Context, partition string, body shipbell.Chunks) ([]byte, error) {
	if body.Count > 0 {
		return s.getChunks(ctx, partition, bodyKind, body)
	}
	var r receipt
	_, found, err := s.get(ctx, platform.Key{Partition: partition, Sort: "receipt"}, &r)
	if err != nil && !found {
		return nil, err
	}
	if err != nil || !found || hashOf(r.Event) != body.Hash {
		return nil, fmt.Errorf("read the event of %s: %w", partition, errMissing)
	}
	return r.Event, nil
}
