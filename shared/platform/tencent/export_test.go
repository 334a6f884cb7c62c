package tencent

import (
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// NewStore is the store alone, with a clock.
func NewStore(url string, cluster bool, now func() time.Time) (platform.KV, error) {
	a, err := parseAddress(url, "")
	return newStore(a, cluster, now), err
}

// ParseAddress gives the host of an address.
func ParseAddress(text, password string) (host string, err error) {
	a, err := parseAddress(text, password)
	return a.host, err
}

// AddressErrors are all that ParseAddress gives.
func AddressErrors() []error { return []error{errAddress, errDatabase, errTwice} }

// Pack gives the events of messages.
func Pack(messages []platform.Message) (events [][]byte, errs []error) {
	errs = make([]error, len(messages))
	for _, b := range pack(messages, errs) {
		events = append(events, b.event())
	}
	return events, errs
}
