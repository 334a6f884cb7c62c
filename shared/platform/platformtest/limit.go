package platformtest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
)

// tooLarge writes values at the limit, which are kept, and one byte beyond it, which are
// refused before anything that depends on them is written.
func tooLarge(t *testing.T, kv platform.KV) {
	items := platform.NewItems(kv)
	atLimit, beyond := bytes.Repeat([]byte("v"), platform.MaxValue), bytes.Repeat([]byte("v"), platform.MaxValue+1)
	write := func(sort string, value []byte, guarded bool) platform.Write {
		return platform.Write{Item: platform.Item{Key: key(sort), Value: value}, If: platform.Absent, Guarded: guarded}
	}
	if err := platform.First(items.Write(t.Context(), write("a", atLimit, false))); err != nil {
		t.Fatal(err)
	}
	if got := mustGet(t, kv, "a"); !bytes.Equal(got.Value, atLimit) {
		t.Errorf("%d bytes came back as %d", len(atLimit), len(got.Value))
	}
	for name, test := range map[string]struct {
		writes []platform.Write
		want   []error
	}{
		"the first of guarded writes": {
			[]platform.Write{write("first", beyond, false), write("second", nil, true)}, []error{platform.ErrTooLarge, platform.ErrSkipped},
		},
		"a guarded write": {
			[]platform.Write{write("first", nil, false), write("second", beyond, true)}, []error{platform.ErrSkipped, platform.ErrTooLarge},
		},
	} {
		for i, err := range items.Write(t.Context(), test.writes...) {
			if !errors.Is(err, test.want[i]) {
				t.Errorf("%s: write %d gives %v, want %v", name, i, err, test.want[i])
			}
			if got := mustGet(t, kv, test.writes[i].Item.Sort); got.Version != 0 {
				t.Errorf("%s: write %d was done", name, i)
			}
		}
	}
	errs := items.Write(t.Context(), write("other", nil, false), write("large", beyond, false), write("third", nil, false))
	if errs[0] != nil || !errors.Is(errs[1], platform.ErrTooLarge) || errs[2] != nil {
		t.Errorf("writes that do not depend on each other give %v", errs)
	}
}
