package deliver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// scene is a load for healthy targets, which have answered before, and what happens beside
// it.
type scene struct {
	// rate is how many events a second come for the healthy targets, for a time.
	rate int
	time time.Duration
	// before happens 11 s before the measurement, begin when it begins, and each in every
	// second of it.
	before, begin func(*cloud)
	each          func(c *cloud, second int)
}

// never is how a target answers that does not.
func never() shipbell.Outcome { return timedOut() }

// play answers how long deliveries took, sorted, by what they were for.
func (s scene) play(t *testing.T) (took map[string][]time.Duration) {
	t.Helper()
	const targets = 10
	inCloud(t, func(t *testing.T, c *cloud) {
		flow := func(seconds int, each func(*cloud, int)) {
			for i := range seconds * s.rate {
				if each != nil && i%s.rate == 0 {
					each(c, i/s.rate)
				}
				c.push(fmt.Sprint("healthy", i%targets))
				time.Sleep(time.Second / time.Duration(s.rate))
			}
		}
		for i := range targets {
			c.addTriggers(fmt.Sprint("healthy", i), 1)
		}
		if s.before != nil {
			s.before(c)
		}
		for i := range targets {
			c.push(fmt.Sprint("healthy", i))
		}
		time.Sleep(10 * time.Second)
		flow(1, nil)
		c.mu.Lock()
		clear(c.took)
		c.mu.Unlock()
		if s.begin != nil {
			s.begin(c)
		}
		flow(int(s.time.Seconds()), s.each)
		time.Sleep(time.Minute) // for those that are late
		c.mu.Lock()
		defer c.mu.Unlock()
		took = c.took
		for _, all := range took {
			slices.Sort(all)
		}
		if sent := int(s.time.Seconds()) * s.rate; len(took["healthy"]) < sent {
			t.Errorf("%d of %d healthy deliveries arrived", len(took["healthy"]), sent)
		}
	})
	return took
}

func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100]
}

// burst makes n targets of a namespace that answer in a way, with 2,000 deliveries that
// come all at the beginning.
func burst(namespace string, n int, answer shipbell.Outcome) scene {
	return scene{
		before: func(c *cloud) {
			c.addTriggers(namespace, n)
			c.answers[namespace] = answer
		},
		begin: func(c *cloud) {
			for range 2000 / n {
				c.push(namespace)
			}
		},
	}
}

// dying makes a target that answered before and does not from the beginning on, with
// some deliveries a second.
func dying(rate int) scene {
	s := steady(rate, shipbell.Outcome{StatusCode: 200})
	healthy := s.before
	s.before = func(c *cloud) {
		healthy(c)
		c.push("steady")
	}
	s.begin = func(c *cloud) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.answers["steady"] = never()
	}
	return s
}

// steady sends some events a second for a target that answers in a way.
func steady(rate int, answer shipbell.Outcome) scene {
	return scene{
		before: func(c *cloud) {
			c.addTriggers("steady", 1)
			c.answers["steady"] = answer
		},
		each: func(c *cloud, _ int) {
			for range rate {
				c.push("steady")
			}
		},
	}
}

// TestHealthyBesideDeadTargetsOnLambda compares how long healthy deliveries take beside
// targets that do not answer, or take long, with how long they take without these, or
// while all answer.
func TestHealthyBesideDeadTargetsOnLambda(t *testing.T) {
	t.Parallel()
	quick := shipbell.Outcome{StatusCode: 200, Duration: 200 * time.Millisecond}
	slow := shipbell.Outcome{StatusCode: 200, Duration: 3 * time.Second}
	for _, load := range []struct {
		rate    int
		time    time.Duration
		without scene
		beside  map[string]scene
	}{
		{200, 25 * time.Second, scene{}, map[string]scene{"2,000 for 100 dead targets": burst("dead", 100, never())}},
		{20, 20 * time.Second, steady(10, quick), map[string]scene{
			"2,000 for 100 dead targets":    burst("dead", 100, never()),
			"a busy target that dies":       dying(10),
			"a busy target that takes long": steady(10, slow),
		}},
	} {
		if load.rate > 20 && raceDetector() {
			continue // it takes minutes; make test also runs this without the race detector
		}
		p99 := func(name string, s scene) time.Duration {
			s.rate, s.time = load.rate, load.time
			healthy := s.play(t)["healthy"]
			t.Logf("%d/s %s: p50 %v, p99 %v", load.rate, name, percentile(healthy, 50), percentile(healthy, 99))
			return percentile(healthy, 99)
		}
		without := p99("without", load.without)
		for name, s := range load.beside {
			if got := p99("beside "+name, s); got > without*3/2 {
				t.Errorf("%d/s beside %s: p99 %v, more than 1.5 times the %v without", load.rate, name, got, without)
			}
		}
	}
}

// TestNewTargetBesideDeadTargetsOnLambda sends one event a second for a target that has
// never answered before, while 2,000 deliveries wait for targets that do not answer. The
// first waits as long as one of their attempts at most, those that come meanwhile some
// seconds more, and all others as long as for any healthy target.
func TestNewTargetBesideDeadTargetsOnLambda(t *testing.T) {
	t.Parallel()
	s := burst("dead", 100, never())
	dead := s.before
	s.before = func(c *cloud) {
		dead(c)
		c.addTriggers("new", 1)
	}
	s.each = func(c *cloud, second int) {
		if second > 0 {
			c.push("new")
		}
	}
	s.rate, s.time = 10, 45*time.Second
	took := s.play(t)["new"]
	if len(took) != 44 {
		t.Fatalf("%d of 44 deliveries arrived", len(took))
	}
	if most, median := took[len(took)-1], percentile(took, 50); most > 21*time.Second || median > 250*time.Millisecond {
		t.Errorf("the last took %v, half of them up to %v", most, median)
	}
}
