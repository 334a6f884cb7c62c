package sweep_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// measured notes the most bytes that one call answered.
type measured struct {
	platform.KV
	most *atomic.Int64
}

func (m measured) note(items []platform.Item) {
	bytes := int64(0)
	for _, item := range items {
		bytes += int64(len(item.Value))
	}
	for most := m.most.Load(); bytes > most && !m.most.CompareAndSwap(most, bytes); most = m.most.Load() {
	}
}

func (m measured) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	items, err := m.KV.Get(ctx, keys...)
	m.note(items)
	return items, err
}

func (m measured) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	items, err := m.KV.Range(ctx, r)
	m.note(items)
	return items, err
}

// TestRefillIsBoundedInBytes starts on a backlog of large deliveries: no call of the store
// answers more than a few MiB, in whichever way the deliveries are found.
func TestRefillIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		all := b.accept(40)
		for i := range all {
			all[i].Event.Resources = []shipbell.Resource{{Tag: strings.Repeat("a", 200<<10)}}
			b.save(&all[i])
		}
		var most atomic.Int64
		refill := b.deps
		refill.Store, refill.Refill = b.over(measured{b.kv, &most}), true
		for _, step := range []string{"new deliveries", "deliveries that are due"} {
			if woken := b.sweep(refill); len(woken) != len(all) {
				t.Errorf("%s: %d of %d were woken", step, len(woken), len(all))
			}
			if got := most.Load(); got > 5<<20 {
				t.Errorf("%s: a call answered %d bytes", step, got)
			}
			time.Sleep(store.Grace)
		}
	})
}
