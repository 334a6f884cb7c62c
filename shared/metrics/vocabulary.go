package metrics

import (
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Metric is one thing that is measured.
type Metric uint8

// The metrics, as Vocabulary describes them.
const (
	Events Metric = iota
	Deliveries
	Attempts
	AttemptSeconds
	FirstAttemptDelay
	EndToEnd
	RetryLateness
	QueueDepth
	QueueOldestAge
	DueOldestAge
	Circuits
	OpenCircuits
	SetAsideRecords
	Sweeps
	StoreErrors
	ColdStarts
)

// Kind tells what a value does to a metric.
type Kind uint8

// The kinds.
const (
	// A Counter adds up.
	Counter Kind = iota
	// A Gauge is what was measured last, and a Peak is the highest of the last minutes.
	Gauge
	Peak
	// A Histogram has observations in seconds.
	Histogram
)

// Word describes a metric.
type Word struct {
	Metric Metric
	// Name has small letters and underscores, and the unit at its end unless it is a
	// count.
	Name   string
	Kind   Kind
	Help   string
	Labels []Label
}

// Label is a label and all values that it can have.
type Label struct {
	Name   string
	Values []string
	// Aside keeps the label out of the names that Lines writes: it is a field of the line.
	Aside bool
}

// Vocabulary is all that is measured. sources are the names of the dialects.
func Vocabulary(sources ...string) []Word {
	return []Word{
		{Events, "events", Counter, "Events of registries by what became of them; refused and failed count requests.", []Label{
			{Name: "source", Values: append(slices.Clone(sources), UnknownSource), Aside: true},
			{Name: "result", Values: []string{string(Matched), string(Unmatched), string(Ignored), string(Refused), string(Failed)}},
		}},
		{Deliveries, "deliveries", Counter, "Deliveries by the status that they came to; pending are those accepted or redelivered.", []Label{
			{Name: "status", Values: []string{string(shipbell.Pending), string(shipbell.Succeeded), string(shipbell.Failed), string(shipbell.Cancelled)}},
		}},
		{Attempts, "attempts", Counter, "Requests to targets by their outcome.", []Label{{Name: "outcome", Values: outcomes()}}},
		{AttemptSeconds, "attempt_seconds", Histogram, "How long requests to targets took.", nil},
		{FirstAttemptDelay, "first_attempt_delay_seconds", Histogram, "From the receipt of an event to the first attempt of a delivery.", nil},
		{EndToEnd, "end_to_end_seconds", Histogram, "From the receipt of an event, or a redelivery, to the success of a delivery.", nil},
		{RetryLateness, "retry_lateness_seconds", Histogram, "From the time at which a later attempt was due to its begin.", nil},
		{QueueDepth, "queue_depth", Gauge, "Messages that wait for deliver.", nil},
		{QueueOldestAge, "queue_oldest_age_seconds", Gauge, "How long the oldest message has waited for deliver.", nil},
		{DueOldestAge, "due_oldest_age_seconds", Peak, "How long the delivery that has waited longest has been due, as sweep found it.", nil},
		{Circuits, "circuits", Counter, "Changes of the circuits of targets; reopened are probes that failed, pause_near warnings before a target is paused.", []Label{
			{Name: "change", Values: []string{string(Opened), string(Reopened), string(Closed), string(PauseNear), string(Paused)}},
		}},
		{OpenCircuits, "open_circuits", Gauge, "Targets whose deliveries are held now.", nil},
		{SetAsideRecords, "set_aside_records", Gauge, "Damaged records that are set aside.", nil},
		{Sweeps, "sweeps", Counter, "Runs of sweep by how they ended.", []Label{
			{Name: "end", Values: []string{string(Finished), string(Unfinished), string(Broken)}},
		}},
		{StoreErrors, "store_errors", Counter, "Calls of the store that failed.", nil},
		{ColdStarts, "cold_starts", Counter, "Processes that began.", nil},
	}
}

// The outcomes of an attempt that are no class of status codes.
const (
	succeeded = "succeeded"
	// other is an answer outside 300 to 599 that is no success.
	other   = "other"
	timeout = "timeout"
	network = "network"
	// unsent are requests that may not or cannot be made.
	unsent = "unsent"
)

func outcomes() []string {
	return []string{succeeded, "3xx", "4xx", "5xx", other, timeout, network, unsent}
}

func outcomeOf(o shipbell.Outcome) string {
	switch class := o.StatusCode / 100; {
	case o.Succeeded():
		return succeeded
	case class >= 3 && class <= 5:
		return outcomes()[class-2]
	case class != 0:
		return other
	case o.TimedOut():
		return timeout
	case o.Final:
		return unsent
	}
	return network
}

// camel joins words of small letters by capitals: first_attempt is FirstAttempt.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// LineName is the name of a series in the lines of Lines: the metric and the labels that
// are not aside, such as AttemptsTimeout.
func (w Word) LineName(labels ...string) string {
	name := camel(w.Name)
	for i, label := range w.Labels {
		if !label.Aside {
			name += camel(labels[i])
		}
	}
	return name
}
