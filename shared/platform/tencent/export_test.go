package tencent

import "github.com/shipbell/shipbell/shared/platform"

// Pack gives the events of messages.
func Pack(messages []platform.Message) (events [][]byte, errs []error) {
	errs = make([]error, len(messages))
	for _, b := range pack(messages, errs) {
		events = append(events, b.event())
	}
	return events, errs
}
