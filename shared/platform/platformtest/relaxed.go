package platformtest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
)

// relaxed writes beside others, in one call and in calls at once: none is answered
// otherwise for it.
func relaxed(t *testing.T, kv platform.KV) {
	write := func(sort, value string, condition platform.Condition) platform.Write {
		w := put(sort, value, condition)
		w.Relaxed = true
		return w
	}
	mustWrite(t, kv, put("a", "1", platform.Absent), write("b", "1", platform.Absent))
	if errs := kv.Write(t.Context(), write("a", "2", platform.AtVersion(1)), write("b", "x", platform.Absent)); !slices.Equal(errs, []error{nil, platform.ErrConflict}) {
		t.Fatalf("relaxed writes: %v", errs)
	}
	mustWrite(t, kv, put("b", "2", platform.AtVersion(1)))
	for sort, version := range map[string]int64{"a": 2, "b": 2} {
		if got := mustGet(t, kv, sort); string(got.Value) != "2" || got.Version != version {
			t.Errorf("item %s is %q at %d", sort, got.Value, got.Version)
		}
	}
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			w := put(fmt.Sprint("c", i), "1", platform.Absent)
			w.Relaxed = i%2 == 0
			if err := kv.Write(t.Context(), w)[0]; err != nil {
				t.Error(err)
			} else if got := mustGet(t, kv, w.Item.Sort); got.Version != 1 {
				t.Errorf("item %s is at %d after its write was answered", w.Item.Sort, got.Version)
			}
		})
	}
	all.Wait()
}
