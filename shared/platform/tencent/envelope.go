package tencent

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/platform"
)

// envelope is the event of one asynchronous invocation of deliver: the bodies of
// some messages.
type envelope struct {
	// Shipbell is envelopeKind, which tells an envelope from other events.
	Shipbell string   `json:"shipbell"`
	Messages []string `json:"messages"`
}

const envelopeKind = "deliver"

// maxMessages is how many messages an envelope holds at most: what deliver works
// on at once.
const maxMessages = 100

// An envelope stays below maxEnvelope bytes. A message that does not fit into one
// has an event of its own, and SCF takes events of up to maxEvent.
const (
	maxEnvelope = 64 << 10
	maxEvent    = 128 << 10
)

var (
	errNotText  = errors.New("send: the message is empty, or not text")
	errTooLarge = errors.New("send: the message is too large")
)

// batch is an envelope in the making, and the numbers of the messages in it.
type batch struct {
	bodies  []string
	numbers []int
	size    int
}

// event is the envelope as SCF gets it.
func (b *batch) event() []byte { return text(envelope{Shipbell: envelopeKind, Messages: b.bodies}) }

// pack puts messages into envelopes, in their order, and notes in errs those that
// cannot be sent.
func pack(messages []platform.Message, errs []error) []*batch {
	empty := len(text(envelope{Shipbell: envelopeKind, Messages: []string{}}))
	var all []*batch
	for i := range messages {
		body := string(messages[i].Body)
		if body == "" || !utf8.ValidString(body) {
			errs[i] = errNotText
			continue
		}
		size := len(text(body)) + len(",")
		if empty+size > maxEvent {
			errs[i] = errTooLarge
			continue
		}
		last := len(all) - 1
		if last < 0 || len(all[last].bodies) == maxMessages || all[last].size+size > maxEnvelope {
			all = append(all, &batch{size: empty})
			last++
		}
		b := all[last]
		b.bodies, b.numbers, b.size = append(b.bodies, body), append(b.numbers, i), b.size+size
	}
	return all
}

// text is a value of strings as JSON, which never fails.
func text(value any) []byte {
	data, _ := json.Marshal(value)
	return data
}
