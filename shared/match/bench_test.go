package match_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// spread makes n triggers as a large registry has them: 50 in each namespace,
// 2 % of them for everything in it.
func spread(n int) []shipbell.Trigger {
	r := rand.New(rand.NewPCG(1, 1))
	const teams, services = 10, 200
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
		t := rule(shipbell.ID(i+1), fmt.Sprintf("ns-%d", r.IntN(max(1, n/50))), repository(), tag())
		if r.IntN(50) == 0 {
			t.Rule.Repository, t.Rule.Tag = "**", ""
		}
		if r.IntN(100) >= 60 {
			t.Actions = []shipbell.Action{shipbell.DeleteImage, shipbell.UploadChart}
		}
		all = append(all, t)
	}
	return all
}

// spreadEvents makes pushes for the triggers of spread(n).
func spreadEvents(n int) []shipbell.Event {
	r := rand.New(rand.NewPCG(2, 2))
	tags := []string{"v1.10.0", "v3.4.5", "latest", "release-3-2024", "env7", "1.2"}
	var all []shipbell.Event
	for range 4096 {
		name := fmt.Sprintf("ns-%d/team-%d/svc-%d", r.IntN(max(1, n/50)), r.IntN(10), r.IntN(200))
		all = append(all, *push(name, tags[r.IntN(len(tags))]))
	}
	return all
}

func BenchmarkSetMatch(b *testing.B) {
	for _, n := range []int{10, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, events := match.Compile(spread(n)), spreadEvents(n)
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

func BenchmarkCompile(b *testing.B) {
	triggers := spread(10_000)
	b.ReportAllocs()
	for b.Loop() {
		match.Compile(triggers)
	}
}
