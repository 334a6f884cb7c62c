package main

import "github.com/shipbell/shipbell/tools/cost/units"

// traffic is what one event with one delivery takes.
type traffic struct {
	name string
	// httpAPI tells that events come by the HTTP API, not by the Function URL.
	httpAPI bool
	// takes is what receive and deliver take, and sweeps what sweep takes for it beyond
	// what it takes anyway.
	takes, sweeps units.Units
	// attempts is how many attempts there are, 1 if 0.
	attempts float64
	// delivers is how many invocations of deliver there are for the event: a batch counts
	// for each of its messages in part.
	delivers float64
	// deliverMetrics are the bytes of metrics of one invocation of deliver.
	deliverMetrics float64
	// receiveMS is how long one invocation of receive takes, deliverMS one of deliver
	// with all its messages at once.
	receiveMS, deliverMS float64
}

const (
	memoryGB = 0.25
	// CloudWatch adds 26 bytes to each line.
	lineBytes = 26
	// The line of metrics that an invocation writes: of receive, of sweep, and of deliver
	// with one message and with ten.
	receiveMetrics, sweepMetrics     = 257 + lineBytes, 344 + lineBytes
	deliverMetrics, deliverMetrics10 = 480 + lineBytes, 725 + lineBytes
	// What an event leaves in the table, with 100 bytes for each item that DynamoDB adds.
	keptBytes = 1900
)

// scenarios are the ways that events come in. Times are estimates: the processes take
// less than a millisecond of their own, and wait for the table, the queue and the target.
func scenarios(triggers int) []traffic {
	busy := traffic{
		name: "busy", takes: units.Busy(), sweeps: units.ScanHundred().Times(0.01),
		delivers: 0.1, deliverMetrics: deliverMetrics10, receiveMS: 20, deliverMS: 300,
	}
	sparse := traffic{name: "sparse", takes: units.Sparse(), sweeps: units.ScanOne(), delivers: 1, deliverMetrics: deliverMetrics, receiveMS: 25, deliverMS: 200}
	cold := sparse
	cold.name, cold.takes = "new processes each time", units.Cold(triggers)
	cold.receiveMS, cold.deliverMS = 100+float64(triggers)/10, 275 // a start is billed
	return []traffic{busy, sparse, cold}
}

// failing is an event with one delivery whose nine attempts fail, among so many others
// that deliver gets ten messages at once.
func failing() traffic {
	return traffic{
		// The last four attempts are woken by sweep, which sends ten messages at once, too.
		name: "nine failed attempts", takes: units.NineFailures(), sweeps: units.Units{Sends: -4 * 0.9}, attempts: 9, delivers: 0.9, deliverMetrics: deliverMetrics10,
		receiveMS: 20, deliverMS: 300,
	}
}

// line is one item of a bill, in dollars.
type line struct {
	what    string
	dollars float64
}

// perMillion is the bill for a million events.
func (t traffic) perMillion(p prices) []line {
	all := t.takes.Plus(t.sweeps)
	// A batch is received once and deleted once.
	requests := million * (all.Sends + 2*t.delivers)
	lines := 1 + max(1, t.attempts) // one for each request and attempt, beside those of metrics
	logBytes := all.LogBytes + lines*lineBytes + receiveMetrics + t.delivers*t.deliverMetrics
	bill := []line{
		{"table: writes", million * all.Writes * p.writeUnit},
		{"table: reads", million * all.Reads * p.readUnit},
		{"queue: requests", requests * p.sqsRequest},
		{"functions: requests", million * (1 + t.delivers) * p.lambdaRequest},
		{"functions: time", t.gbSeconds() * p.lambdaGBSecond},
		{"logs and metrics", million * logBytes / 1e9 * p.logGB},
	}
	if t.httpAPI {
		bill = append(bill, line{"HTTP API", million * p.httpAPIRequest})
	}
	return bill
}

func (t traffic) gbSeconds() float64 {
	return million * (t.receiveMS + t.delivers*t.deliverMS) / 1000 * memoryGB
}

// What the template has, which a test counts.
const (
	alarmMetrics = 22
	// customMetrics are those that functions write, each billed for the hours in which it
	// has a value, and one from a log.
	customMetrics = 32 + 1
	dashboards    = 1
)

// monthly is the bill for a month whatever comes, with one registry. The first five
// lines are there when nothing happens.
func monthly(p prices) []line {
	const (
		minutes = 60 * 24 * 30
		sweepMS = 60
		// Lambda polls two queues with five connections, 20 s each; sweep asks for dead events.
		polls = 2*5*3*minutes + minutes
		// those that sweep writes whenever it runs
		idleMetrics = 6
		starts      = 10_000
	)
	idle := units.IdleSweep()
	return []line{
		{"sweep", minutes * (p.lambdaRequest + sweepMS/1000.*memoryGB*p.lambdaGBSecond + idle.Writes*p.writeUnit + idle.Reads*p.readUnit + sweepMetrics/1e9*p.logGB)},
		{"queue: polling", polls * p.sqsRequest},
		{"sealing key, and its use by 10,000 starts", p.kmsKeyMonth + starts*p.kmsRequest},
		{"alarms (the first ten are free)", alarmMetrics * p.alarmMonth},
		{"dashboard (the first three are free)", dashboards * p.dashboardMonth},
		{"metrics of sweep (the first ten metrics are free)", idleMetrics * p.metricMonth},
		{"the other metrics, at most, when events come all the time", (customMetrics - idleMetrics) * p.metricMonth},
	}
}

// kept is what a month of a million events costs for as long as it is kept.
func kept(p prices) []line {
	const gigabytes = million * keptBytes / 1e9
	return []line{
		{"table: storage (the first 25 GB are free)", gigabytes * p.storageGBMonth},
		{"table: recovery to any point in time", gigabytes * p.recoveryGBMonth},
		{"logs", million * (420 + 2*lineBytes + receiveMetrics + deliverMetrics) / 1e9 * p.logStorageGBMonth},
	}
}

func total(bill []line) float64 {
	sum := 0.0
	for _, one := range bill {
		sum += one.dollars
	}
	return sum
}
