package deliver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/fault"
)

// world is what outlives the processes: the store, the targets and the clients.
type world struct {
	t      *testing.T
	random *rand.Rand
	kv     *local.Store
	sealer plainSealer

	mu       sync.Mutex
	moods    *rand.Rand // of the targets
	requests map[request]bool
	// under are the processes that have a request for a delivery under way.
	under map[shipbell.DeliveryID]*process
	// acknowledged are the answers to the events, by their tags.
	acknowledged map[string][]shipbell.DeliveryID
	disabledAt   time.Time
}

type request struct {
	id      shipbell.DeliveryID
	attempt int
}

// admin is a store without faults, for people and for looking.
func (w *world) admin() *store.Store {
	return store.New(store.Options{KV: w.kv, Sealer: w.sealer, Now: time.Now, Retention: 720 * time.Hour, MaxDelay: 15 * time.Minute})
}

// setUp makes three triggers: of numbers 1 and 2 for the namespace public, and of
// number 3, which will be disabled, for the namespace late.
func (w *world) setUp() {
	w.t.Helper()
	admin := w.admin()
	if _, _, err := admin.PutRegistry(w.t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		w.t.Fatal(err)
	}
	for i, urls := range [][]string{{"http://a/1", "http://b/2"}, {"http://c/3"}, {"http://d/4"}} {
		made := shipbell.Trigger{
			Registry: "default", Name: fmt.Sprintf("t%d", i+1), Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
			Rule: shipbell.Rule{Namespace: []string{"public", "public", "late"}[i]},
		}
		for _, url := range urls {
			made.Targets = append(made.Targets, shipbell.Target{URL: url})
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

// start begins a process. Some of its messages come to the other queue too. One that is alone knows that all others are dead and
// fills its queue from the store, as the local command does.
func (w *world) start(memory, other *local.Queue, alone bool, often float64, stopAt int) *process {
	faults := fault.New(w.random, often, stopAt)
	ctx, cancel := context.WithCancel(w.t.Context())
	p := &process{Faults: faults, cancel: cancel}
	logger := slog.New(slog.DiscardHandler)
	queue := fault.Queue{Queue: memory, Other: other, Faults: faults}
	kept := store.New(store.Options{
		KV: fault.KV{KV: w.kv, Faults: faults}, Sealer: w.sealer, Now: time.Now, Retention: 720 * time.Hour,
		MaxDelay: queue.MaxDelay(), KeepNew: 1 << 11 * w.random.IntN(2),
	})
	sweeper := sweep.Deps{Store: kept, Queue: queue, Now: time.Now, Logger: logger}
	made := deliver.Deps{
		Store: kept, Queue: queue, Sender: w.target(p), Circuits: circuit.NewRecords(kept.Items()), Schedule: schedule(), Lease: lease, TargetSlots: 1 + w.random.IntN(2),
		Now: time.Now, Random: func() float64 { return 0.5 }, Logger: logger, Stopping: ctx.Done(),
	}
	if alone {
		made.ProcessStart, sweeper.ProcessStart = time.Now(), time.Now()
	}
	p.handler = receive.New(receive.Deps{
		Router: &api.Router{Keys: anyone{}, Logger: logger, Now: time.Now}, Store: kept, Queue: queue, Now: time.Now, Logger: logger,
	})
	refill := sweeper
	refill.Refill = true
	if alone && sweep.New(refill)(ctx) != nil {
		p.Stop() // a process that cannot begin ends
	}
	p.workers.Go(func() { memory.Serve(ctx, platform.Work{Handle: deliver.New(made).Message}) })
	again := sweep.New(sweeper)
	p.workers.Go(func() {
		for ctx.Err() == nil {
			time.Sleep(7 * time.Second)
			_ = again(ctx) // the next sweep makes up for one that fails
		}
	})
	return p
}

// target answers attempts, and refuses what no target may see.
func (w *world) target(p *process) senderFunc {
	return func(d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
		if !p.alive() {
			return shipbell.Outcome{} // it died before the request left
		}
		w.mu.Lock()
		this := request{d.ID, attempt}
		if w.requests[this] {
			w.t.Errorf("two requests for attempt %d of %s", attempt, d.ID)
		}
		w.requests[this] = true
		if other := w.under[d.ID]; other != nil && other.alive() {
			w.t.Errorf("two requests for %s at once", d.ID)
		}
		w.under[d.ID] = p
		if d.TriggerID == 3 && !w.disabledAt.IsZero() && time.Since(w.disabledAt) > time.Second {
			w.t.Errorf("a request %v after the trigger was disabled", time.Since(w.disabledAt))
		}
		if target.URL != d.TargetURL {
			w.t.Errorf("a request to %s for %s", target.URL, d.TargetURL)
		}
		takes := time.Duration(w.moods.IntN(300)) * time.Millisecond
		if w.moods.IntN(4) == 0 {
			takes = time.Duration(w.moods.IntN(15_000)) * time.Millisecond
		}
		outcome := []shipbell.Outcome{
			{StatusCode: 200}, {StatusCode: 200}, {StatusCode: 204}, {StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)},
			{StatusCode: 429, Error: text.New(text.StatusNotSuccess, 429), RetryAfter: time.Minute}, {Error: text.Literal("timeout")},
			{StatusCode: 410, Error: text.New(text.StatusNotSuccess, 410), Final: true},
		}[w.moods.IntN(7)]
		w.mu.Unlock()
		select {
		case <-time.After(takes):
		case <-p.Stopped():
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.under[d.ID] == p {
			delete(w.under, d.ID)
		}
		return outcome
	}
}

// send sends an event until it is acknowledged, but not for ever.
func (w *world) send(p *process, tag string) {
	for range 5 {
		if w.post(p, tag) {
			return
		}
		time.Sleep(time.Second)
	}
}

// sendAgain sends events again that were acknowledged before.
func (w *world) sendAgain(p *process) {
	for tag := range w.acknowledged {
		w.post(p, tag)
	}
}

// post sends one event and reports whether it was acknowledged. The same event
// must make the same deliveries whenever it comes.
func (w *world) post(p *process, tag string) bool {
	namespace := "public"
	if strings.HasSuffix(tag, "5") || strings.HasSuffix(tag, "4") {
		namespace = "late"
	}
	body := fmt.Sprintf(`{"type":"pushImage","occur_at":946684800,"event_data":{"resources":[{"digest":"sha256:0","tag":%q}],`+
		`"repository":{"date_created":1,"repo_full_name":"%s/app"}}}`, tag, namespace)
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/v1/events/default", strings.NewReader(body))
	r.SetBasicAuth("key", "secret")
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, r)
	if answer.Code != http.StatusAccepted {
		if answer.Code < 500 {
			w.t.Errorf("event %s: status %d: %s", tag, answer.Code, answer.Body)
		}
		return false
	}
	var read struct {
		Events []struct{ Deliveries []shipbell.DeliveryID }
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &read); err != nil || len(read.Events) != 1 {
		w.t.Errorf("event %s: answer %s, %v", tag, answer.Body, err)
		return false
	}
	ids := read.Events[0].Deliveries
	first, before := w.acknowledged[tag]
	switch {
	case !before:
		w.acknowledged[tag] = ids
	case namespace == "public" && !slices.Equal(first, ids):
		w.t.Errorf("event %s made %v, and now %v", tag, first, ids)
	}
	if namespace == "public" && len(ids) != 3 {
		w.t.Errorf("event %s made %d deliveries", tag, len(ids))
	}
	return true
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

// rows reads every delivery as it is stored.
func (w *world) rows() (rows []platform.Item, deliveries []shipbell.Delivery) {
	w.t.Helper()
	rows, err := w.kv.Range(w.t.Context(), platform.Range{Partition: "delivery/default", Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		var d shipbell.Delivery
		if err := json.Unmarshal(row.Value, &d); err != nil {
			w.t.Fatal(err)
		}
		deliveries = append(deliveries, d)
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

// nothingIsOutOfSight checks, with every process dead, that sweep will come to
// each pending delivery.
func (w *world) nothingIsOutOfSight() {
	w.t.Helper()
	checkpoint, err := w.admin().Checkpoint(w.t.Context(), "default")
	if err != nil {
		w.t.Fatal(err)
	}
	rows, deliveries := w.rows()
	stored := map[shipbell.DeliveryID]bool{}
	for i, d := range deliveries {
		stored[d.ID] = true
		if d.Status == shipbell.Pending && rows[i].Due.IsZero() && d.ID < checkpoint.Scanned {
			w.t.Errorf("nothing will come back to delivery %s: %+v", d.ID, d.Attempts)
		}
		if wanted := slices.MaxFunc([]time.Time{d.NextAttemptAt, time.Now()}, time.Time.Compare); rows[i].Due.After(wanted.Add(store.Grace)) {
			w.t.Errorf("delivery %s is to be attempted at %v, but looked at not before %v", d.ID, wanted, rows[i].Due)
		}
	}
	for tag, ids := range w.acknowledged {
		for _, id := range ids {
			if !stored[id] {
				w.t.Errorf("event %s was acknowledged, but its delivery %s is not there", tag, id)
			}
		}
	}
}

// judge looks at how everything ended.
func (w *world) judge() {
	w.t.Helper()
	w.nothingIsOutOfSight()
	_, deliveries := w.rows()
	for _, d := range deliveries {
		var numbers, want []int
		for i, a := range d.Attempts {
			numbers, want = append(numbers, a.Number), append(want, i+1)
			delete(w.requests, request{d.ID, a.Number})
			if open := a.StatusCode == 0 && a.Error.IsZero(); open {
				w.t.Errorf("delivery %s: attempt %d has no outcome: %+v", d.ID, a.Number, a)
			}
		}
		if diff := cmp.Diff(want, numbers); diff != "" {
			w.t.Errorf("delivery %s: attempts have numbers (-want +got):\n%s", d.ID, diff)
		}
		if len(numbers) > len(schedule())+1 {
			w.t.Errorf("delivery %s: %d attempts", d.ID, len(numbers))
		}
		ok := len(numbers) > 0 && d.Attempts[len(numbers)-1].StatusCode/100 == 2
		if ok != (d.Status == shipbell.Succeeded) || d.Status == shipbell.Cancelled && d.TriggerID != 3 || !d.LeaseUntil.IsZero() {
			w.t.Errorf("delivery %s ended as %s (%s) with attempts %+v", d.ID, d.Status, d.Reason, d.Attempts)
		}
	}
	if len(w.requests) > 0 {
		w.t.Errorf("requests without an attempt in the log: %v", w.requests)
	}
}
