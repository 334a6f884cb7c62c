package deliver_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/receivers/standin"
)

// target answers attempts, and refuses what no target may see.
func (w *world) target(p *process) senderFunc {
	return func(d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
		if !p.alive() {
			return shipbell.Outcome{} // it died before the request left
		}
		outcome := w.mood(d.ID, &target, attempt)
		w.arrive(p, d, target, attempt)
		p.sleep(outcome.Duration)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.under[d.ID].process == p {
			delete(w.under, d.ID)
		}
		return outcome
	}
}

// options are those of a preset, and in a world that is rated of one rate more, for what
// events are, and how many, is the world's. It notes the receiver.
func (w *world) options(url string) shipbell.Options {
	all := preset.All()
	p := all[w.draw("preset of "+url).IntN(len(all))]
	w.receivers[url] = standIns()[p.Name]
	chosen := p.Target.Options
	options := shipbell.Options{Timeout: chosen.Timeout, Success: chosen.Success, Permanent: chosen.Permanent, Busy: chosen.Busy}
	if w.rated {
		options.Rate = chosen.Rate
	}
	if w.rated && url == "http://b/2" {
		options.Rate = 30
	}
	return options
}

// mood is how a target answers. Now and then one takes minutes in which it answers
// nothing.
func (w *world) mood(id shipbell.DeliveryID, target *shipbell.Target, attempt int) shipbell.Outcome {
	if w.draw(fmt.Sprint(target.URL, time.Now().Unix()/240)).IntN(5) == 0 {
		return silent(target)
	}
	random, receiver := w.draw(fmt.Sprint(id, attempt)), w.receivers[target.URL]
	var outcome shipbell.Outcome
	switch kind := random.IntN(8); kind {
	case 0, 1, 2, 3:
		outcome = answered(target, []standin.Answer{receiver.Yes, receiver.Yes, receiver.No, receiver.Busy}[kind])
	case 4:
		outcome = answered(target, standin.Answer{Status: 500})
	case 5:
		outcome = answered(target, standin.Answer{Status: 429, Header: map[string]string{"Retry-After": "60"}})
	case 6:
		outcome = answered(target, standin.Answer{Status: 410})
	default:
		outcome = shipbell.Outcome{Error: text.Literal("timeout")}
	}
	outcome.Duration = time.Duration(random.Int64N(int64(300 * time.Millisecond)))
	if random.IntN(4) == 0 {
		outcome.Duration = time.Duration(random.Int64N(int64(15 * time.Second)))
	}
	return outcome
}

// arrive takes a request down, and judges whether it may be made.
func (w *world) arrive(p *process, d *shipbell.Delivery, target shipbell.Target, attempt int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.trace = append(w.trace, fmt.Sprintf("%v process %d: %s attempt %d to %s", now.UnixNano(), p.name, d.ID, attempt, target.URL))
	this := request{d.ID, attempt}
	if w.requests[this] {
		w.t.Errorf("two requests for attempt %d of %s", attempt, d.ID)
	}
	w.requests[this] = true
	if other, there := w.under[d.ID]; there && other.alive() {
		// A process whose clock is off takes the claims of others for those of a clock that was off.
		claimed := other.at.Add(-max(lease, deliver.Lease(time.Duration(target.Timeout)*time.Second)))
		if !slices.ContainsFunc(w.processes, func(p *process) bool { return p.offSince(claimed) }) {
			w.t.Errorf("two requests for %s at once, of process %d and %d, %v apart", d.ID, other.name, p.name, now.Sub(other.at))
		}
	}
	w.under[d.ID] = underWay{p, now}
	limit := time.Second
	if w.hangs > 0 {
		limit += 6 * time.Second // a call may hang between the last look and the request
	}
	if d.TriggerID == 3 && !w.disabledAt.IsZero() && now.Sub(w.disabledAt) > limit {
		w.t.Errorf("a request %v after the trigger was disabled", now.Sub(w.disabledAt))
	}
	if target.URL != d.TargetURL {
		w.t.Errorf("a request to %s for %s", target.URL, d.TargetURL)
	}
	if want := w.images(w.promised[d.ID]); want > 1 && len(wholeOf(d).Resources) != want {
		w.t.Errorf("a request with %d of %d images", len(wholeOf(d).Resources), want)
	}
}

func wholeOf(d *shipbell.Delivery) *shipbell.Event {
	if d.Whole != nil {
		return d.Whole
	}
	return &d.Event
}
