package main

// traffic is what one event with one delivery that succeeds at once takes.
type traffic struct {
	name string
	// httpAPI tells that events come by the HTTP API, not by the Function URL.
	httpAPI bool
	// writes and reads are units of the table: a write is at most 1 KiB, a read 4 KiB.
	writes, reads float64
	// messages is how many messages one invocation of deliver gets.
	messages float64
	// receiveMS is how long one invocation of receive takes, deliverMS one of deliver
	// with all its messages at once.
	receiveMS, deliverMS float64
	// logBytes is what the functions log.
	logBytes float64
}

const (
	memoryGB = 0.25
	// Writes: the event, the delivery, the trigger's listing entry, the claim, the
	// result. The index of due deliveries is not touched by one that succeeds at once.
	eventWrites = 5
	// Reads of every event: deliver reads the delivery; sweep looks once at each, and
	// a page of 4 KiB holds about four.
	eventReads = 1 + 0.25
	// Reads that a second's cache saves while events come faster than that: receive
	// reads the access key and the registry, deliver the registry.
	coldReads = 3
	// Two lines, as counted from the log, and 26 bytes for each that CloudWatch adds.
	eventLog = 265 + 330 + 2*26
	// What an event leaves in the table, with 100 bytes for each item that DynamoDB adds.
	keptBytes = 1900
)

// scenarios are the ways that events come in.
func scenarios() []traffic {
	busy := traffic{
		name: "busy, by the Function URL", writes: eventWrites, reads: eventReads,
		messages: 10, receiveMS: 20, deliverMS: 300, logBytes: eventLog,
	}
	api, quiet := busy, busy
	api.name, api.httpAPI = "busy, by the HTTP API", true
	quiet.name = "one by one, by the Function URL"
	quiet.reads, quiet.messages, quiet.deliverMS = eventReads+coldReads, 1, 200
	return []traffic{busy, api, quiet}
}

// line is one item of a bill, in dollars.
type line struct {
	what    string
	dollars float64
}

// perMillion is the bill for a million events.
func (t traffic) perMillion(p prices) []line {
	invocations := million / t.messages
	gbSeconds := (million*t.receiveMS + invocations*t.deliverMS) / 1000 * memoryGB
	// receive sends once; a batch is received once and deleted once.
	requests := million + 2*invocations
	bill := []line{
		{"table: writes", million * t.writes * p.writeUnit},
		{"table: reads", million * t.reads * p.readUnit},
		{"queue: requests", requests * p.sqsRequest},
		{"functions: requests", (million + invocations) * p.lambdaRequest},
		{"functions: time", gbSeconds * p.lambdaGBSecond},
		{"logs", million * t.logBytes / 1e9 * p.logGB},
	}
	if t.httpAPI {
		bill = append(bill, line{"HTTP API", million * p.httpAPIRequest})
	}
	return bill
}

// free is what the free tier takes off the first million events of a month.
func (t traffic) free(p prices) float64 {
	invocations := million / t.messages
	gbSeconds := (million*t.receiveMS + invocations*t.deliverMS) / 1000 * memoryGB
	return min(million+2*invocations, p.freeSQSRequest)*p.sqsRequest +
		min(million+invocations, p.freeLambdaRequests)*p.lambdaRequest +
		min(gbSeconds, p.freeLambdaGBSeconds)*p.lambdaGBSecond +
		min(million*t.logBytes/1e9, p.freeLogGB)*p.logGB
}

// standing is the bill for a month in which nothing happens.
func standing(p prices) []line {
	const (
		minutes = 60 * 24 * 30
		sweepMS = 60
		// 16 shards of the index at half a unit, the registries, a checkpoint.
		sweepReads = 16*0.5 + 2
		// Lambda polls with five connections, 20 s each.
		polls  = 5 * 3 * minutes
		alarms = 6
		// from the logs
		metrics = 2
	)
	return []line{
		{"sweep", minutes * (p.lambdaRequest + sweepMS/1000.*memoryGB*p.lambdaGBSecond + sweepReads*p.readUnit)},
		{"queue: polling", polls * p.sqsRequest},
		{"sealing key", p.kmsKeyMonth},
		{"alarms and metrics (the first ten of each are free)", alarms*p.alarmMonth + metrics*p.metricMonth},
		{"dashboard (the first three are free)", p.dashboardMonth},
	}
}

// kept is what a month of a million events costs for as long as it is kept.
func kept(p prices) []line {
	const gigabytes = million * keptBytes / 1e9
	return []line{
		{"table: storage (the first 25 GB are free)", gigabytes * p.storageGBMonth},
		{"table: recovery to any point in time", gigabytes * p.recoveryGBMonth},
	}
}

func total(bill []line) float64 {
	sum := 0.0
	for _, one := range bill {
		sum += one.dollars
	}
	return sum
}
