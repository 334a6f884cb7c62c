package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// maxPendingRow is the most bytes of a row that is written again and again and still is, with
// its keys, an item of a KiB on DynamoDB. The answers of targets that a longer one would
// hold are kept beside the event.
const maxPendingRow = 930

// Where the two answers of a delivery are kept that may be: see shipbell.Attempt.
const (
	firstAnswer = "first"
	lastAnswer  = "last"
)

func answerKey(d *shipbell.Delivery, which string) platform.Key {
	return platform.Key{Partition: eventPartition(d.Registry, d.Event.ID), Sort: "answer/" + string(d.ID) + "/" + which}
}

// answerName tells answers of one delivery apart.
func answerName(text string) string { return hashOf([]byte(text))[:8] }

// moveAnswers keeps the answers of a delivery that waits beside its row, if that would be
// too long with them. An answer that is the first one again is not kept twice. When the
// delivery has ended its row is not written again, and so has the last answer itself.
func (s *Store) moveAnswers(ctx context.Context, d *shipbell.Delivery, row *platform.Item) error {
	switch {
	case len(row.Value) <= maxPendingRow:
		return nil
	case d.Status == shipbell.Succeeded && !repeatsFirst(d):
		return dropLines(d, row)
	case d.Status != shipbell.Pending && !repeatsFirst(d):
		return nil
	}
	first := firstFailed(d)
	var writes []platform.Write
	for i := range d.Attempts {
		a := &d.Attempts[i]
		if a.Answer != "" || a.Response == "" && lines(a) == nil {
			continue
		}
		which := lastAnswer
		if i == first {
			which = firstAnswer
		}
		a.Answer = answerName(a.Response)
		if i != first && first >= 0 && d.Attempts[first].Answer == a.Answer {
			setLines(a, nil)
			continue
		}
		value, err := encodeAnswer(a)
		if err != nil {
			return fmt.Errorf("encode an answer to delivery %s: %w", d.ID, err)
		}
		setLines(a, nil)
		writes = append(writes, platform.Write{If: platform.Always, Item: platform.Item{
			Key: answerKey(d, which), Value: value, Expires: row.Expires,
		}})
	}
	if err := platform.First(s.items.Write(ctx, writes...)); err != nil {
		return fmt.Errorf("keep the answers to delivery %s: %w", d.ID, err)
	}
	err := encodeAgain(d, row)
	// If it is still too long, what was seen of exchanges goes: first that of the first
	// failed attempt, then that of the last one. The attempt that ends the delivery keeps its own.
	for i := range d.Attempts {
		if err == nil && len(row.Value) > maxPendingRow && d.Attempts[i].Exchange != nil {
			d.Attempts[i].Exchange = nil
			err = encodeAgain(d, row)
		}
	}
	return err
}

// encodeAgain puts what a delivery is now into its row.
func encodeAgain(d *shipbell.Delivery, row *platform.Item) error {
	value, err := encodeRow(d)
	if err != nil {
		return fmt.Errorf("encode delivery %s: %w", d.ID, err)
	}
	row.Value = value
	return nil
}

// dropLines leaves the headers of answers out of a row that they make too long: nobody asks
// for those of a delivery that succeeded.
func dropLines(d *shipbell.Delivery, row *platform.Item) error {
	for i := range d.Attempts {
		setLines(&d.Attempts[i], nil)
	}
	return encodeAgain(d, row)
}

// encodeAnswer is how an answer is kept: its text, which has no NUL, and behind one the lines
// of its header, if there are any.
func encodeAnswer(a *shipbell.Attempt) ([]byte, error) {
	if lines(a) == nil {
		return []byte(a.Response), nil
	}
	header, err := json.Marshal(lines(a))
	return append([]byte(a.Response+"\x00"), header...), err
}

// lines are those of the header of an attempt's answer.
func lines(a *shipbell.Attempt) []shipbell.HeaderLine {
	if a.Exchange == nil {
		return nil
	}
	return a.Exchange.Header
}

// setLines changes them, for this attempt alone.
func setLines(a *shipbell.Attempt, header []shipbell.HeaderLine) {
	if a.Exchange == nil {
		return
	}
	changed := *a.Exchange
	changed.Header, a.Exchange = header, &changed
}

// firstFailed is the place of the first failed attempt, or -1.
func firstFailed(d *shipbell.Delivery) int {
	for i := range d.Attempts {
		if !d.Attempts[i].Error.IsZero() {
			return i
		}
	}
	return -1
}

// repeatsFirst reports whether the last answer is the one that is kept of the first failed
// attempt.
func repeatsFirst(d *shipbell.Delivery) bool {
	first, last := firstFailed(d), len(d.Attempts)-1
	return first >= 0 && first < last && d.Attempts[first].Answer != "" && d.Attempts[first].Answer == answerName(d.Attempts[last].Response)
}

// loadAnswers reads the answers that are kept beside the rows of deliveries. One that is
// not kept any more stays empty.
func (s *Store) loadAnswers(ctx context.Context, deliveries ...*shipbell.Delivery) error {
	var keys []platform.Key
	var at []*shipbell.Attempt
	var own []bool // and not that of the first failed attempt again
	for _, d := range deliveries {
		first := firstFailed(d)
		for i := range d.Attempts {
			a := &d.Attempts[i]
			if a.Answer == "" || a.Response != "" {
				continue
			}
			which := lastAnswer
			if first >= 0 && d.Attempts[first].Answer == a.Answer {
				which = firstAnswer
			}
			keys, at = append(keys, answerKey(d, which)), append(at, a)
			own = append(own, which == lastAnswer || i == first)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	items, err := s.items.Get(ctx, keys...)
	if err != nil {
		return err
	}
	for i, item := range items {
		text, header, _ := bytes.Cut(item.Value, []byte{0})
		if item.Damage != nil || answerName(string(text)) != at[i].Answer {
			continue
		}
		at[i].Response = string(text)
		var h []shipbell.HeaderLine
		if own[i] && len(header) > 0 && json.Unmarshal(header, &h) == nil {
			setLines(at[i], h)
		}
	}
	return nil
}

// pointers are those to the deliveries of a page.
func pointers(page []shipbell.Delivery) []*shipbell.Delivery {
	all := make([]*shipbell.Delivery, len(page))
	for i := range page {
		all[i] = &page[i]
	}
	return all
}

// keepAgain has the answers of a delivery that were read kept for as long as its row, when
// that is stored.
func keepAgain(d *shipbell.Delivery) {
	for i := range d.Attempts {
		d.Attempts[i].Answer = ""
	}
}
