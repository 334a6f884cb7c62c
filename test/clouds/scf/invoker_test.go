package scf_test

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// maxConcurrency is how many events are worked on at once.
const maxConcurrency = 4

// invoker is what SCF does with asynchronous invocations: it queues them, runs the
// function on each, and again where it failed.
type invoker struct {
	to *clouds.Function
	// retries is how often an event that failed comes again, each time after a wait.
	retries int
	wait    time.Duration

	mu     sync.Mutex
	fault  func(tencentapi.Call) error
	queued []run
	runs   []run
	failed int
	added  chan struct{} // has one when there may be something new
}

// run is an event and what became of it.
type run struct {
	event []byte
	tries int
	err   error // of the last of them
}

func newInvoker(to *clouds.Function, retries int) *invoker {
	return &invoker{to: to, retries: retries, wait: 500 * time.Millisecond, added: make(chan struct{}, 1)}
}

// breaks has every call from now on end as fault says, nil meaning that it is taken;
// a nil fault repairs.
func (i *invoker) breaks(fault func(tencentapi.Call) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fault = fault
}

// take is what the API of SCF does with a call.
func (i *invoker) take(call tencentapi.Call) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fault != nil {
		if err := i.fault(call); err != nil {
			return err
		}
	}
	if call.FunctionName != deliverName || call.Region != region {
		return &tencentapi.Failure{Code: "ResourceNotFound.Function", Message: call.FunctionName + " in " + call.Region}
	}
	if call.ClientContext != probe {
		i.queue(run{event: []byte(call.ClientContext)})
	}
	return nil
}

// probe is the event by which receive tests whether it may invoke deliver. deliver has
// nothing to do on it, so it is not run.
const probe = `{"shipbell":"deliver"}`

// queue adds an event. The lock is held.
func (i *invoker) queue(r run) {
	i.queued = append(i.queued, r)
	select {
	case i.added <- struct{}{}:
	default:
	}
}

// work runs the function until the context ends, and until what is in hand is done.
func (i *invoker) work(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	slots := make(chan struct{}, maxConcurrency)
	for {
		select {
		case <-ctx.Done():
			return
		case <-i.added:
		}
		for _, r := range i.drain() {
			all.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				i.run(r)
			})
		}
	}
}

// drain takes what is queued.
func (i *invoker) drain() []run {
	i.mu.Lock()
	defer i.mu.Unlock()
	taken := i.queued
	i.queued = nil
	return taken
}

func (i *invoker) run(r run) {
	_, r.err = i.to.Invoke(json.RawMessage(r.event))
	r.tries++
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.err != nil {
		i.failed++
	}
	if r.err == nil || r.tries > i.retries {
		i.runs = append(i.runs, r)
		return
	}
	time.AfterFunc(i.wait, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.queue(r)
	})
}

// done is what has become of events so far, those that will come again left out.
func (i *invoker) done() []run {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]run{}, i.runs...)
}

// failures is how many invocations have failed, also those that come again.
func (i *invoker) failures() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failed
}
