package deliver_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the first seed of the simulation")
	seeds     = flag.Uint64("seeds", 0, "how many seeds the simulation runs; 0 means 60, or 20 with the race detector, which slows the store down")
)

// TestFaults runs receive, deliver and sweep together in virtual time, over a
// store and a queue that fail, in processes that end at any moment. Every seed is
// another course of things; -seed=N -seeds=1 repeats one.
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
		count = 60
	}
	for seed := *firstSeed; seed < *firstSeed+count; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { simulate(t, dir, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

// raceDetector reports whether the tests were built with it.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

const lease = 35 * time.Second

func simulate(t *testing.T, dir string, random *rand.Rand) {
	kv, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer kv.Close()
	w := &world{
		t: t, random: random, moods: rand.New(rand.NewPCG(random.Uint64(), 0)), kv: kv, requests: map[request]bool{}, under: map[shipbell.DeliveryID]*process{}, acknowledged: map[string][]shipbell.DeliveryID{},
	}
	w.setUp()

	// One process at a time, as on a machine of one's own, or several at once, as
	// in a cloud.
	alone := random.IntN(2) == 0
	for generation := range 3 + random.IntN(3) {
		one, other := newQueue(), newQueue()
		var processes []*process
		if alone {
			processes = append(processes, w.start(one, one, true, 0.05*random.Float64(), 1+random.IntN(400)))
		} else {
			processes = append(processes, w.start(one, other, false, 0.05*random.Float64(), 1+random.IntN(400)),
				w.start(other, one, false, 0.05*random.Float64(), 1+random.IntN(400)))
		}
		for range 1 + random.IntN(4) {
			w.send(processes[random.IntN(len(processes))], fmt.Sprintf("g%d-%d", generation, random.IntN(6)))
			time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		}
		if random.IntN(2) == 0 {
			w.disable()
		}
		if random.IntN(3) == 0 {
			w.sendAgain(processes[0])
		}
		w.until(time.Duration(random.IntN([]int{15, 90}[random.IntN(2)]))*time.Second, time.Second, func() bool {
			return slices.IndexFunc(processes, (*process).alive) < 0
		})
		for _, p := range processes {
			p.stop()
		}
		w.nothingIsOutOfSight()
		if random.IntN(8) == 0 {
			time.Sleep(time.Duration(random.IntN(3600)) * time.Second)
		}
	}

	memory := newQueue()
	last := w.start(memory, memory, alone, 0, 0)
	w.sendAgain(last)
	if !w.until(time.Hour, 20*time.Second, func() bool { return len(w.pending()) == 0 }) {
		t.Errorf("still pending after an hour: %+v", w.pending())
	}
	last.stop()
	w.judge()
}
