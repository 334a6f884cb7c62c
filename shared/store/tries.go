package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// triedRow is the row of a delivery whose first attempt did not succeed at once. It keeps
// the attempts in so few bytes that the row of a usual event stays within a KiB whatever
// becomes of it: each attempt writes it twice, and a write is paid for by the KiB.
type triedRow struct {
	*shipbell.Delivery
	// Attempts is for versions that do not know Tries: with the number of the last attempt
	// they go on where the delivery is.
	Attempts [1]numberOnly `json:"attempts"`
	// Tries has an entry for each attempt: see appendTry. A number among them is that of
	// the attempt after it, where it is not one more than the number before.
	Tries []any `json:"tries"`
	// The times are to the millisecond. While an attempt is under way NextAttemptAt is
	// LeaseUntil and left out.
	UpdatedAt     time.Time `json:"updated_at"`
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"`
	LeaseUntil    time.Time `json:"lease_until,omitzero"`
}

type numberOnly struct {
	Number int `json:"number"`
}

// sameError stands for the error of the attempt before.
const sameError = 1

// encodeRow encodes a delivery as it is stored.
func encodeRow(d *shipbell.Delivery) ([]byte, error) {
	if row, ok := appendPlain(make([]byte, 0, maxRow), d); ok {
		return row, nil
	}
	if len(d.Attempts) == 0 || len(d.Attempts) == 1 && d.Attempts[0].Error.IsZero() && d.Attempts[0].Answer == "" {
		return json.Marshal(d)
	}
	row := triedRow{
		Delivery: d, Attempts: [1]numberOnly{{d.AttemptCount()}},
		UpdatedAt: toMillisecond(d.UpdatedAt), NextAttemptAt: toMillisecond(d.NextAttemptAt), LeaseUntil: toMillisecond(d.LeaseUntil),
	}
	if row.NextAttemptAt.Equal(row.LeaseUntil) {
		row.NextAttemptAt = time.Time{}
	}
	number, last := 0, []byte(nil)
	for i := range d.Attempts {
		a := &d.Attempts[i]
		if number++; a.Number != number {
			number = a.Number
			row.Tries = append(row.Tries, number)
		}
		failure, err := json.Marshal(a.Error)
		if err != nil {
			return nil, err
		}
		row.Tries = append(row.Tries, tryOf(a, d.CreatedAt, failure, i > 0 && string(failure) == string(last)))
		last = failure
	}
	return json.Marshal(row)
}

func toMillisecond(t time.Time) time.Time { return t.Truncate(time.Millisecond) }

// tryOf is the entry of an attempt: when it began, in milliseconds after the delivery was
// made, how many it took, the status code, the error, the answer, what names the answer
// if it is kept beside the row, 1 for the first attempt after a redelivery, and the exchange.
// What is zero at the end is left out.
func tryOf(a *shipbell.Attempt, made time.Time, failure json.RawMessage, same bool) []any {
	try := []any{a.StartedAt.Sub(made).Milliseconds(), a.DurationMS, a.StatusCode, 0, "", a.Answer, 0, 0}
	if a.Manual {
		try[6] = 1
	}
	if a.Exchange != nil {
		try[7] = a.Exchange
	}
	switch {
	case a.Error.IsZero():
	case same:
		try[3] = sameError
	default:
		try[3] = failure
	}
	if a.Answer == "" {
		try[4] = a.Response
	}
	for len(try) > 1 && (try[len(try)-1] == "" || try[len(try)-1] == 0 || try[len(try)-1] == int64(0)) {
		try = try[:len(try)-1]
	}
	return try
}

// storedRow is what a row is decoded into.
type storedRow struct {
	shipbell.Delivery
	Tries []json.RawMessage `json:"tries"`
}

// expand makes the attempts of the entries.
func (r *storedRow) expand() error {
	if r.Tries == nil {
		return nil
	}
	number := 0
	attempts := make([]shipbell.Attempt, 0, len(r.Tries))
	for _, entry := range r.Tries {
		if entry[0] != '[' {
			if err := json.Unmarshal(entry, &number); err != nil {
				return fmt.Errorf("decode the number of an attempt: %w", err)
			}
			number--
			continue
		}
		number++
		a := shipbell.Attempt{Number: number}
		var before *shipbell.Attempt
		if len(attempts) > 0 {
			before = &attempts[len(attempts)-1]
		}
		if err := decodeTry(entry, r.CreatedAt, before, &a); err != nil {
			return fmt.Errorf("decode attempt %d: %w", number, err)
		}
		attempts = append(attempts, a)
	}
	r.Attempts = attempts
	if r.NextAttemptAt.IsZero() {
		r.NextAttemptAt = r.LeaseUntil
	}
	return nil
}

// decodeTry reads what tryOf made.
func decodeTry(entry []byte, made time.Time, before, a *shipbell.Attempt) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(entry, &parts); err != nil {
		return err
	}
	var began, manual int64
	fields := []any{&began, &a.DurationMS, &a.StatusCode, nil, &a.Response, &a.Answer, &manual, &a.Exchange}
	for i := range min(len(parts), len(fields)) {
		if fields[i] == nil {
			continue
		}
		if err := json.Unmarshal(parts[i], fields[i]); err != nil {
			return err
		}
	}
	a.Manual = manual != 0
	a.StartedAt = made.Add(time.Duration(began) * time.Millisecond)
	switch {
	case len(parts) < 4 || string(parts[3]) == "0":
		return nil
	case string(parts[3]) != "1":
		return json.Unmarshal(parts[3], &a.Error)
	case before != nil:
		a.Error = before.Error
	}
	return nil
}
