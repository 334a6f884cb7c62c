// Package metrics is the vocabulary of what Shipbell measures. A function gets a Recorder,
// as it gets its logger, and says what happened. Where the values go is a Sink: Lines
// writes them to the log of a function in a cloud, and the command shipbell keeps them
// for Prometheus.
//
// Every label has a small number of values. None holds a URL, a repository or anything
// else that a sender or a user chooses.
package metrics

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Sink takes measured values.
type Sink interface {
	// Take takes one value: it adds to a counter, replaces a gauge, and is one
	// observation of a histogram. It may be called from many goroutines, does not
	// block, and cannot fail.
	Take(s Series, value float64)
}

// Series is a metric with the values of its labels, in their order.
type Series struct {
	Metric Metric
	Labels [maxLabels]string
}

const maxLabels = 2

// Recorder says in the words of the vocabulary what happened. The nil Recorder records
// nothing. It may be used from many goroutines.
type Recorder struct{ sink Sink }

// New makes a Recorder.
func New(to Sink) *Recorder { return &Recorder{to} }

func (r *Recorder) take(value float64, m Metric, labels ...string) {
	if r == nil {
		return
	}
	s := Series{Metric: m}
	copy(s.Labels[:], labels)
	r.sink.Take(s, value)
}

// Result is what became of an event.
type Result string

// The results.
const (
	// Matched events have deliveries; an event that is sent again has them already.
	Matched Result = "matched"
	// Unmatched events matched no trigger, and Ignored ones are no events to Shipbell.
	Unmatched Result = "unmatched"
	Ignored   Result = "ignored"
	// Refused and Failed count requests: what they held is not known, or not done. The
	// former were answered 4xx, the latter 5xx, after which registries send again.
	Refused Result = "refused"
	Failed  Result = "failed"
)

// UnknownSource is the source of a request that no dialect recognised.
const UnknownSource = "unknown"

// Events counts n events of a source, the name of a dialect or "" if it is unknown.
func (r *Recorder) Events(source string, result Result, n int) {
	if n == 0 {
		return
	}
	if source == "" {
		source = UnknownSource
	}
	r.take(float64(n), Events, source, string(result))
}

// Delivery counts a delivery that has come to a status and is stored with it. Pending is
// counted when a delivery is accepted, and again when it is redelivered.
func (r *Recorder) Delivery(status shipbell.Status) { r.take(1, Deliveries, string(status)) }

// Attempt counts a request to a target, and how long it took if it was made.
func (r *Recorder) Attempt(o shipbell.Outcome) {
	outcome := outcomeOf(o)
	r.take(1, Attempts, outcome)
	if outcome != unsent {
		r.take(o.Duration.Seconds(), AttemptSeconds)
	}
}

// Begun measures how late an attempt begins that was due at a time: the first one after
// the delivery's receipt, any other after it was due.
func (r *Recorder) Begun(d *shipbell.Delivery, due, now time.Time) {
	if d.AttemptCount() == 1 {
		r.take(since(d.CreatedAt, now), FirstAttemptDelay)
		return
	}
	r.take(since(due, now), RetryLateness)
}

// Succeeded measures the time from a delivery's receipt, or from its last redelivery, to
// its success.
func (r *Recorder) Succeeded(d *shipbell.Delivery, now time.Time) {
	began := d.CreatedAt
	if !d.RedeliveredAt.IsZero() {
		began = d.RedeliveredAt
	}
	r.take(since(began, now), EndToEnd)
}

// since is in seconds, and 0 where another clock was ahead.
func since(then, now time.Time) float64 { return max(now.Sub(then), 0).Seconds() }

// Change is a change of a target's circuit.
type Change string

// The changes.
const (
	Opened Change = "opened"
	// Reopened means that the probe failed.
	Reopened Change = "reopened"
	Closed   Change = "closed"
	// PauseNear means that a target comes near to being paused, and Paused that it is.
	PauseNear Change = "pause_near"
	Paused    Change = "paused"
)

// Circuit counts a change of a circuit.
func (r *Recorder) Circuit(c Change) { r.take(1, Circuits, string(c)) }

// OpenCircuits measures how many targets have deliveries that are held now.
func (r *Recorder) OpenCircuits(n int) { r.take(float64(n), OpenCircuits) }

// Run is how a run of sweep ended.
type Run string

// The ends of a run.
const (
	Finished Run = "finished"
	// Unfinished means that its time was up before all was done. The next run goes on.
	Unfinished Run = "unfinished"
	Broken     Run = "failed"
)

// Sweep counts a run of sweep. overdue is how long the delivery that has waited longest of
// those that the run came across has been due, 0 if there was none.
func (r *Recorder) Sweep(end Run, overdue time.Duration) {
	r.take(1, Sweeps, string(end))
	r.take(max(overdue, 0).Seconds(), DueOldestAge)
}

// Queue measures how many messages wait for deliver, and how long the oldest has.
func (r *Recorder) Queue(depth int, oldest time.Duration) {
	r.take(float64(depth), QueueDepth)
	r.take(oldest.Seconds(), QueueOldestAge)
}

// SetAside measures how many damaged records are set aside now.
func (r *Recorder) SetAside(n int) { r.take(float64(n), SetAsideRecords) }

// StoreError counts a call of the store that failed, after all tries of the platform.
func (r *Recorder) StoreError() { r.take(1, StoreErrors) }

// ColdStart counts a process that has begun.
func (r *Recorder) ColdStart() { r.take(1, ColdStarts) }
