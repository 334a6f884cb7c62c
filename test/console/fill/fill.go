package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// filling is what a registry is filled with.
type filling struct {
	Registry             string
	Triggers, Deliveries int
}

const (
	// lasting is over how long the events are spread, up to now.
	lasting = 7 * 24 * time.Hour
	// retention is how long they are kept.
	retention = 30 * 24 * time.Hour
	// perEvent is how many triggers match an event, at most.
	perEvent = 100
	// writers is how many events are stored at once, which share the commits.
	writers = 16
	// brokenEvery is how many triggers there are to one whose target fails.
	brokenEvery = 50
)

// fill stores triggers and the deliveries of events of the week before now, as the
// functions would have left them: through the store, counted by sweep, and with some
// that failed or still wait.
func (f filling) fill(ctx context.Context, kv platform.KV, now time.Time) error {
	triggers, err := f.triggers(ctx, newStore(kv, time.Now))
	if err != nil {
		return err
	}
	each := min(perEvent, f.Triggers)
	events := (f.Deliveries + each - 1) / each
	numbers, errs := make(chan int), make([]error, writers)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			for number := range numbers {
				at := now.Add(-lasting).Add(lasting / time.Duration(events) * time.Duration(number))
				if errs[i] == nil {
					errs[i] = f.event(ctx, kv, triggers, number, min(each, f.Deliveries-number*each), at, now)
				}
			}
		})
	}
	for number := range events {
		numbers <- number
	}
	close(numbers)
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	at := now
	kept := newStore(kv, func() time.Time { return at })
	count := sweep.New(sweep.Deps{
		Store: kept, Queue: local.NewQueue(local.QueueOptions{}),
		Now: func() time.Time { return at }, Logger: slog.New(slog.DiscardHandler),
	})
	for range 2 { // the first announces what the second counts
		if err := count(ctx); err != nil {
			return fmt.Errorf("count the deliveries: %w", err)
		}
		at = at.Add(store.Grace)
	}
	return kept.Ignored().Add(ctx, f.Registry, shipbell.IgnoredEvent{EventID: "no-match", Action: shipbell.PushImage, Repository: "other/app", Tag: "dev", Reason: text.New(text.IgnoredUnmatched)})
}

func newStore(kv platform.KV, now func() time.Time) *store.Store {
	// There are no secrets in what is stored.
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		panic(err)
	}
	return store.New(store.Options{KV: kv, Sealer: sealer, Now: now, Retention: retention, MaxDelay: 15 * time.Minute})
}

// triggers makes the registry, if it is not there, and its triggers.
func (f filling) triggers(ctx context.Context, kept *store.Store) ([]shipbell.Trigger, error) {
	_, err := kept.Registry(ctx, f.Registry)
	if shipbell.KindOf(err) == shipbell.NotFound {
		_, _, err = kept.PutRegistry(ctx, shipbell.Registry{ID: f.Registry, Host: "registry.example.com"})
	}
	if err != nil {
		return nil, err
	}
	triggers := make([]shipbell.Trigger, f.Triggers)
	for i := range triggers {
		t := shipbell.Trigger{
			Registry: f.Registry, Name: fmt.Sprintf("team-%d.service-%d", i%50, i), Enabled: i%10 != 9,
			Description: "Releases of the service go to continuous integration",
			Actions:     []shipbell.Action{shipbell.PushImage, shipbell.UploadChart},
			Rule:        shipbell.Rule{Namespace: fmt.Sprintf("team-%d", i%50), Repository: fmt.Sprintf("{service-%d,shared/**}", i), Tag: "v[0-9]*"},
			Targets:     []shipbell.Target{{URL: fmt.Sprintf("https://ci-%d.example.com/hooks/registry", i%200)}},
		}
		t.Normalise()
		if triggers[i], err = kept.CreateTrigger(ctx, t); err != nil {
			return nil, err
		}
	}
	return triggers, nil
}

// event stores an event that came at some time and matched n triggers, one after the
// other, with what had come of its deliveries by now.
func (f filling) event(ctx context.Context, kv platform.KV, triggers []shipbell.Trigger, number, n int, at, now time.Time) error {
	repository := fmt.Sprintf("team-%d/service-%d", number%50, number%1000)
	e := shipbell.Event{
		ID: fmt.Sprintf("event-%d", number), Source: "distribution", Action: shipbell.PushImage, OccurAt: at.Unix(), Operator: "builder",
		Repository: shipbell.Repository{FullName: repository, Type: "private"},
	}
	tag := fmt.Sprintf("v1.%d.%d", number/1000, number%1000)
	digest := fmt.Sprintf("sha256:%064x", number)
	resource := shipbell.Resource{Tag: tag, Digest: digest, URL: shipbell.ResourceURL("registry.example.com", repository, tag, digest)}
	e.Resources = []shipbell.Resource{resource}
	matches := make([]shipbell.Match, n)
	for i := range matches {
		matches[i] = shipbell.Match{Trigger: &triggers[(number*perEvent+i)%len(triggers)], Resources: e.Resources}
	}
	s := newStore(kv, func() time.Time { return at })
	_, made, err := storetest.Accept(ctx, s, f.Registry, &e, storetest.Matching(matches...))
	if err != nil {
		return err
	}
	for i := range made {
		come(&made[i], number, now)
	}
	_, err = s.SaveAll(ctx, made, nil)
	return err
}

// come makes of a new delivery what has come of it by now. It is stored so in one write.
func come(d *shipbell.Delivery, number int, now time.Time) {
	began := d.CreatedAt.Add(10 * time.Millisecond)
	outcome := shipbell.Outcome{Duration: 45 * time.Millisecond, StatusCode: 200, Response: `{"queued":true,"pipeline":"https://ci.example.com/pipelines/` + d.Event.ID + `"}`}
	if d.TriggerID%brokenEvery == 1 {
		outcome = shipbell.Outcome{Duration: 10 * time.Second, Error: text.New(text.TimeoutTotal, 10*time.Second)}
	}
	schedule := shipbell.Schedule{12 * time.Hour}
	if number%1000 == 999 {
		d.Cancel(began, text.CancelledTriggerDisabled)
		return
	}
	for ; d.Status == shipbell.Pending && !began.After(now); began = d.NextAttemptAt {
		d.Claim(began, began.Add(time.Minute), schedule)
		d.Record(began.Add(outcome.Duration), outcome, schedule, 0.5)
	}
}
