package shipbell

import (
	"slices"

	"github.com/shipbell/shipbell/shared/text"
)

// AttemptKind is why an attempt was made.
type AttemptKind string

// The kinds.
const (
	AttemptFirst  AttemptKind = "first"
	AttemptRetry  AttemptKind = "retry"
	AttemptManual AttemptKind = "manual" // somebody had the delivery sent again
	AttemptTest   AttemptKind = "test"   // of a trigger; nothing is stored
)

// Exchange is what was seen of the request of an attempt beside its outcome. Times are in
// milliseconds; what was not done, or took none, is 0. The names in JSON are short because
// each attempt writes the record of its delivery.
type Exchange struct {
	// Remote is the address and port that was connected to, or "".
	Remote string `json:"r,omitempty"`
	// DNSMS, ConnectMS and TLSMS are how long it took to look the name up, to connect and to
	// agree on TLS, and FirstByteMS how long after the beginning the answer began.
	DNSMS       int64 `json:"d,omitempty"`
	ConnectMS   int64 `json:"c,omitempty"`
	TLSMS       int64 `json:"t,omitempty"`
	FirstByteMS int64 `json:"f,omitempty"`
	// Reused tells that the connection was used before.
	Reused bool `json:"u,omitempty"`
	// RequestBytes and AnswerBytes are the sizes of the bodies, that of the answer as it was
	// announced, or as far as it was read.
	RequestBytes int64 `json:"q,omitempty"`
	AnswerBytes  int64 `json:"a,omitempty"`
	// Header are lines of the answer's header, in order of their names, with secrets masked.
	Header []HeaderLine `json:"h,omitempty"`
}

// HeaderLine is the name and the value of a line of a header.
type HeaderLine [2]string

// Kind is why the attempt was made.
func (a *Attempt) Kind() AttemptKind {
	switch {
	case a.Test:
		return AttemptTest
	case a.Manual:
		return AttemptManual
	case a.Number == 1:
		return AttemptFirst
	}
	return AttemptRetry
}

// manual reports whether the next attempt is the first since a redelivery.
func (d *Delivery) manual() bool {
	return !d.RedeliveredAt.IsZero() && d.AttemptCount() == d.PriorAttempts
}

// hideAttempts hides from those who are no admins which addresses of private networks a
// target was found at.
func (d *Delivery) hideAttempts() {
	d.Attempts = slices.Clone(d.Attempts)
	for i := range d.Attempts {
		a := &d.Attempts[i]
		if a.Exchange != nil {
			hidden := *a.Exchange
			hidden.Remote, a.Exchange = "", &hidden
		}
		if a.Error.Code != text.AddressBlocked || len(a.Error.Args) == 0 {
			continue
		}
		if why, ok := a.Error.Args[0].(text.Message); ok && why.Code == text.AddressPrivate {
			a.Error = text.New(text.AddressBlocked, text.AddressNotPublic)
		}
	}
}
