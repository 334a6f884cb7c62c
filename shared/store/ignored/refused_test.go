package ignored_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/ignored"
	"github.com/shipbell/shipbell/shared/text"
)

func (b *bench) refuse(s *store.Store, status int, code text.Code) {
	b.T.Helper()
	if err := s.Refusals().Add(b.T.Context(), "default", status, text.New(code)); err != nil {
		b.T.Fatal(err)
	}
}

func (b *bench) refusals() []ignored.Refusal {
	b.T.Helper()
	list, err := b.Over(b.KV).Refusals().List(b.T.Context(), "default")
	if err != nil {
		b.T.Fatal(err)
	}
	return list
}

// TestRefusals keeps one record for each reason, with the time of the last minute in which
// a request was refused for it, and writes once a minute, however many processes refuse.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	start := b.Clock.Now()
	others := []*store.Store{b.Over(b.KV), b.Over(b.KV), b.Over(b.KV)}
	for range 20 {
		for _, one := range others {
			b.refuse(one, 401, text.KeyRequired)
		}
		b.Clock.Pass(time.Second)
	}
	b.refuse(b.Store, 413, text.BodyTooLarge)
	want := []ignored.Refusal{
		{At: start.Add(20 * time.Second), Status: 413, Reason: text.New(text.BodyTooLarge)},
		{At: start, Status: 401, Reason: text.New(text.KeyRequired)},
	}
	if diff := cmp.Diff(want, b.refusals()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	items, err := b.KV.Range(t.Context(), platform.Range{Partition: "refused/default", Limit: 10})
	if err != nil || len(items) != 2 || items[0].Version+items[1].Version != 2 {
		t.Errorf("%d records, written more than once: %+v, %v", len(items), items, err)
	}
	b.Clock.Pass(time.Minute)
	b.refuse(others[0], 401, text.KeyRequired)
	if got := b.refusals()[0]; got.Status != 401 || !got.At.Equal(b.Clock.Now()) {
		t.Errorf("after a minute the last is %+v", got)
	}
	b.Clock.Pass(7 * 24 * time.Hour)
	if got := b.refusals(); len(got) != 0 {
		t.Errorf("after a week: %+v", got)
	}
}

// TestRefusalsAhead takes no time of the future for one within the last minute.
func TestRefusalsAhead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Clock.Pass(3 * time.Hour)
	b.refuse(b.Over(b.KV), 401, text.KeyRequired)
	b.Clock.Pass(-3 * time.Hour)
	b.refuse(b.Over(b.KV), 401, text.KeyRequired)
	if got := b.refusals()[0]; !got.At.Equal(b.Clock.Now()) {
		t.Errorf("it is of %v, want %v", got.At, b.Clock.Now())
	}
}

// TestRefusalsDamaged leaves out a record that cannot be read, until it is written again.
func TestRefusalsDamaged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	broken := platform.Item{Key: platform.Key{Partition: "refused/default", Sort: string(text.KeyRequired)}, Value: []byte(`{`)}
	if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: broken, If: platform.Always})); err != nil {
		t.Fatal(err)
	}
	if got := b.refusals(); len(got) != 0 {
		t.Errorf("the damaged record is %+v", got)
	}
	b.refuse(b.Store, 401, text.KeyRequired)
	if got := b.refusals(); len(got) != 1 {
		t.Errorf("written again it is %+v", got)
	}
}
