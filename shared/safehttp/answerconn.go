package safehttp

import (
	"bytes"
	"net"
	"strings"
	"sync/atomic"

	"golang.org/x/net/http/httpguts"
)

// answerConn is a connection of HTTP/1 that leaves out the lines of an answer's header that
// net/http would refuse the whole answer for. The status says what became of a request; a
// broken line beside it does not.
type answerConn struct {
	net.Conn
	expected atomic.Bool

	// The rest belongs to whoever reads.
	inHead bool
	head   head
	line   []byte // the beginning of a line that has not come to its end
	kept   []byte // what of the header was kept, and what came with it
	ready  []byte // what of that is to be read next
	err    error  // and what comes after it
}

// expect tells that the next bytes are those of another answer.
func (c *answerConn) expect() { c.expected.Store(true) }

// Read gives what the target sent but the broken lines of a header.
func (c *answerConn) Read(p []byte) (int, error) {
	for len(c.ready) == 0 && c.err == nil {
		n, err := c.Conn.Read(p)
		if n > 0 && c.expected.Swap(false) {
			c.inHead, c.head, c.line = true, head{}, c.line[:0]
		}
		if !c.inHead {
			return n, err
		}
		c.take(p[:n])
		if c.err = err; err != nil {
			c.kept, c.inHead = append(c.kept, c.line...), false
		}
		c.ready = c.kept
	}
	n := copy(p, c.ready)
	if c.ready = c.ready[n:]; len(c.ready) > 0 {
		return n, nil
	}
	err := c.err
	c.err = nil
	return n, err
}

// take keeps what it is given of a header, line by line.
func (c *answerConn) take(data []byte) {
	c.kept = c.kept[:0]
	for c.inHead {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			c.line = append(c.line, data...)
			if data = nil; c.head.size+len(c.line) > maxHeaderBytes {
				c.inHead = false // net/http refuses it
				data, c.line = c.line, nil
			}
			break
		}
		line := data[:end]
		if len(c.line) > 0 {
			line = append(c.line, line...)
			c.line = c.line[:0]
		}
		data = data[end:]
		keep, more := c.head.next(line)
		if keep {
			c.kept = append(c.kept, line...)
		}
		c.inHead = more && c.head.size <= maxHeaderBytes
	}
	c.kept = append(c.kept, data...)
}

// head is what was seen of the header of an answer.
type head struct {
	size          int
	begun         bool
	informational bool
	kept          bool // the line before
	length        string
	chunked       bool
}

// next reports whether a line is kept, and whether another line of a header follows.
func (h *head) next(line []byte) (keep, more bool) {
	h.size += len(line)
	text := strings.TrimRight(string(line), "\r\n")
	switch {
	case !h.begun:
		_, status, _ := strings.Cut(text, " ")
		status = strings.TrimLeft(status, " ")
		// An answer of 1xx is one before the answer, but 101 is the last of HTTP.
		h.begun, h.informational = true, strings.HasPrefix(status, "1") && !strings.HasPrefix(status, "101")
		return true, strings.HasPrefix(text, "HTTP/")
	case text == "":
		*h = head{size: h.size, informational: h.informational}
		return true, h.informational
	case text[0] == ' ' || text[0] == '\t': // the line before goes on
		h.kept = h.kept && httpguts.ValidHeaderFieldValue(text)
	default:
		h.kept = h.sound(text)
	}
	return h.kept, true
}

// sound reports whether net/http takes a line of a header.
func (h *head) sound(line string) bool {
	name, value, found := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	if !found || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
		return false
	}
	switch strings.ToLower(name) {
	case "content-length":
		if value == "" || len(value) > 18 || strings.Trim(value, "0123456789") != "" || h.length != "" && h.length != value {
			return false
		}
		h.length = value
	case "transfer-encoding":
		if h.chunked || !strings.EqualFold(value, "chunked") {
			return false
		}
		h.chunked = true
	}
	return true
}
