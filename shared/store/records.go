package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/setaside"
	"github.com/shipbell/shipbell/shared/text"
)

// SetAside lists the damaged records that were found, at most setaside.Max.
func (s *Store) SetAside(ctx context.Context) ([]shipbell.DamagedRecord, error) {
	return s.aside.List(ctx)
}

// registryOf is the registry that a record belongs to, or "" if it belongs to none.
func registryOf(key platform.Key) string {
	kind, rest, _ := strings.Cut(key.Partition, "/")
	if kind == registryPartition || kind == sweepPartition {
		return key.Sort
	}
	registry, _, _ := strings.Cut(rest, "/")
	return registry
}

// Check reads at most limit records, those of the partitions that wanted names, and sets
// aside what is damaged. after is where the last check ended, or "" to begin. next is
// where this one did, or "" at the end.
func (s *Store) Check(ctx context.Context, after string, limit int, wanted func(registry string) bool) (checked int, next string, err error) {
	partitions, err := s.partitions(ctx, wanted)
	if err != nil {
		return 0, "", err
	}
	from, sort, resumed := strings.Cut(after, "\x00")
	for _, partition := range partitions {
		if resumed && partition != from {
			continue
		}
		r := platform.Range{Partition: partition, Spread: isDelivery(partition), Limit: limit - checked}
		if resumed {
			r.From, resumed = sort+"\x00", false
		}
		items, err := s.items.Range(ctx, r)
		if err != nil {
			return checked, "", err
		}
		for _, item := range items {
			item.Spread = r.Spread
			if err := readable(item); err != nil {
				s.setAside(ctx, setaside.Name(item), item, err)
			}
		}
		if checked += len(items); len(items) == r.Limit {
			return checked, partition + "\x00" + items[len(items)-1].Sort, nil
		}
	}
	return checked, "", nil
}

// partitions lists those that hold records of this store: those of no registry, for
// which wanted is asked with "", and those of each registry, deleted and damaged ones too.
func (s *Store) partitions(ctx context.Context, wanted func(registry string) bool) (all []string, err error) {
	if wanted("") {
		all = append(all, registryPartition, accessKeyPartition, sweepPartition, clockKey().Partition, startPartition)
	}
	for item, err := range s.items.Each(ctx, platform.Range{Partition: registryPartition}) {
		if err != nil {
			return nil, err
		}
		if id := item.Sort; wanted(id) {
			all = append(all, triggerPartition(id), namePartition(id), deliveryPartition(id))
		}
	}
	return all, nil
}

// readable says why a record cannot be read, or nil.
func readable(item platform.Item) error {
	if item.Damage != nil {
		return item.Damage
	}
	kind, _, _ := strings.Cut(item.Partition, "/")
	if kind == "event" && item.Sort != "receipt" {
		return nil // a chunk, which its hash proves when it is read
	}
	value, known := map[string]any{
		registryPartition: &storedRegistry{}, accessKeyPartition: &storedKey{}, "trigger": &storedTrigger{}, "trigger-name": &nameRecord{},
		"delivery": &storedRow{}, "event": &receipt{}, "burst": &burst{}, sweepPartition: &Checkpoint{}, clockKey().Partition: &latestClock{}, startPartition: new(any),
	}[kind]
	if !known {
		return nil // its readers do without it
	}
	err := json.Unmarshal(item.Value, value)
	if row, is := value.(*storedRow); is && err == nil {
		err = row.expand()
	}
	return err
}

// DropSetAside deletes a record that was set aside: its copy, and the record itself if it
// still cannot be read. It gives a NotFound error if none has the name. A registry that
// is dropped counts as deleted, and a new one of its id keeps its triggers.
func (s *Store) DropSetAside(ctx context.Context, record shipbell.DamagedRecord) error {
	key := platform.Key{Partition: record.Partition, Sort: record.Sort, Spread: isDelivery(record.Partition)}
	if key.Sort != "" { // the description was readable
		items, err := s.items.Get(ctx, key)
		if err != nil {
			return err
		}
		if item := items[0]; item.Version != 0 && readable(item) != nil {
			if err := s.drop(ctx, item); err != nil {
				return fmt.Errorf("drop %s: %w", record.Name, err)
			}
		}
	}
	return s.aside.Remove(ctx, record.Name)
}

// SetAsideNamed reads what was set aside under a name, or gives a NotFound error.
func (s *Store) SetAsideNamed(ctx context.Context, name string) (shipbell.DamagedRecord, error) {
	record, found, err := s.aside.Get(ctx, name)
	if err == nil && !found {
		err = shipbell.NewError(shipbell.NotFound, text.RecordUnknown, name)
	}
	return record, err
}

// drop deletes a damaged record, if nobody has changed it since it was read.
func (s *Store) drop(ctx context.Context, item platform.Item) error {
	kind, registry, _ := strings.Cut(item.Partition, "/")
	w := platform.Write{Item: platform.Item{Key: item.Key}, If: platform.Condition(item.Version), Delete: true}
	var err error
	switch kind {
	case registryPartition:
		w.Delete = false
		w.Item.Value, err = s.numbersOnly(ctx, item.Sort)
	case "trigger-name":
		w.Item.Value, err = s.ownerOf(ctx, registry, item.Sort)
		w.Delete = w.Item.Value == nil
	}
	if err != nil {
		return err
	}
	if kind == "trigger" {
		err = s.change(ctx, registry, w) // its deliveries are to end
	} else {
		err = s.write(ctx, w)
	}
	if errors.Is(err, platform.ErrConflict) {
		return unavailable(err)
	}
	return err
}

// skippedNumbers is how far beyond the highest stored trigger the numbers of a registry
// go on whose record was lost: further than any that were deleted.
const skippedNumbers = 1_000_000

// numbersOnly is the record of a deleted registry whose numbers have not been given
// before.
func (s *Store) numbersOnly(ctx context.Context, registry string) ([]byte, error) {
	last, err := s.items.Range(ctx, platform.Range{Partition: triggerPartition(registry), Descending: true, Limit: 1})
	if err != nil {
		return nil, err
	}
	r := storedRegistry{Registry: shipbell.Registry{ID: registry}, Deleted: true, LastTrigger: skippedNumbers}
	if len(last) > 0 {
		r.LastTrigger = min(triggerIDOf(last[0].Key), shipbell.MaxID-skippedNumbers) + skippedNumbers
	}
	return json.Marshal(r)
}

// ownerOf is the record of a name that one of the registry's triggers has, or nil if none
// has it.
func (s *Store) ownerOf(ctx context.Context, registry, name string) ([]byte, error) {
	for item, err := range s.items.Each(ctx, platform.Range{Partition: triggerPartition(registry)}) {
		if err != nil {
			return nil, err
		}
		var t storedTrigger
		if json.Unmarshal(item.Value, &t) == nil && t.Name == name {
			return json.Marshal(nameRecord{ID: triggerIDOf(item.Key), TakenAt: s.o.Now().UTC()})
		}
	}
	return nil, nil
}
