// Package units holds what events take on AWS, in the units that are paid for.
// test/writeunits counts each figure with the code itself over an emulator, and fails
// when one has changed.
package units

// Units is what some work takes.
type Units struct {
	// Writes are write units of the table: one for each KiB begun of an item. Reads are
	// read units: one for each 4 KiB begun, half of that in the index.
	Writes, Reads float64
	// Sends are requests that send messages, of up to ten each.
	Sends float64
	// LogBytes are bytes of log lines, at most.
	LogBytes float64
}

// Plus adds what other work takes.
func (u Units) Plus(o Units) Units {
	return Units{u.Writes + o.Writes, u.Reads + o.Reads, u.Sends + o.Sends, u.LogBytes + o.LogBytes}
}

// Minus takes off what other work takes.
func (u Units) Minus(o Units) Units { return u.Plus(o.Times(-1)) }

// Times is the work done n times.
func (u Units) Times(n float64) Units {
	return Units{u.Writes * n, u.Reads * n, u.Sends * n, u.LogBytes * n}
}

// Busy is an event with one delivery that succeeds at once, where events follow each
// other within a second, from a source whose deletes say all that they concern. Written are
// the event, the delivery, the entry in its trigger's list, what the tag points to now, the
// claim and the result; the message carries the delivery. Read are what the tag pointed to
// before, and whether the event was known by a time ahead of its receipt.
func Busy() Units { return Units{Writes: 6, Reads: 2, Sends: 1, LogBytes: 420} }

// Sparse is such an event where more than a second has passed since the one before: the
// access key, the registry, the revision of its triggers, the trigger and how quickly its
// target answers are read again.
// It is the same for any number of triggers.
func Sparse() Units { return Units{Writes: 6, Reads: 9, Sends: 1, LogBytes: 420} }

// Cold is such an event that comes to new processes of receive and deliver, with 1, 100
// or 1,000 triggers of about 700 bytes, all of which receive reads.
func Cold(triggers int) Units {
	u := Sparse()
	u.Reads = map[int]float64{1: 12, 100: 29, 1000: 190}[triggers]
	return u
}

// NineFailures is an event with one delivery whose nine attempts fail, with answers of a
// KiB, and what sweep takes beyond IdleSweep to find it when a long wait is over.
//
// Written are the event, the delivery, the entry and the tag; the claim and the result of each
// attempt, in a row that stays within a KiB; the first answer, which is kept beside the row
// and repeated; and 14 changes of the index of due ones.
func NineFailures() Units { return Units{Writes: 38, Reads: 44, Sends: 9, LogBytes: 3400} }

// IdleSweep is a call of sweep that finds nothing, with one registry. Every second
// call also writes its clock.
func IdleSweep() Units { return Units{Writes: 1.5, Reads: 17} }

// ScanOne is what sweep takes beyond IdleSweep to scan one delivery and to count it.
func ScanOne() Units { return Units{Writes: 1, Reads: 1} }

// ScanHundred is the same for a hundred deliveries of one minute.
func ScanHundred() Units { return Units{Writes: 3, Reads: 25} }
