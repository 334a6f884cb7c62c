package writeunits_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/tools/cost/units"
)

// took is what was counted since the last call, as a cost.
func (a *account) took() units.Units {
	was := a.meter.take()
	u := units.Units{Writes: float64(was.writes), Reads: was.reads, Sends: float64(a.queue.sends), LogBytes: float64(a.log.Len())}
	a.queue.sends = 0
	a.log.Reset()
	return u
}

// check compares what was counted with what the model of tools/cost has.
func check(t *testing.T, what string, got, want units.Units) {
	t.Helper()
	t.Logf("%-48s %+v", what, got)
	if got.Writes != want.Writes || got.Reads != want.Reads || got.Sends != want.Sends || got.LogBytes > want.LogBytes {
		t.Errorf("%s: counted %+v; tools/cost/units has %+v", what, got, want)
	}
}

// announce has sweep announce its scan, which saves new deliveries a due time.
func (a *account) announce(t *testing.T, work func(context.Context) error) {
	t.Helper()
	if err := work(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCostOfEvents counts an event with one delivery that succeeds at once: when events
// follow each other within a second, when each comes alone to processes that know the
// triggers, and to new ones.
func TestCostOfEvents(t *testing.T) {
	target := sink.Start(t)
	for _, triggers := range []int{1, 100, 1000} {
		t.Run(fmt.Sprint(triggers, " triggers"), func(t *testing.T) {
			a := newAccount(t, triggers, target.URL()+"/hook")
			sweeps := sweep.Build(a.process(t, setup.Sweep)).Timer
			a.announce(t, sweeps)
			a.send(t, receive.Build(a.process(t, setup.Receive)).HTTP, 0) // teaches that the target answers quickly
			a.drain(t, deliver.Build(a.process(t, setup.Deliver)).Message)
			receives, delivers := receive.Build(a.process(t, setup.Receive)).HTTP, deliver.Build(a.process(t, setup.Deliver)).Message
			a.took()
			a.send(t, receives, 1)
			a.drain(t, delivers)
			check(t, "cold", a.took(), units.Cold(triggers))
			a.send(t, receives, 2)
			a.drain(t, delivers)
			check(t, "busy", a.took(), units.Busy())
			a.now = a.now.Add(10 * time.Second)
			a.send(t, receives, 3)
			a.drain(t, delivers)
			check(t, "sparse", a.took(), units.Sparse())
		})
	}
}

// TestCostOfFailures counts a delivery whose nine attempts all fail, with answers of a
// KiB. What sweep takes to find it when a long wait is over is counted with it, less what
// sweep takes when there is nothing to find.
func TestCostOfFailures(t *testing.T) {
	target := sink.Start(t)
	a := newAccount(t, 1, target.URL()+"/hook")
	sweeps := sweep.Build(a.process(t, setup.Sweep)).Timer
	a.announce(t, sweeps)
	receives, delivers := receive.Build(a.process(t, setup.Receive)).HTTP, deliver.Build(a.process(t, setup.Deliver)).Message
	a.send(t, receives, 1) // reads what is kept in memory
	a.drain(t, delivers)
	target.Respond(func(int, *sink.Received) (int, http.Header, string) {
		return http.StatusInternalServerError, nil, strings.Repeat("no", 512)
	})
	a.took()
	a.send(t, receives, 2)
	var all units.Units
	for range 40 {
		for len(a.queue.messages) > 0 {
			message := a.queue.messages[0]
			a.queue.messages = a.queue.messages[1:]
			if a.now = a.now.Add(message.Delay); message.Delay > time.Minute {
				all = all.Plus(a.took())
				a.announce(t, sweeps) // the timer has called it meanwhile, and it finds nothing
				a.took()
			}
			if err := delivers(t.Context(), message.Body); err != nil {
				t.Fatal(err)
			}
		}
		all = all.Plus(a.took())
		if len(target.Requests()) == 1+9 {
			break
		}
		a.now = a.meter.nextDue().Add(30 * time.Second) // the timer calls sweep each minute
		a.announce(t, sweeps)
		if found := a.took(); len(a.queue.messages) > 0 {
			// After an hour sweep stores its clock, which every second call does within minutes.
			all = all.Plus(found.Minus(units.IdleSweep()).Minus(units.Units{Writes: 0.5}))
		}
	}
	if got := len(target.Requests()); got != 1+9 {
		t.Fatalf("%d attempts were made, want one that succeeds and 9", got)
	}
	check(t, "nine failed attempts", all, units.NineFailures())
}

// TestCostOfSweep counts calls of sweep that find nothing, and what it takes beyond these
// to scan and count deliveries: one, and a hundred.
func TestCostOfSweep(t *testing.T) {
	target := sink.Start(t)
	for deliveries, want := range map[int]units.Units{1: units.ScanOne(), 100: units.ScanHundred()} {
		t.Run(fmt.Sprint(deliveries, " deliveries"), func(t *testing.T) {
			a := newAccount(t, 1, target.URL()+"/hook")
			sweeps := sweep.Build(a.process(t, setup.Sweep)).Timer
			for range 3 { // reads what is kept in memory
				a.announce(t, sweeps)
				a.now = a.now.Add(time.Minute)
			}
			receives, delivers := receive.Build(a.process(t, setup.Receive)).HTTP, deliver.Build(a.process(t, setup.Deliver)).Message
			for n := range deliveries {
				a.send(t, receives, n)
			}
			a.drain(t, delivers)
			minutes := func(n int) (all units.Units) {
				for range n {
					a.announce(t, sweeps)
					a.now = a.now.Add(time.Minute)
				}
				return a.took()
			}
			minutes(1) // deliver has just stored its clock: the next minute does
			check(t, "what the scan takes beyond that", minutes(6).Minus(units.IdleSweep().Times(6)), want)
			check(t, "sweep with nothing to do, in a minute", minutes(4).Times(0.25), units.IdleSweep())
		})
	}
}
