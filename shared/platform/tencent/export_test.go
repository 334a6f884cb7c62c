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

// For tests: what settings become.
var (
	ParseAddress = func(text, password string) error {
		_, err := parseAddress(text, password)
		return err
	}
	Pack = func(messages []platform.Message) (events [][]byte, errs []error) {
		errs = make([]error, len(messages))
		for _, b := range pack(messages, errs) {
			events = append(events, b.event())
		}
		return events, errs
	}
)
