package shipbell

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Excerpt tells what the Event of a delivery leaves out. The store keeps the event once
// for all of its deliveries; such a delivery names it.
type Excerpt struct {
	// Resources is how many resources the trigger matched.
	Resources int `json:"resources"`
	// Picked tells which of the event's resources these are, such as "0-3,7"; "" is all
	// of them.
	Picked string `json:"picked,omitempty"`
	// PickedIn names what is kept of Picked if that is long.
	PickedIn *Chunks `json:"picked_in,omitempty"`
	// Body names what is kept of the event. It is nil in a list, for a delivery that an
	// older version stored together with its event.
	Body *Chunks `json:"body,omitempty"`
}

// Chunks names bytes that the store keeps beside an event.
type Chunks struct {
	// Hash is of the bytes.
	Hash string `json:"hash"`
	// Count is in how many parts they are kept; 0 is in the event's receipt.
	Count int `json:"count,omitempty"`
}

// FullEvent is the event with all resources that the trigger matched. ok is false if the
// delivery has an Excerpt and the store has not read the rest.
func (d *Delivery) FullEvent() (e *Event, ok bool) {
	if d.Whole != nil {
		return d.Whole, true
	}
	return &d.Event, d.Excerpt == nil
}

// ResourceCount is how many resources the trigger matched.
func (d *Delivery) ResourceCount() int {
	if d.Excerpt != nil {
		return d.Excerpt.Resources
	}
	return len(d.Event.Resources)
}

// Excerpt is the event with its first resource only, and with texts of at most limit
// bytes. Its id is EventIDKey.
func (e *Event) Excerpt(limit int) Event {
	short := *e
	short.ID, short.Operator = EventIDKey(e.ID), Shorten(e.Operator, limit)
	short.Repository.FullName = Shorten(e.Repository.FullName, limit)
	short.Resources = make([]Resource, min(len(e.Resources), 1))
	for i := range short.Resources {
		first := e.Resources[i]
		short.Resources[i] = Resource{Digest: Shorten(first.Digest, limit), Tag: Shorten(first.Tag, limit), URL: Shorten(first.URL, limit)}
		if first.PreviousDigest != "" {
			short.Resources[i].PreviousDigest = Shorten(first.PreviousDigest, limit)
		}
	}
	return short
}

// maxEventID is how many bytes of an event's id name what is kept of it.
const maxEventID = 128

// EventIDKey is an event's id as it names what is kept of the event: the id itself
// unless it is long.
func EventIDKey(id string) string { return Shorten(id, maxEventID) }

// Pick names which of all resources some are, in the form of Excerpt.Picked. some are in
// the order of all.
func Pick(all, some []Resource) string {
	if len(some) == len(all) {
		return ""
	}
	var picked strings.Builder
	next := 0
	for i := 0; i < len(all) && next < len(some); i++ {
		if all[i] != some[next] {
			continue
		}
		first := i
		for next++; next < len(some) && i+1 < len(all) && all[i+1] == some[next]; next++ {
			i++
		}
		if picked.Len() > 0 {
			picked.WriteByte(',')
		}
		picked.WriteString(strconv.Itoa(first))
		if i > first {
			picked.WriteString("-" + strconv.Itoa(i))
		}
	}
	return picked.String()
}

// Unpick are the resources that Pick named.
func Unpick(all []Resource, picked string) ([]Resource, error) {
	if picked == "" {
		return all, nil
	}
	var some []Resource
	for part := range strings.SplitSeq(picked, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		last := first
		if isRange && err == nil {
			last, err = strconv.Atoi(to)
		}
		if err != nil || first > last || last >= len(all) {
			return nil, fmt.Errorf("pick %q of %d resources", part, len(all))
		}
		some = append(some, all[first:last+1]...)
	}
	return some, nil
}

// Shorten gives a text of which the form in JSON has at most limit bytes, which is at
// least 32: the text itself, or its beginning and a hash, so that two texts stay two.
func Shorten(long string, limit int) string {
	if 6*len(long) <= limit || lengthInJSON(long) <= limit {
		return long
	}
	sum := sha256.Sum256([]byte(long))
	end := "…" + hex.EncodeToString(sum[:6])
	length := len(end)
	for i, r := range long {
		if length += runeInJSON(r); length > limit {
			return long[:i] + end
		}
	}
	return long
}

func lengthInJSON(s string) (n int) {
	for _, r := range s {
		n += runeInJSON(r)
	}
	return n
}

// runeInJSON is the most bytes that a character takes in JSON.
func runeInJSON(r rune) int {
	switch {
	case r < ' ', r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029', r == utf8.RuneError:
		return 6
	case r == '"', r == '\\':
		return 2
	}
	return utf8.RuneLen(r)
}
