package deliver_test

import (
	"flag"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform/local"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the first seed of the simulation")
	seeds     = flag.Uint64("seeds", 0, "how many seeds the simulation runs; 0 means 200, or 20 with the race detector, which slows the store down, or 10 if -short is set")
)

// TestFaults runs receive, deliver and sweep together in virtual time, over a
// store and a queue that fail, hang and are full, with clocks that are set and records
// that are damaged, in processes that end at any moment. Every seed is another course of
// things; -seed=N -seeds=1 repeats one.
func TestFaults(t *testing.T) {
	t.Parallel()
	count := *seeds
	switch {
	case count > 0:
	case testing.Short():
		count = 10
	case raceDetector():
		count = 20
	default:
		count = 200
	}
	for seed := *firstSeed; seed < *firstSeed+count; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			simulate(t, seed)
		})
	}
}

// TestSeedRepeats runs some seeds twice: each makes the same requests at the same times.
func TestSeedRepeats(t *testing.T) {
	t.Parallel()
	count := uint64(10)
	if raceDetector() {
		count = 1
	}
	for seed := *firstSeed; seed < *firstSeed+count; seed++ {
		if diff := cmp.Diff(simulate(t, seed), simulate(t, seed)); diff != "" {
			t.Errorf("seed %d (-once +again):\n%s", seed, diff)
		}
	}
}

// raceDetector reports whether the tests were built with it.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

const lease = 35 * time.Second

// simulate runs one seed and answers the requests that the targets got.
func simulate(t *testing.T, seed uint64) (trace []string) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kv, err := local.Open(dir, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer kv.Close()
		w := newWorld(t, kv, seed)
		w.setUp()
		w.live()
		trace = w.trace
	})
	return trace
}

// live runs generations of processes that die, and at last one that is well. One process
// at a time, as on a machine of one's own, or several at once, as in a cloud.
func (w *world) live() {
	alone := w.random.IntN(2) == 0
	for generation := range 3 + w.random.IntN(3) {
		w.generation(generation, alone)
		w.nothingIsOutOfSight()
		if w.random.IntN(8) == 0 {
			time.Sleep(time.Duration(w.random.IntN(3600)) * time.Second)
		}
	}
	memory := w.newQueue()
	last := w.start(life{memory: memory, other: memory, alone: alone, well: true})
	w.sendAgain(last)
	if !w.until(30*time.Minute, 20*time.Second, w.over) {
		w.t.Errorf("not over at %v: %d pending%s", time.Now().UTC(), len(w.pending()), w.waiting())
	}
	last.stop()
	w.judge()
}

// generation is the life of processes that run at once.
func (w *world) generation(number int, alone bool) {
	random := w.random
	next := func(memory, other *local.Queue) *process {
		return w.start(life{memory: memory, other: other, alone: alone, often: 0.05 * random.Float64(), stopAt: 1 + random.IntN(400)})
	}
	one, other := w.newQueue(), w.newQueue()
	var processes []*process
	if alone {
		processes = append(processes, next(one, one))
	} else {
		processes = append(processes, next(one, other), next(other, one))
	}
	events := 1 + random.IntN(4)
	if random.IntN(4) == 0 {
		events += 10 // more than a small queue takes
	}
	for range events {
		w.send(processes[random.IntN(len(processes))], fmt.Sprintf("g%d-%d-%d", number, random.IntN(events), random.IntN(6)))
		if events < 10 {
			time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		}
		w.damage()
	}
	if random.IntN(2) == 0 {
		w.disable()
	}
	if random.IntN(3) == 0 {
		w.sendAgain(processes[0])
	}
	w.until(time.Duration(random.IntN([]int{15, 90}[random.IntN(2)]))*time.Second, time.Second, func() bool {
		return !slices.ContainsFunc(processes, (*process).alive)
	})
	w.damage()
	for _, p := range processes {
		p.stop()
	}
}
