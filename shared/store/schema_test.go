package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestSchemaVersion opens stores of several versions: one from before there was a version,
// and one whose version is damaged, are taken; one that is not known is neither read nor
// written.
func TestSchemaVersion(t *testing.T) {
	t.Parallel()
	key := platform.Key{Partition: "start", Sort: "schema"}
	calls := map[string]func(platform.KV) error{
		"Get": func(kv platform.KV) error {
			_, err := kv.Get(context.Background(), platform.Key{Partition: "registry", Sort: "default"})
			return err
		},
		"Range": func(kv platform.KV) error {
			_, err := kv.Range(context.Background(), platform.Range{Partition: "registry", Limit: 1})
			return err
		},
		"Due": func(kv platform.KV) error {
			_, err := kv.Due(context.Background(), time.Time{}, time.Now(), 1)
			return err
		},
		"Write": func(kv platform.KV) error {
			return platform.First(kv.Write(context.Background(),
				platform.Write{Item: platform.Item{Key: platform.Key{Partition: "a", Sort: "b"}, Value: []byte("{}")}, If: platform.Always}))
		},
	}
	for value, refused := range map[string]bool{"": false, "0": false, "1": false, "{": false, "2": true, "99": true, "-1": true} {
		for name, call := range calls {
			b := newBench(t)
			if value != "" {
				if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: platform.Item{Key: key, Value: []byte(value)}, If: platform.Always})); err != nil {
					t.Fatal(err)
				}
			}
			var seen []string
			checked := store.NewChecked(storetest.Hooked{KV: b.KV, Before: func(method string, partitions ...string) {
				seen = append(seen, method+" "+strings.Join(partitions, " "))
			}})
			err := call(checked)
			if refused {
				if err == nil || !strings.Contains(err.Error(), "the store has schema version "+value+", and this version of Shipbell knows those up to 1") || len(seen) != 1 {
					t.Errorf("version %q, %s: %v, after the calls %q", value, name, err, seen)
				}
				continue
			}
			if err != nil {
				t.Errorf("version %q, %s: %v", value, name, err)
			}
			if err := call(checked); err != nil || slices.Index(seen, "Get start") != 0 || slices.Contains(seen[1:], "Get start") {
				t.Errorf("version %q, %s: the calls were %q: %v", value, name, seen, err)
			}
		}
	}
}

// TestSchemaVersionLater asks a store that does not answer at first.
func TestSchemaVersionLater(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	kv := &away{KV: b.KV, gone: true}
	s := b.Over(store.NewChecked(kv))
	if _, err := s.Registry(t.Context(), "default"); shipbell.KindOf(err) != shipbell.Unavailable {
		t.Errorf("while it is away: %v", err)
	}
	kv.gone = false
	if _, err := s.Registry(t.Context(), "default"); err != nil {
		t.Error(err)
	}
}

// away is a key-value store that cannot be read while it is gone.
type away struct {
	platform.KV
	gone bool
}

func (a *away) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if a.gone {
		return nil, context.DeadlineExceeded
	}
	return a.KV.Get(ctx, keys...)
}
