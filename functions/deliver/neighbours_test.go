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
// targets that do not answer, or take long, with how long they take without.
func TestHealthyBesideDeadTargetsOnLambda(t *testing.T) {
	t.Parallel()
	for _, load := range []struct {
		rate   int
		time   time.Duration
		beside map[string]scene
	}{
		{20, 20 * time.Second, map[string]scene{
			"2,000 for 100 dead targets":    burst("dead", 100, never()),
			"a busy target that dies":       dying(10),
			"a busy target that takes long": steady(10, shipbell.Outcome{StatusCode: 200, Duration: 3 * time.Second}),
		}},
		{200, 15 * time.Second, map[string]scene{
			"2,000 for 100 dead targets": burst("dead", 100, never()),
		}},
	} {
		alone := scene{rate: load.rate, time: load.time}.play(t)["healthy"]
		t.Logf("%d/s alone: p50 %v, p99 %v", load.rate, percentile(alone, 50), percentile(alone, 99))
		for name, beside := range load.beside {
			beside.rate, beside.time = load.rate, load.time
			healthy := beside.play(t)["healthy"]
			p99, most := percentile(healthy, 99), percentile(alone, 99)*3/2
			t.Logf("%d/s beside %s: p50 %v, p99 %v", load.rate, name, percentile(healthy, 50), p99)
			if p99 > most {
				t.Errorf("%d/s beside %s: p99 %v, more than 1.5 times the %v without", load.rate, name, p99, percentile(alone, 99))
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
