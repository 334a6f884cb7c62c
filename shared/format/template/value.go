package template

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
)

// rawJSON is a JSON text, which the function json gives.
type rawJSON string

// truth reports whether a value counts as true: it is not empty, 0 or false.
func truth(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case int64:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	s, _ := asText(value)
	return s != ""
}

// asText is a value as it stands in a text, and whether it is one that is no list and has no
// fields.
func asText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case rawJSON:
		return string(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return encode(value), false
}

// encode is a value as JSON, in which <, > and & stand for themselves. A JSON text is a text
// as any other.
func encode(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil { // of no value that a template can have
		return "null"
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// shown is a value as it is printed.
func (m *machine) shown(value any, inString bool) []byte {
	switch m.kind {
	case Form:
		s, _ := asText(value)
		return []byte(url.QueryEscape(s))
	case JSON:
		if raw, is := value.(rawJSON); is && !inString {
			return []byte(raw)
		}
		if !inString {
			return []byte(encode(value))
		}
		s, _ := asText(value)
		s = encode(s)
		return []byte(s[1 : len(s)-1])
	}
	s, _ := asText(value)
	return []byte(s)
}

// size is how many bytes of text there are in values.
func size(values []any) int {
	n := 0
	for _, value := range values {
		switch v := value.(type) {
		case string:
			n += len(v)
		case rawJSON:
			n += len(v)
		}
	}
	return n
}
