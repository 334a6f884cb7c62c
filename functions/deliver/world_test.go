package deliver_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/receivers/standin"
)

// world is what outlives the processes: the store, the targets and the clients. What it
// does follows from its seed and from the time alone, so that a seed is one course of
// things.
type world struct {
	t      *testing.T
	seed   uint64
	random *rand.Rand // of the course of things, in one goroutine
	kv     *local.Store
	sealer plainSealer
	harm
	// small bounds the processes' queues so that they are full now and then.
	small bool
	// metered is that of platform.Opened.
	metered bool
	// rated tells that targets have rates.
	rated bool
	// receivers stand in for those of the targets' presets, by URL.
	receivers map[string]standin.Receiver
	// hangs is that of fault.Faults.Slow.
	hangs int
	// processes are all that have started.
	processes []*process

	// acknowledged are the answers to the events, by their tags, and promised the tags of
	// all deliveries that an answer named.
	acknowledged map[string][]shipbell.DeliveryID
	promised     map[shipbell.DeliveryID]string
	// merges tells that the registry has a merge window, merged which deliveries were
	// promised of bursts, and bursts the bursts of tags.
	merges bool
	merged map[shipbell.DeliveryID]bool
	bursts map[string]string

	mu       sync.Mutex
	requests map[request]bool
	// under are the requests for a delivery that are under way.
	under      map[shipbell.DeliveryID]underWay
	trace      []string // the requests, in their order
	disabledAt time.Time
}

type request struct {
	id      shipbell.DeliveryID
	attempt int
}

// underWay is a request that a process has made at a time.
type underWay struct {
	*process
	at time.Time
}

func newWorld(t *testing.T, kv *local.Store, seed uint64) *world {
	random := rand.New(rand.NewPCG(seed, 0))
	w := &world{
		t: t, seed: seed, random: random, kv: kv, harm: newHarm(random), small: random.IntN(2) == 0,
		requests: map[request]bool{}, under: map[shipbell.DeliveryID]underWay{},
		acknowledged: map[string][]shipbell.DeliveryID{}, promised: map[shipbell.DeliveryID]string{},
		merged: map[shipbell.DeliveryID]bool{}, bursts: map[string]string{}, receivers: map[string]standin.Receiver{},
	}
	w.merges, w.rated = w.draw("merges").IntN(3) == 0, w.draw("rate").IntN(2) == 0
	w.metered = !w.small && w.draw("metered").IntN(2) == 0 // a queue that is bounded in bytes gets short messages
	if random.IntN(3) == 0 {
		w.hangs = 100 + random.IntN(1000)
	}
	return w
}

// draw makes a source of chance that depends on the seed and on what it is for.
func (w *world) draw(what string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(what))
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// admin is a store without faults, for people and for looking.
func (w *world) admin() *store.Store {
	return store.New(store.Options{KV: w.kv, Sealer: w.sealer, Now: time.Now, Retention: 720 * time.Hour, MaxDelay: 15 * time.Minute, Random: rand.New(rand.NewPCG(w.seed, 1)).Uint64})
}

// setUp makes three triggers: of numbers 1 and 2 for the namespace public, and of
// number 3, which will be disabled, for the namespace late. Each target has the settings of
// a preset.
func (w *world) setUp() {
	w.t.Helper()
	admin := w.admin()
	registry := shipbell.Registry{ID: "default", Host: "reg.example.com"}
	if w.merges {
		registry.MergeWindow = 5
	}
	if _, _, err := admin.PutRegistry(w.t.Context(), registry); err != nil {
		w.t.Fatal(err)
	}
	for i, urls := range [][]string{{"http://a/1", "http://b/2"}, {"http://c/3"}, {"http://d/4"}} {
		made := shipbell.Trigger{
			Registry: "default", Name: fmt.Sprintf("t%d", i+1), Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
			Rule: shipbell.Rule{Namespace: []string{"public", "public", "late"}[i]},
		}
		for _, url := range urls {
			made.Targets = append(made.Targets, shipbell.Target{URL: url, Options: w.options(url)})
		}
		made.Normalise()
		if _, err := admin.CreateTrigger(w.t.Context(), made); err != nil {
			w.t.Fatal(err)
		}
	}
}

// disable disables trigger 3, as functions/triggers does.
func (w *world) disable() {
	w.t.Helper()
	admin := w.admin()
	late, err := admin.Trigger(w.t.Context(), "default", 3)
	if err != nil {
		w.t.Fatal(err)
	}
	if !late.Enabled {
		return
	}
	late.Enabled = false
	if _, err := admin.ReplaceTrigger(w.t.Context(), late); err != nil {
		w.t.Fatal(err)
	}
	if err := admin.CancelPending(w.t.Context(), "default", 3, "the trigger is disabled"); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disabledAt = time.Now()
}

// until lets time pass until cond holds, and reports whether it does.
func (w *world) until(limit, step time.Duration, cond func() bool) bool {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(step) {
		if cond() {
			return true
		}
	}
	return cond()
}

// rows reads every delivery as it is stored, without those that are damaged.
func (w *world) rows() (rows []platform.Item, deliveries []shipbell.Delivery) {
	w.t.Helper()
	all, err := w.kv.Range(w.t.Context(), platform.Range{Partition: "delivery/default", Limit: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []shipbell.DeliveryID
	for _, row := range all {
		if !w.broken[shipbell.DeliveryID(row.Sort)] {
			rows, ids = append(rows, row), append(ids, shipbell.DeliveryID(row.Sort))
		}
	}
	if deliveries, err = w.admin().Deliveries(w.t.Context(), "default", ids...); err != nil || len(deliveries) != len(rows) {
		w.t.Fatalf("%d of %d deliveries can be read, %v", len(deliveries), len(rows), err)
	}
	return rows, deliveries
}

func (w *world) pending() (ids []shipbell.DeliveryID) {
	_, deliveries := w.rows()
	for _, d := range deliveries {
		if d.Status == shipbell.Pending {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// waiting describes the pending deliveries, one a line.
func (w *world) waiting() string {
	var lines strings.Builder
	rows, deliveries := w.rows()
	for i, d := range deliveries {
		if d.Status == shipbell.Pending {
			fmt.Fprintf(&lines, "\n%s target %d: due %v, next attempt %v, lease until %v, held since %v", d.ID, d.TargetID, rows[i].Due.UTC(), d.NextAttemptAt, d.LeaseUntil, d.HeldSince)
		}
	}
	return lines.String()
}
