package sweep_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// registries makes n registries, of which the last one in order is the last one made.
func (b *bench) registries(n int) (last string) {
	b.t.Helper()
	for i := range n {
		last = fmt.Sprintf("r%03d", i)
		if _, _, err := b.store.PutRegistry(b.t.Context(), shipbell.Registry{ID: last, Host: "reg.example.com"}); err != nil {
			b.t.Fatal(err)
		}
	}
	return last
}

// looked tells how many of some registries were looked at, and whether the last one was.
func (b *bench) looked(n int) (count int, last bool) {
	b.t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("r%03d", i))
	}
	_, checkpoints, err := b.store.SweepPlace(b.t.Context(), ids...)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range checkpoints {
		if last = !c.At.IsZero(); last {
			count++
		}
	}
	return count, last
}

// TestLastOfManyRegistries has more registries than one call can look at, as each read and
// write takes half a second: the next call goes on where the last one left off, and both
// tell of it.
func TestLastOfManyRegistries(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		const registries = 501
		b.registries(registries)
		var log bytes.Buffer
		var results []sweep.Result
		deps := b.deps
		deps.Store = b.over(slow{b.kv, 500 * time.Millisecond})
		deps.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		looks := sweep.NewSweep(deps)
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
			result, err := looks(ctx)
			if err != nil {
				t.Error(err)
			}
			results = append(results, result)
			cancel()
			time.Sleep(20 * time.Second)
		}
		if count, last := b.looked(registries); !last || count != registries {
			t.Errorf("%d registries of %d were looked at; the last one: %t", count, registries, last)
		}
		first := results[0]
		if first.Unfinished < 100 || first.Registries+first.Unfinished < registries {
			t.Errorf("the first call tells of %+v", first)
		}
		var line struct {
			Msg                    string
			Registries, Unfinished int
		}
		if err := json.NewDecoder(&log).Decode(&line); err != nil || line.Msg != "sweep" || line.Registries != first.Registries || line.Unfinished != first.Unfinished {
			t.Errorf("the first line is %+v, %v", line, err)
		}
	})
}

// dying is a store of a process that ends at its nth write.
type dying struct {
	platform.KV
	mu sync.Mutex
	n  int
}

func (d *dying) Write(ctx context.Context, writes ...platform.Write) []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n--; d.n > 0 {
		return d.KV.Write(ctx, writes...)
	}
	errs := make([]error, len(writes))
	for i := range errs {
		errs[i] = errors.New("the process has ended")
	}
	return errs
}

// TestPlaceOutlivesTheProcess ends a process in the middle of a call: the next one does
// not begin with the first registry.
func TestPlaceOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		last := b.registries(150)
		deps := b.deps
		deps.Store = b.over(&dying{KV: b.kv, n: 140})
		if err := sweep.New(deps)(t.Context()); err == nil {
			t.Error("the call of a process that ended gave no error")
		}
		if next, _, err := b.store.SweepPlace(t.Context()); err != nil || next == "" || next >= last {
			t.Errorf("the next call begins with %q, %v", next, err)
		}
		b.sweep(b.deps)
		if count, _ := b.looked(150); count != 150 {
			t.Errorf("%d registries of 150 were looked at", count)
		}
	})
}

// TestManyErrorsAreBounded has every registry fail: the error names some of them, and how
// many there were.
func TestManyErrorsAreBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.registries(100)
		deps := b.deps
		deps.Store = b.over(&dying{KV: b.kv, n: 2}) // all but its clock
		result, err := sweep.NewSweep(deps)(t.Context())
		if err == nil || strings.Count(err.Error(), "registry r") > 10 || !strings.Contains(err.Error(), "and 92 more") {
			t.Errorf("the error is %v", err)
		}
		if result.Failed != 102 || result.Unfinished != 0 { // the registry default, and the place of the 64th turn
			t.Errorf("the result is %+v", result)
		}
	})
}

// ranges notes which deliveries are looked through, in which order.
type ranges struct {
	slow
	mu  sync.Mutex
	all []string
}

func (r *ranges) Range(ctx context.Context, asked platform.Range) ([]platform.Item, error) {
	if registry, ok := strings.CutPrefix(asked.Partition, "delivery/"); ok {
		r.mu.Lock()
		r.all = append(r.all, registry)
		r.mu.Unlock()
	}
	return r.slow.Range(ctx, asked)
}

// TestFloodedRegistriesTakeTurns looks at a registry with next to nothing while eight
// others have thousands of deliveries to be scanned.
func TestFloodedRegistriesTakeTurns(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		const flooded, each = 8, 1300
		small := b.registries(flooded + 1)
		b.sweep(b.deps)
		now := time.Now()
		for i := range flooded {
			var writes []platform.Write
			for n := range each {
				d := shipbell.Delivery{ID: shipbell.FirstDeliveryID(now.Add(time.Duration(n) * time.Millisecond)), Registry: fmt.Sprintf("r%03d", i), Status: shipbell.Succeeded, CreatedAt: now}
				value, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				writes = append(writes, platform.Write{If: platform.Absent, Item: platform.Item{
					Key: platform.Key{Partition: "delivery/" + d.Registry, Sort: string(d.ID), Spread: true}, Value: value,
				}})
			}
			if err := platform.First(platform.NewItems(b.kv).Write(t.Context(), writes...)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(store.Grace + 2*time.Second)
		b.sweep(b.deps) // announces them
		time.Sleep(store.Grace)
		noted := &ranges{slow: slow{b.kv, 10 * time.Millisecond}}
		deps := b.deps
		deps.Store = b.over(noted)
		b.sweep(deps)
		before, looks := 0, map[string]int{}
		for _, registry := range noted.all {
			if looks[registry]++; looks[small] == 0 {
				before = max(before, looks[registry])
			}
		}
		if looks[small] != 1 || before > 11 || looks["r000"] < 13 {
			t.Errorf("%d pages of one registry came before the small one, of %v", before, looks)
		}
	})
}

// stubborn fails to write some items.
type stubborn struct {
	platform.KV
	fails map[string]bool
}

func (s stubborn) Write(ctx context.Context, writes ...platform.Write) []error {
	errs := s.KV.Write(ctx)
	for _, w := range writes {
		if s.fails[w.Item.Sort] {
			errs = append(errs, errors.New("this item cannot be written"))
			continue
		}
		errs = append(errs, s.KV.Write(ctx, w)...)
	}
	return errs
}

// TestDueBehindThoseThatFail has the deliveries that are due first fail, more of them than
// one page holds: those behind them are woken by the same call, which tells of the others.
func TestDueBehindThoseThatFail(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		all := b.accept(260)
		fails := map[string]bool{}
		for _, d := range all[:130] {
			fails[string(d.ID)] = true
		}
		time.Sleep(store.Grace + time.Second)
		deps := b.deps
		deps.Store = b.over(stubborn{b.kv, fails})
		err := sweep.New(deps)(t.Context())
		if err == nil || !strings.Contains(err.Error(), "this item cannot be written") {
			t.Errorf("the error is %v", err)
		}
		woken := map[shipbell.DeliveryID]bool{}
		for _, m := range b.queue.take() {
			woken[m.ID] = true
		}
		for _, d := range all[130:] {
			if !woken[d.ID] {
				t.Errorf("delivery %s was not woken", d.ID)
			}
		}
		if len(woken) != 130 {
			t.Errorf("%d were woken", len(woken))
		}
	})
}
