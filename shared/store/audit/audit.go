// Package audit keeps who changed what of a registry, as long as deliveries are kept.
package audit

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// Action is what was done.
type Action string

// The actions.
const (
	TriggerCreated        Action = "trigger.created"
	TriggerChanged        Action = "trigger.changed"
	TriggerEnabled        Action = "trigger.enabled"
	TriggerDisabled       Action = "trigger.disabled"
	TriggerDeleted        Action = "trigger.deleted"
	DeliveryRedelivered   Action = "delivery.redelivered"
	DeliveriesRedelivered Action = "deliveries.redelivered"
	DeliveriesCleared     Action = "deliveries.cleared"
	EventsReplayed        Action = "events.replayed"
	TargetResumed         Action = "target.resumed"
	TargetPaused          Action = "target.paused"
	RecordDropped         Action = "record.dropped"
	RegistryCreated       Action = "registry.created"
	RegistryChanged       Action = "registry.changed"
	RegistryDeleted       Action = "registry.deleted"
	KeyCreated            Action = "key.created"
	KeyDeleted            Action = "key.deleted"
	// Unreadable is an entry whose record cannot be read. Only its time is known.
	Unreadable Action = "unreadable"
)

// Itself is the key of what Shipbell did of its own accord. No access key has this id.
const Itself = "shipbell"

// Entry is one change that somebody made.
type Entry struct {
	// ID sorts by time.
	ID string `json:"-"`
	// At is when it was made.
	At time.Time `json:"at"`
	// Key is the id of the access key that made it; "" for whoever rules the platform,
	// Itself for Shipbell.
	Key    string `json:"key"`
	Action Action `json:"action"`
	// Object is what was changed: the number of a trigger, or the id of a delivery, a
	// registry, an access key or a damaged record, or TRIGGER/TARGET; "" for many
	// deliveries.
	Object string `json:"object"`
	// Name is the name of a trigger.
	Name string `json:"name,omitempty"`
	// Count is how many deliveries were sent again, cleared, or made of kept events.
	Count int `json:"count,omitempty"`
	// Changes are the fields that differ, secrets masked.
	Changes []Change `json:"changes,omitempty"`
}

// Change is a field before and after, each as JSON; null where there was none.
type Change struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	// Secret tells that secrets in it differ, which look the same.
	Secret bool `json:"secret,omitempty"`
}

// Everywhere is the registry of changes that concern all registries.
const Everywhere = ""

// Log is the log of changes.
type Log struct {
	items     platform.Items
	retention time.Duration
}

// New makes a log over the items of a key-value store, which keeps entries for a time.
func New(items platform.Items, retention time.Duration) *Log {
	return &Log{items: items, retention: retention}
}

func partition(registry string) string { return "audit/" + registry }

// layout makes ids that sort by time.
const layout = "20060102T150405.000000000"

// Add keeps an entry for each of some registries, or for all with Everywhere.
func (l *Log) Add(ctx context.Context, e Entry, registries ...string) error {
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode the change %s: %w", e.Action, err)
	}
	id := e.At.UTC().Format(layout) + "-" + rand.Text()[:10]
	writes := make([]platform.Write, len(registries))
	for i, registry := range registries {
		writes[i] = platform.Write{If: platform.Absent, Item: platform.Item{
			Key: platform.Key{Partition: partition(registry), Sort: id}, Value: value, Expires: e.At.Add(l.retention),
		}}
	}
	return platform.First(l.items.Write(ctx, writes...))
}

// List answers at most limit entries of some registries, the newest first: those before
// an id, or the newest of all if it is "".
func (l *Log) List(ctx context.Context, before string, limit int, registries ...string) ([]Entry, error) {
	var entries []Entry
	for _, registry := range registries {
		items, err := l.items.Range(ctx, platform.Range{Partition: partition(registry), To: before, Descending: true, Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			entries = append(entries, read(item))
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(b.ID, a.ID) })
	return entries[:min(len(entries), limit)], nil
}

// read reads an entry. One that is damaged stays in the list, in its place.
func read(item platform.Item) Entry {
	e := Entry{ID: item.Sort}
	if item.Damage == nil && json.Unmarshal(item.Value, &e) == nil {
		return e
	}
	moment, _, _ := strings.Cut(item.Sort, "-")
	at, _ := time.Parse(layout, moment) // ids are made by Add
	return Entry{ID: item.Sort, At: at, Action: Unreadable}
}
