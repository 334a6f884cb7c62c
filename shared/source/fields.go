package source

import (
	"bytes"
	"strings"
)

// fields are those of a JSON object, found in one pass that checks no more of it than
// where values end. They tell what an object is; what is made of it, encoding/json reads.
// A field that is null counts as absent.
type fields []member

type member struct{ name, value []byte }

// maxFields is how many fields of an object are looked at: no registry sends as many.
const maxFields = 256

// readFields finds the fields of an object. It gives nil for anything else, and for an
// object that is cut short.
func readFields(data []byte) fields {
	s := scanner{data: bytes.TrimSpace(data)}
	if !s.take('{') {
		return nil
	}
	found := make(fields, 0, 16)
	if s.take('}') {
		return found
	}
	for {
		name, named := s.text()
		if !named || !s.take(':') {
			return nil
		}
		value := s.value()
		if value == nil {
			return nil
		}
		if len(found) < maxFields && string(value) != "null" {
			found = append(found, member{name, value})
		}
		if s.take('}') {
			return found
		}
		if !s.take(',') {
			return nil
		}
	}
}

// get is the value of a field; nil if it is absent.
func (f fields) get(name string) []byte {
	for _, one := range f {
		if string(one.name) == name {
			return one.value
		}
	}
	return nil
}

// text is a field that is a string; any other counts as absent.
func (f fields) text(name string) string { return strings.ToValidUTF8(unquote(f.get(name)), "\ufffd") }

// object is the fields of a field that is an object; nil if it is none.
func (f fields) object(name string) fields { return readFields(f.get(name)) }

// scanner walks over JSON.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.data) && (s.data[s.at] == ' ' || s.data[s.at] == '\t' || s.data[s.at] == '\n' || s.data[s.at] == '\r') {
		s.at++
	}
}

// take goes past a character, if it comes next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at >= len(s.data) || s.data[s.at] != c {
		return false
	}
	s.at++
	return true
}

// text goes past a string and gives what is between its quotes.
func (s *scanner) text() (content []byte, ok bool) {
	if !s.take('"') {
		return nil, false
	}
	for begin := s.at; s.at < len(s.data); s.at++ {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return s.data[begin : s.at-1], true
		}
	}
	return nil, false
}

// value goes past a value of any type and gives it; nil if there is none or it is cut
// short.
func (s *scanner) value() []byte {
	s.space()
	begin, depth := s.at, 0
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case '"':
			if _, ok := s.text(); !ok {
				return nil
			}
			if depth == 0 {
				return s.data[begin:s.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				s.at += depth + 1 // a closing one that none opened belongs to the object around
				return s.upTo(begin)
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return s.upTo(begin)
			}
		}
		s.at++
	}
	return nil
}

// upTo is what is between begin and here; nil if that is nothing.
func (s *scanner) upTo(begin int) []byte {
	if s.at == begin {
		return nil
	}
	return s.data[begin:s.at]
}
