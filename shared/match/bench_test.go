package match_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// mix says how many triggers share a namespace, and how many of a hundred are for
// everything in it.
type mix struct {
	name     string
	share    func(n int) int
	matchAll int
}

func spread() mix { return mix{"spread", func(int) int { return 50 }, 2} }
func hot() mix    { return mix{"hot", func(n int) int { return n / 10 }, 2} }
func dense() mix  { return mix{"dense", func(n int) int { return n / 10 }, 20} }

func (m mix) namespaces(n int) int { return max(1, n/max(1, m.share(n))) }
func (m mix) teams(n int) int      { return max(8, m.share(n)/5) }

// triggers makes n triggers as a large registry has them.
func (m mix) triggers(n int) []shipbell.Trigger {
	r := rand.New(rand.NewPCG(1, 1))
	const services = 200
	teams := m.teams(n)
	team := func() string { return fmt.Sprintf("team-%d", r.IntN(teams)) }
	service := func() string { return fmt.Sprintf("svc-%d", r.IntN(services)) }
	repository := func() string {
		switch p := r.IntN(100); {
		case p < 36:
			return team() + "/" + service()
		case p < 58:
			return team() + "/**"
		case p < 68:
			return service() + "*"
		case p < 78:
			return "{" + team() + "," + team() + "}/*"
		case p < 83:
			return team() + "*/**"
		case p < 87:
			return "**/" + service()
		case p < 90:
			return fmt.Sprintf("*-prod%d", r.IntN(services))
		}
		return fmt.Sprintf("%s/svc-%d*", team(), r.IntN(20))
	}
	tag := func() string {
		switch p := r.IntN(100); {
		case p < 40:
			return ""
		case p < 55:
			return "v*"
		case p < 60:
			return "1.?"
		case p < 65:
			return fmt.Sprintf("{env%d,env%d}", r.IntN(20), r.IntN(20))
		case p < 80:
			return fmt.Sprintf("release-%d*", r.IntN(10))
		case p < 85:
			return fmt.Sprintf("v%d.*", r.IntN(5))
		case p < 90:
			return "*-rc"
		}
		return "latest"
	}
	var all []shipbell.Trigger
	for i := range n {
		t := rule(shipbell.ID(i+1), fmt.Sprintf("ns-%d", r.IntN(m.namespaces(n))), repository(), tag())
		if r.IntN(100) < m.matchAll {
			t.Rule.Repository, t.Rule.Tag = "**", ""
		}
		if r.IntN(100) >= 60 {
			t.Actions = []shipbell.Action{shipbell.DeleteImage, shipbell.UploadChart}
		}
		all = append(all, t)
	}
	return all
}

// events makes pushes for triggers(n).
func (m mix) events(n int) []shipbell.Event {
	r := rand.New(rand.NewPCG(2, 2))
	tags := []string{"v1.10.0", "v3.4.5", "latest", "release-3-2024", "env7", "1.2"}
	var all []shipbell.Event
	for range 4096 {
		name := fmt.Sprintf("ns-%d/team-%d/svc-%d", r.IntN(m.namespaces(n)), r.IntN(m.teams(n)), r.IntN(200))
		all = append(all, *push(name, tags[r.IntN(len(tags))]))
	}
	return all
}

func BenchmarkSetMatch(b *testing.B) {
	for _, m := range []mix{spread(), hot(), dense()} {
		for _, n := range []int{100, 10_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", m.name, n), func(b *testing.B) {
				if n == 1_000_000 && testing.Short() {
					b.Skip("a million triggers take a gigabyte")
				}
				s, events := match.Compile(m.triggers(n)), m.events(n)
				var dst []shipbell.Match
				matches, i := 0, 0
				b.ReportAllocs()
				for b.Loop() {
					dst = s.Match(dst[:0], &events[i%len(events)])
					matches += len(dst)
					i++
				}
				b.ReportMetric(float64(matches)/float64(i), "matches/event")
			})
		}
	}
}

// BenchmarkLoop is what the index saves: doublestar for every trigger.
func BenchmarkLoop(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("spread/%d", n), func(b *testing.B) {
			if n == 1_000_000 && testing.Short() {
				b.Skip("a million triggers take a gigabyte")
			}
			triggers, events, i := spread().triggers(n), spread().events(n), 0
			var plains []naive
			for _, t := range triggers {
				plains = append(plains, newNaive(t))
			}
			for b.Loop() {
				for j := range plains {
					plains[j].match(&events[i%len(events)])
				}
				i++
			}
		})
	}
}

// naive is a trigger's patterns, each of which is matched by doublestar.
type naive struct {
	actions                    []shipbell.Action
	namespace, repository, tag []string
}

func newNaive(t shipbell.Trigger) naive {
	effective := func(f pattern.Field, text string) []string {
		p, err := pattern.Parse(t.Rule.Dialect, f, text)
		if err != nil {
			panic(err)
		}
		return p.Effective()
	}
	return naive{t.Actions, effective(pattern.Namespace, t.Rule.Namespace), effective(pattern.Repository, t.Rule.Repository), effective(pattern.Tag, t.Rule.Tag)}
}

func (n *naive) match(e *shipbell.Event) bool {
	any := func(globs []string, name string) bool {
		return slices.ContainsFunc(globs, func(g string) bool { return doublestar.MatchUnvalidated(g, name) })
	}
	return slices.Contains(n.actions, e.Action) && any(n.namespace, e.Repository.Namespace()) &&
		any(n.repository, e.Repository.Name()) && any(n.tag, e.Resources[0].Tag)
}

// BenchmarkCompile tells the time and the memory of a trigger, beside those of the trigger
// itself, of which a set keeps a copy.
func BenchmarkCompile(b *testing.B) {
	const n = 100_000
	triggers := spread().triggers(n)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	copies := make([]shipbell.Trigger, n)
	for i := range triggers {
		copies[i] = triggers[i].Clone()
	}
	copied := heap() - before
	runtime.KeepAlive(copies)
	before = heap()
	s := match.Compile(triggers)
	kept := heap() - before - copied
	runtime.KeepAlive(s)
	for b.Loop() {
		match.Compile(triggers)
	}
	b.ReportMetric(kept/n, "B/trigger")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/trigger")
}
