package source

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// Only the id, the action, the repository, the tag and the digest of an event may make it
// unreadable. Every other field that a dialect uses has one of the types below: where a
// sender writes a value of another type, it counts as absent.

// optional is a field that no event depends on. Value is the zero value if the field is
// absent, null or of another type; then Set is false.
type optional[T any] struct {
	Value T
	Set   bool
}

// UnmarshalJSON never fails.
func (o *optional[T]) UnmarshalJSON(data []byte) error {
	*o = optional[T]{}
	if string(data) == "null" {
		return nil
	}
	var value T
	if json.Unmarshal(data, &value) == nil {
		*o = optional[T]{Value: value, Set: true}
	}
	return nil
}

// word is an optional string. It is read without a second pass over the JSON.
type word string

// UnmarshalJSON never fails.
func (w *word) UnmarshalJSON(data []byte) error {
	*w = word(unquote(data))
	return nil
}

// login is the field "login" of an optional object, as Gitea and GitHub name people.
type login string

// UnmarshalJSON never fails.
func (l *login) UnmarshalJSON(data []byte) error {
	*l = login(readFields(data).text("login"))
	return nil
}

// instant is an optional time: Unix seconds as a number, with a fraction or not, or in a
// string, or a time of RFC 3339 with the offset written in either way. What is no time of
// the years 1970 to 9999 is the zero time, which stands for the time of receipt.
type instant struct{ time.Time }

// UnmarshalJSON never fails.
func (i *instant) UnmarshalJSON(data []byte) error {
	*i = instant{}
	said := unquote(data)
	if said == "" {
		said = string(data)
	}
	if n, err := strconv.ParseFloat(said, 64); err == nil {
		if n > 0 && n <= maxTime {
			i.Time = time.Unix(int64(n), 0)
		}
		return nil
	}
	i.Time = parseTime(said)
	return nil
}

// unix is the time in Unix seconds, or 0 for the zero time.
func (i instant) unix() int64 {
	if i.IsZero() {
		return 0
	}
	return i.Unix()
}

// parseTime reads a time of RFC 3339, also with an offset without a colon. The zero time
// stands for what is none.
func parseTime(said string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, said); err == nil {
		return t
	}
	t, err := time.Parse("2006-01-02T15:04:05.999999999Z0700", said)
	if err != nil {
		return time.Time{}
	}
	return t
}

// unquote is the content of a JSON string, or "" for any other value.
func unquote(data []byte) string {
	if len(data) < 2 || data[0] != '"' {
		return ""
	}
	if bytes.IndexByte(data, '\\') < 0 {
		return string(data[1 : len(data)-1])
	}
	var s string
	if json.Unmarshal(data, &s) != nil {
		return ""
	}
	return s
}
