package ignored

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/text"
)

// Refusal is why requests were refused at the address of a registry's events, and when the
// last one was, give or take a minute.
type Refusal struct {
	At     time.Time    `json:"at"`
	Status int          `json:"status"`
	Reason text.Message `json:"reason"`
}

const (
	// refuseEvery bounds what refused requests cost: for each registry and reason a process
	// looks at most once in this time, and writes only if no other has written within it.
	refuseEvery = time.Minute
	// listEvery is how often the names of registries are read for a name that is not among
	// those known: whoever makes up names causes no more reads.
	listEvery = 10 * time.Second
	// refusalKept is how long a refusal is remembered after the last of its kind.
	refusalKept = 7 * 24 * time.Hour

	maxRefusals = 20
)

// Refusals remembers why requests were refused. Whoever sends them needs no access key, so
// what it keeps and what it costs is bounded by the number of registries and reasons. It
// promises nothing. It may be used from many goroutines.
type Refusals struct {
	items      platform.Items
	now        func() time.Time
	registries func(context.Context) ([]string, error)

	mu     sync.Mutex
	known  map[string]bool
	listed time.Time
	looked map[platform.Key]time.Time
}

// NewRefusals makes Refusals over the items of a key-value store. registries lists the ids
// of those that there are.
func NewRefusals(items platform.Items, now func() time.Time, registries func(context.Context) ([]string, error)) *Refusals {
	return &Refusals{items: items, now: now, registries: registries, looked: map[platform.Key]time.Time{}}
}

func refusalPartition(registry string) string { return "refused/" + registry }

// Add remembers that a request was refused now. The reason must be one of a few codes, and
// its arguments may hold nothing that the request says: they are shown to people. Nothing
// is kept for a registry that is not there.
func (f *Refusals) Add(ctx context.Context, registry string, status int, reason text.Message) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	now := f.now().UTC()
	key := platform.Key{Partition: refusalPartition(registry), Sort: string(reason.Code)}
	if there, err := f.there(ctx, registry, now); err != nil || !there || !f.due(key, now) {
		return err
	}
	items, err := f.items.Get(ctx, key)
	if err != nil {
		return err
	}
	var last Refusal
	if json.Unmarshal(items[0].Value, &last) == nil && last.At.Sub(now).Abs() < refuseEvery {
		return nil
	}
	value, err := json.Marshal(Refusal{At: now, Status: status, Reason: reason})
	if err != nil {
		return fmt.Errorf("encode a refusal of registry %s: %w", registry, err)
	}
	err = platform.First(f.items.Write(ctx, platform.Write{
		Item: platform.Item{Key: key, Value: value, Expires: now.Add(refusalKept)}, If: platform.Condition(items[0].Version),
	}))
	if errors.Is(err, platform.ErrConflict) {
		return nil // another process was first
	}
	return err
}

// there reports whether a registry is there, as far as is known.
func (f *Refusals) there(ctx context.Context, registry string, now time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known[registry] || !f.listed.IsZero() && now.Sub(f.listed).Abs() < listEvery {
		return f.known[registry], nil
	}
	f.listed = now
	ids, err := f.registries(ctx)
	if err != nil {
		return false, err
	}
	f.known = make(map[string]bool, len(ids))
	for _, id := range ids {
		f.known[id] = true
	}
	return f.known[registry], nil
}

// due reports whether it is time to look at a refusal again.
func (f *Refusals) due(key platform.Key, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last, found := f.looked[key]; found && now.Sub(last).Abs() < refuseEvery {
		return false
	}
	f.looked[key] = now
	return true
}

// List answers the refusals of a registry in the last seven days, the newest first. It
// takes one read.
func (f *Refusals) List(ctx context.Context, registry string) ([]Refusal, error) {
	items, err := f.items.Range(ctx, platform.Range{Partition: refusalPartition(registry), Limit: maxRefusals})
	if err != nil {
		return nil, err
	}
	var list []Refusal
	for _, item := range items {
		var one Refusal
		if json.Unmarshal(item.Value, &one) == nil { // one that is damaged is written again
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b Refusal) int { return b.At.Compare(a.At) })
	return list, nil
}
