// Package shipbell holds the words that everything in Shipbell speaks in: events,
// registries, triggers, targets, deliveries, attempts, access keys and errors. It
// says which of them are valid and what becomes of a delivery after each attempt.
//
// It is pure: it does no I/O, reads no clock and draws no random number that
// was not handed to it.
package shipbell

// Version is the version of Shipbell, as it stands in the User-Agent header
// and in the health check's answer.
const Version = "0.1.0"
