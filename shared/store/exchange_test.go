package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestWhatWasSeenOfAttempts is read as it was recorded, of the first failed attempt and of the
// last, and makes no row that is written again longer than a KiB.
func TestWhatWasSeenOfAttempts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all, _, err := storetest.Accept(t.Context(), b.Store, "default", storetest.Event("event"), storetest.Fires(1, 1))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d deliveries, %v", len(all), err)
	}
	d := all[0]
	seen := func(n int64) *shipbell.Exchange {
		return &shipbell.Exchange{
			Remote: "[2001:db8::1]:8443", DNSMS: n, ConnectMS: 2, TLSMS: 3, FirstByteMS: 4, RequestBytes: 390, AnswerBytes: 1000,
			Header: []shipbell.HeaderLine{{"Content-Type", "text/html"}, {"X-Long", strings.Repeat("a", 256)}},
		}
	}
	kv := &sizes{KV: b.KV}
	s := b.Over(kv)
	wait := shipbell.Schedule{time.Second, time.Second, time.Second}
	for n := range int64(3) {
		d.Claim(b.Clock.Now(), b.Clock.Now().Add(time.Minute), wait)
		d.Record(b.Clock.Now(), shipbell.Outcome{
			StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: strings.Repeat("x", 900) + string(rune('a'+n)), Exchange: seen(n),
		}, wait, 0)
		if saved, err := s.Save(t.Context(), &d); err != nil || !saved {
			t.Fatalf("saved %t, %v", saved, err)
		}
		b.Clock.Pass(2 * time.Second)
	}
	got, err := b.Over(b.KV).Delivery(t.Context(), "default", d.ID)
	if err != nil || len(got.Attempts) != 3 {
		t.Fatalf("%d attempts, %v", len(got.Attempts), err)
	}
	if diff := cmp.Diff([]*shipbell.Exchange{seen(0), nil, seen(2)}, []*shipbell.Exchange{got.Attempts[0].Exchange, got.Attempts[1].Exchange, got.Attempts[2].Exchange}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	item, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(d.ID)})
	if err != nil || len(item[0].Value) > 1024 {
		t.Errorf("a row of %d bytes, %v", len(item[0].Value), err)
	}
	if !strings.HasSuffix(got.Attempts[2].Response, "xc") {
		t.Errorf("the last answer is %q", got.Attempts[2].Response)
	}
}
