package api

import (
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Limit reads the query parameter limit: 1 to highest, and highest if not given.
func Limit(r *Request, highest int) (int, error) {
	given := r.URL.Query().Get("limit")
	if given == "" {
		return highest, nil
	}
	limit, err := strconv.Atoi(given)
	if err != nil || limit < 1 || limit > highest {
		return 0, shipbell.InvalidField("limit", text.NumberOutOfRange, highest)
	}
	return limit, nil
}

// DryRun reads the query parameter dry_run: whether a change is only to be checked,
// and nothing is to be stored. What is given must be true, 1, false or 0.
func DryRun(r *Request) (bool, error) {
	query := r.URL.Query()
	switch given := query.Get("dry_run"); {
	case !query.Has("dry_run"), given == "false", given == "0":
		return false, nil
	case given == "true", given == "1":
		return true, nil
	default:
		return false, shipbell.InvalidField("dry_run", text.BoolRequired, given)
	}
}

// Time reads a query parameter in RFC 3339, such as 2026-11-22T12:00:00Z; the
// zero time if it is not given.
func Time(r *Request, name string) (time.Time, error) {
	return ParseTime(name, r.URL.Query().Get(name))
}

// ParseTime reads a time in RFC 3339 for a field; "" is the zero time.
func ParseTime(field, given string) (time.Time, error) {
	if given == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, given)
	switch {
	case err != nil:
		return time.Time{}, shipbell.InvalidField(field, text.TimeInvalid)
	case t.Before(time.Unix(0, 0)):
		return time.Time{}, shipbell.InvalidField(field, text.TimeTooEarly)
	}
	return t, nil
}

// CursorSealer seals texts for a context, in which alone they open.
type CursorSealer interface {
	Seal(context, text string) (string, error)
	Open(context, sealed string) (string, error)
}

// Cursor makes the cursors of one list. They open for the same list and query
// only, and tell nothing.
type Cursor struct {
	Sealer CursorSealer
	// Query is everything that the list depends on, the registry included.
	Query string
}

// Seal makes the cursor for a position.
func (c Cursor) Seal(position string) (string, error) {
	return c.Sealer.Seal("cursor\x00"+c.Query, position)
}

// Open reads the position from a cursor; "" gives "". A cursor that was not made
// for this query gives a Malformed error.
func (c Cursor) Open(cursor string) (position string, err error) {
	if cursor == "" {
		return "", nil
	}
	position, err = c.Sealer.Open("cursor\x00"+c.Query, cursor)
	if err != nil {
		return "", shipbell.NewError(shipbell.Malformed, text.CursorInvalid)
	}
	return position, nil
}
