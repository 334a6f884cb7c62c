// Package setaside keeps copies of records that cannot be read, for the people who
// repair them: the bytes as they were found, where they were found, and why they cannot
// be read. The record itself stays in its place, where no condition takes it for absent,
// and leaves the due index, so that nothing comes back to it. Only Remove deletes a copy.
package setaside

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	// Max is how many records are kept. What is found beyond stays in its place, and is
	// logged without a copy.
	Max = 1000
	// maxValue is how many bytes of a record are kept: as many as an item can hold.
	maxValue = 256 << 10
	maxWhy   = 256

	recordPartition = "set-aside"
	valuePartition  = "set-aside-value"
)

// Records is what was set aside in one key-value store.
type Records struct {
	items platform.Items
	now   func() time.Time
}

// New makes Records over the items of a key-value store.
func New(items platform.Items, now func() time.Time) *Records { return &Records{items, now} }

// Name is the name of a record with the bytes that it has: its kind, and a hash of its
// place and its bytes.
func Name(item platform.Item) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00", item.Partition, item.Sort)
	h.Write(item.Value)
	return kindOf(item) + "-" + hex.EncodeToString(h.Sum(nil)[:6])
}

// kindOf is the first segment of a record's partition.
func kindOf(item platform.Item) string {
	kind, _, _ := strings.Cut(item.Partition, "/")
	return kind
}

func recordKey(name string) platform.Key {
	return platform.Key{Partition: recordPartition, Sort: name}
}

func valueKey(name string) platform.Key {
	return platform.Key{Partition: valuePartition, Sort: name}
}

// Keep copies a record of a registry, or of none, aside, unless it is there already or
// Max are, and then takes the record out of the due index. Both are conditional: a record that was changed since it
// was read stays as it is. kept is false if there are too many.
//
// A store that could not read what it keeps beside the record's bytes gets them back
// under a new version. recheck makes such a record due now, because its bytes may be
// sound and somebody may have to act on it.
func (r *Records) Keep(ctx context.Context, item platform.Item, registry string, why error, recheck bool) (kept bool, err error) {
	if kept, err = r.copy(ctx, item, registry, why); err != nil {
		return kept, err
	}
	same := platform.Item{Key: item.Key, Value: item.Value, Expires: item.Expires}
	switch {
	case item.Damage != nil && recheck:
		same.Due = r.now()
	case item.Damage == nil && item.Due.IsZero():
		return kept, nil
	}
	err = r.items.Write(ctx, platform.Write{Item: same, If: platform.Condition(item.Version)})[0]
	if errors.Is(err, platform.ErrConflict) {
		return kept, nil
	}
	return kept, err
}

// copy writes the bytes of a record and its description.
func (r *Records) copy(ctx context.Context, item platform.Item, registry string, why error) (kept bool, err error) {
	name := Name(item)
	there, err := r.items.Range(ctx, platform.Range{Partition: recordPartition, Limit: Max})
	if err != nil {
		return false, err
	}
	for _, one := range there {
		if one.Sort == name {
			return true, nil
		}
	}
	if len(there) == Max {
		return false, nil
	}
	text := why.Error()
	description, err := json.Marshal(shipbell.DamagedRecord{
		Kind: kindOf(item), Registry: registry, Partition: item.Partition, Sort: item.Sort, Size: len(item.Value),
		FirstSeen: r.now().UTC().Truncate(time.Millisecond), Why: strings.ToValidUTF8(text[:min(len(text), maxWhy)], ""),
	})
	if err != nil {
		return false, fmt.Errorf("describe the record %s %s: %w", item.Partition, item.Sort, err)
	}
	value := item.Value[:min(len(item.Value), maxValue)]
	// The description goes last: what is listed has its bytes.
	for _, w := range []platform.Item{{Key: valueKey(name), Value: value}, {Key: recordKey(name), Value: description}} {
		err := r.items.Write(ctx, platform.Write{Item: w, If: platform.Absent})[0]
		if err != nil && !errors.Is(err, platform.ErrConflict) {
			return false, err
		}
	}
	return true, nil
}

// List reads all records, in the order of their names, so that those of a kind are
// together.
func (r *Records) List(ctx context.Context) ([]shipbell.DamagedRecord, error) {
	items, err := r.items.Range(ctx, platform.Range{Partition: recordPartition, Limit: Max})
	records := make([]shipbell.DamagedRecord, len(items))
	for i, item := range items {
		records[i] = read(item)
	}
	return records, err
}

// Get reads one record; found is false if none has the name.
func (r *Records) Get(ctx context.Context, name string) (record shipbell.DamagedRecord, found bool, err error) {
	items, err := r.items.Get(ctx, recordKey(name))
	if err != nil || items[0].Version == 0 {
		return shipbell.DamagedRecord{}, false, err
	}
	return read(items[0]), true, nil
}

// read reads a description. One that is damaged itself has its name alone.
func read(item platform.Item) shipbell.DamagedRecord {
	record := shipbell.DamagedRecord{Name: item.Sort}
	if err := json.Unmarshal(item.Value, &record); err != nil {
		return shipbell.DamagedRecord{Name: item.Sort, Why: "its description cannot be read: " + err.Error()}
	}
	return record
}

// Remove deletes the copy of a record and its description, and nothing else.
func (r *Records) Remove(ctx context.Context, name string) error {
	return platform.First(r.items.Write(ctx,
		platform.Write{Item: platform.Item{Key: recordKey(name)}, If: platform.Always, Delete: true},
		platform.Write{Item: platform.Item{Key: valueKey(name)}, If: platform.Always, Delete: true}))
}
