package deliver_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/shared/webhook"
	"github.com/shipbell/shipbell/test/receivers/standin"
)

// standIns are the receivers of all presets, by name.
func standIns() map[string]standin.Receiver {
	all := standin.Chats()
	maps.Copy(all, standin.Deployers())
	maps.Copy(all, standin.Builders())
	return all
}

// answered is what an answer means to a target; one without a status is success.
func answered(target *shipbell.Target, a standin.Answer) shipbell.Outcome {
	if a.Status == 0 {
		return shipbell.Outcome{StatusCode: http.StatusOK}
	}
	header := http.Header{}
	for name, value := range a.Header {
		header.Set(name, value)
	}
	o := shipbell.Outcome{StatusCode: a.Status, Duration: 10 * time.Millisecond}
	webhook.Judge(&o, &target.Options, safehttp.Response{StatusCode: a.Status, Header: header, Body: []byte(a.Body)}, time.Now(), nil)
	return o
}

// silent is the outcome of a request to a target that does not answer in its time.
func silent(target *shipbell.Target) shipbell.Outcome {
	limit := 15 * time.Second
	if target.Timeout > 0 {
		limit = time.Duration(target.Timeout) * time.Second
	}
	return shipbell.Outcome{Error: text.New(text.TimeoutTotal, limit), Duration: limit}
}

// The characters of a receiver: it takes everything, or some of it, is busy now and then, or
// does not answer at all.
const (
	takes = iota
	refuses
	isBusy
	hangs
	characters
)

// crowd is targets with the settings of all presets, with receivers of one character each.
type crowd struct {
	*fleet
	random    *rand.Rand
	receivers map[string]standin.Receiver // by URL, as what follows
	character map[string]int
	accepted  map[shipbell.DeliveryID]time.Time
	to        map[shipbell.DeliveryID]string // the URL of a delivery
}

// TestPresetsTogether has targets of all presets at once, in two processes that are well.
// One that hangs, refuses or is busy makes nobody else's delivery late, nobody gets more
// than its rate, and what is tried again is in time. Of the seeds each gives a receiver
// another character; with the race detector, which slows the store down, there is one.
func TestPresetsTogether(t *testing.T) {
	t.Parallel()
	count := uint64(characters)
	if raceDetector() {
		count = 1
	}
	for seed := range count {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inFleet(t, 2, nil, func(t *testing.T, f *fleet) {
				c := newCrowd(t, f, seed)
				for i := range 60 {
					c.happen()
					if i == 30 {
						for range 25 { // more than some take in a minute
							c.happen()
						}
					}
					time.Sleep(4 * time.Second)
				}
				time.Sleep(3 * time.Minute)
				c.judge()
			})
		})
	}
}

func newCrowd(t *testing.T, f *fleet, seed uint64) *crowd {
	c := &crowd{
		fleet: f, random: rand.New(rand.NewPCG(seed, 0)), receivers: map[string]standin.Receiver{}, character: map[string]int{},
		accepted: map[shipbell.DeliveryID]time.Time{}, to: map[shipbell.DeliveryID]string{},
	}
	if _, _, err := f.admin.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	for i, p := range preset.All() {
		target := shipbell.Target{URL: "http://" + p.Name + "/", Secret: shipbell.NewSecret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")}
		p.Fill(&target)
		c.receivers[target.URL] = standIns()[p.Name]
		c.character[target.URL] = (i + int(seed)) % characters
		made := shipbell.Trigger{Registry: "default", Name: p.Name, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Targets: []shipbell.Target{target}}
		made.Normalise()
		if _, err := f.admin.CreateTrigger(t.Context(), made); err != nil {
			t.Fatal(err)
		}
	}
	f.answer = c.answer
	return c
}

// answer is how the receiver of a target answers.
func (c *crowd) answer(target *shipbell.Target) shipbell.Outcome {
	receiver := c.receivers[target.URL]
	switch kind := c.character[target.URL]; {
	case kind == hangs:
		return silent(target)
	case kind == refuses && c.random.IntN(3) == 0:
		return answered(target, receiver.No)
	case kind == isBusy && c.random.IntN(3) == 0:
		return answered(target, receiver.Busy)
	}
	return answered(target, receiver.Yes)
}

// happen makes a delivery of a new event to each target.
func (c *crowd) happen() {
	now := time.Now()
	for _, d := range c.accept("default") {
		c.accepted[d.ID], c.to[d.ID] = now, d.TargetURL
	}
}

// late is how much later than it could have come a request may come.
const late = time.Second

// judge looks at when the requests came.
func (c *crowd) judge() {
	for url := range c.receivers {
		p, _ := preset.Find(strings.Trim(strings.TrimPrefix(url, "http:"), "/"))
		list := c.requests("default", url, time.Time{})
		if most, limit := mostInAMinute(list), p.Target.Rate; limit > 0 && most > limit+limit/60 { // what may come at once is that of a second
			c.t.Errorf("%s: %d requests in a minute, want %d at most", p.Name, most, limit)
		}
		if c.character[url] == hangs {
			continue // its own are held
		}
		turns := c.turns(p.Target.Rate, list)
		c.judgeLateness(p.Name, turns, list)
		if c.character[url] == takes && len(list) != len(turns) {
			c.t.Errorf("%s: %d requests for %d deliveries", p.Name, len(list), len(turns))
		}
	}
}

// judgeLateness finds the first request that came too late.
func (c *crowd) judgeLateness(name string, turns []time.Time, list []arrival) {
	for i, turn := range turns {
		switch latest := turn.Add(late); {
		case latest.After(time.Now()):
			return
		case i == len(list):
			c.t.Errorf("%s: %d requests, and one more was to come at %s", name, i, turn.Format(time.StampMilli))
			return
		case list[i].at.After(latest):
			c.t.Errorf("%s: request %d of %d was to come at %s, and came at %s", name, i+1, len(list), turn.Format(time.StampMilli), list[i].at.Format(time.StampMilli))
			return
		}
	}
}

// turns are when the requests to a target could have come at the earliest: each as soon as it
// is due, but no more than so many a minute.
func (c *crowd) turns(perMinute int, list []arrival) (turns []time.Time) {
	failures, url := map[shipbell.DeliveryID]int{}, list[0].url
	for id, at := range c.accepted {
		if c.to[id] == url {
			turns = append(turns, at)
		}
	}
	for _, r := range list {
		if r.outcome.Succeeded() || r.outcome.Final {
			continue
		}
		wait := max(shipbell.BusyWait, r.outcome.RetryAfter)
		if !r.outcome.Busy {
			wait = c.schedule[failures[r.id]]
			failures[r.id]++
		}
		turns = append(turns, r.at.Add(r.outcome.Duration+wait))
	}
	slices.SortFunc(turns, time.Time.Compare)
	for i := range turns {
		if i > 0 && perMinute > 0 {
			if next := turns[i-1].Add(time.Minute / time.Duration(perMinute)); next.After(turns[i]) {
				turns[i] = next
			}
		}
	}
	return turns
}
