package deliver_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// busy is the outcome of a request to a target that has too much to do.
func busy() shipbell.Outcome {
	return shipbell.Outcome{StatusCode: http.StatusTooManyRequests, Error: text.New(text.StatusNotSuccess, http.StatusTooManyRequests), Busy: true, RetryAfter: 2 * time.Minute}
}

// TestBusyIsNoFailure has a target be busy for longer than the first waits of the schedule
// last, with more deliveries than open a circuit.
func TestBusyIsNoFailure(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, busy())
		var all []shipbell.Delivery
		for range 40 {
			all = append(all, f.accept("default")...)
			time.Sleep(time.Second)
		}
		if d := f.stored(all[0]); !d.HeldBy(text.HeldTargetBusy) || d.AttemptCount() != 1 || d.NextAttemptAt.Sub(d.CreatedAt).Round(time.Second) != 2*time.Minute {
			t.Errorf("of a busy target: %+v", d)
		}
		time.Sleep(10 * time.Minute)
		f.heal("default", targetURL)
		time.Sleep(3 * time.Minute)
		for _, d := range all {
			if d = f.stored(d); d.Status != shipbell.Succeeded || d.AttemptCount() < 5 {
				t.Errorf("afterwards: %+v", d)
			}
		}
		if f.kv.circuitWrites > 0 {
			t.Errorf("%d writes of circuits", f.kv.circuitWrites)
		}
	})
}

// TestBusyProbe has a target that did not answer be busy at the first probe: the others
// wait as long as it asks for.
func TestBusyProbe(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kill("default", targetURL, timedOut())
		for range 20 {
			f.accept("default")
		}
		time.Sleep(30 * time.Second) // the circuit opens after 15 s
		f.kill("default", targetURL, busy())
		probed := time.Now()
		time.Sleep(2 * time.Minute)
		if n := len(f.requests("default", targetURL, probed)); n != 1 {
			t.Errorf("%d requests while the target is busy, want the probe", n)
		}
		f.heal("default", targetURL)
		d := f.accept("default")[0]
		time.Sleep(time.Minute)
		if d = f.stored(d); d.Status != shipbell.Succeeded || f.circuit(d).Version != 0 {
			t.Errorf("afterwards: %+v", d)
		}
	})
}
