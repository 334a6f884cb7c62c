package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// appendPlain appends a delivery as json.Marshal encodes it, in a fifth of the time: it is
// encoded three times on its way. ok is false, and b is of no use, for a delivery that is
// not of the usual kind: with its whole event, and with one attempt at most.
func appendPlain(b []byte, d *shipbell.Delivery) (_ []byte, ok bool) {
	if !plain(d) {
		return b, false
	}
	b = appendText(append(b, `{"id":`...), string(d.ID))
	b = appendText(append(b, `,"registry":`...), d.Registry)
	b = strconv.AppendInt(append(b, `,"trigger_id":`...), int64(d.TriggerID), 10)
	b = appendText(append(b, `,"trigger_name":`...), d.TriggerName)
	b = appendNumber(b, `,"target_id":`, int64(d.TargetID))
	b = appendText(append(b, `,"target_url":`...), d.TargetURL)
	b = appendTrue(b, `,"path_secret":`, d.PathSecret)
	b = appendText(append(b, `,"format":`...), string(d.Format))
	b = appendEvent(append(b, `,"event":`...), &d.Event)
	b = appendText(append(b, `,"status":`...), string(d.Status))
	b = appendTime(append(b, `,"created_at":`...), d.CreatedAt)
	b = appendTime(append(b, `,"updated_at":`...), d.UpdatedAt)
	if !d.NextAttemptAt.IsZero() {
		b = appendTime(append(b, `,"next_attempt_at":`...), d.NextAttemptAt)
	}
	if !d.LeaseUntil.IsZero() {
		b = appendTime(append(b, `,"lease_until":`...), d.LeaseUntil)
	}
	if len(d.Attempts) == 1 {
		b = appendAttempt(append(b, `,"attempts":[`...), &d.Attempts[0])
		b = append(b, ']')
	}
	b = appendTrue(b, `,"delivered":`, d.Delivered)
	return append(b, '}'), true
}

// plain reports whether appendPlain knows what a delivery holds.
func plain(d *shipbell.Delivery) bool {
	return d.Excerpt == nil && len(d.Attempts) <= 1 && d.PriorAttempts == 0 && d.BusyAttempts == 0 && d.Waited == 0 &&
		d.Reason.IsZero() && d.HeldSince.IsZero() && d.RedeliveredAt.IsZero() && !d.Replayed && d.ClearedAt.IsZero() &&
		d.Trace.IsZero() && d.Event.Resources != nil && (len(d.Attempts) == 0 || d.Attempts[0].Error.IsZero()) &&
		inRange(d.CreatedAt) && inRange(d.UpdatedAt) && inRange(d.NextAttemptAt) && inRange(d.LeaseUntil) &&
		!slices.ContainsFunc(d.Attempts, func(a shipbell.Attempt) bool { return !inRange(a.StartedAt) })
}

// inRange reports whether a time has a JSON form: with a year of four digits.
func inRange(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }

func appendEvent(b []byte, e *shipbell.Event) []byte {
	b = appendText(append(b, `{"id":`...), e.ID)
	b = appendNonEmpty(b, `,"source":`, e.Source)
	b = appendText(append(b, `,"action":`...), string(e.Action))
	b = strconv.AppendInt(append(b, `,"occur_at":`...), e.OccurAt, 10)
	b = appendText(append(b, `,"repository":{"full_name":`...), e.Repository.FullName)
	b = appendNumber(b, `,"created_at":`, e.Repository.CreatedAt)
	b = appendText(append(b, `,"type":`...), e.Repository.Type)
	b = append(b, `},"resources":[`...)
	for i := range e.Resources {
		r := &e.Resources[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"digest":`...), r.Digest)
		b = appendText(append(b, `,"tag":`...), r.Tag)
		b = appendText(append(b, `,"resource_url":`...), r.URL)
		b = appendNonEmpty(b, `,"previous_digest":`, r.PreviousDigest)
		b = append(b, '}')
	}
	b = appendNonEmpty(append(b, ']'), `,"operator":`, e.Operator)
	return append(b, '}')
}

func appendAttempt(b []byte, a *shipbell.Attempt) []byte {
	b = strconv.AppendInt(append(b, `{"number":`...), int64(a.Number), 10)
	b = appendTime(append(b, `,"started_at":`...), a.StartedAt)
	b = strconv.AppendInt(append(b, `,"duration_ms":`...), a.DurationMS, 10)
	b = strconv.AppendInt(append(b, `,"status_code":`...), int64(a.StatusCode), 10)
	b = append(b, `,"error":""`...)
	b = appendText(append(b, `,"response":`...), a.Response)
	b = appendTrue(b, `,"manual":`, a.Manual)
	if a.Exchange != nil {
		b = appendExchange(append(b, `,"exchange":{`...), a.Exchange)
	}
	return append(b, '}')
}

// appendExchange appends the members of an exchange and the end of its object.
func appendExchange(b []byte, x *shipbell.Exchange) []byte {
	begin := len(b)
	b = appendNonEmpty(b, `,"r":`, x.Remote)
	b = appendNumber(b, `,"d":`, x.DNSMS)
	b = appendNumber(b, `,"c":`, x.ConnectMS)
	b = appendNumber(b, `,"t":`, x.TLSMS)
	b = appendNumber(b, `,"f":`, x.FirstByteMS)
	b = appendTrue(b, `,"u":`, x.Reused)
	b = appendNumber(b, `,"q":`, x.RequestBytes)
	b = appendNumber(b, `,"a":`, x.AnswerBytes)
	if len(x.Header) > 0 {
		b = append(b, `,"h":`...)
		for i, line := range x.Header {
			b = append(b, "[,"[min(i, 1)], '[')
			b = appendText(b, line[0])
			b = appendText(append(b, ','), line[1])
			b = append(b, ']')
		}
		b = append(b, ']')
	}
	if len(b) > begin {
		b = slices.Delete(b, begin, begin+1) // the comma before the first member
	}
	return append(b, '}')
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendNumber, appendNonEmpty and appendTrue leave out what is zero.
func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendNonEmpty(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(b, name...), text)
}

func appendTrue(b []byte, name string, is bool) []byte {
	if !is {
		return b
	}
	return append(append(b, name...), "true"...)
}

// appendText appends a text as JSON.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // of a string it gives no error
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
