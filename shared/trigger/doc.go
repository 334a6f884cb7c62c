// Package trigger holds Shipbell's words and decisions: what an event, a
// trigger, a rule, a delivery and an attempt are, which triggers an event
// matches, and what becomes of a delivery after each attempt.
//
// It is pure: it does no I/O, reads no clock and draws no random number that
// was not handed to it. Everything else in Shipbell speaks in its words.
package trigger

// Version is the version of Shipbell, as it stands in the User-Agent header
// and in the health check's answer.
const Version = "0.1.0"
