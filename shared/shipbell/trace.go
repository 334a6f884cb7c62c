package shipbell

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// Trace is the trace context of the request that brought an event, as W3C Trace Context
// defines it. The zero Trace is none.
type Trace struct {
	// ID is the trace's id, 32 hexadecimal digits, and Flags are two.
	ID    string `json:"id"`
	Flags string `json:"flags"`
	// Parent is the id of the request that brought the event, 16 digits. It is not kept:
	// an attempt has its own.
	Parent string `json:"-"`
	// State is the tracestate, at most MaxTraceState bytes, or "".
	State string `json:"state,omitempty"`
}

// MaxTraceState is the most bytes of a tracestate that are kept. A longer one is dropped
// whole, as the standard allows.
const MaxTraceState = 512

// ReadTrace reads the headers traceparent and tracestate of a request. A traceparent that
// is not valid, or comes twice, is none.
func ReadTrace(h http.Header) Trace {
	if len(h.Values("Traceparent")) != 1 {
		return Trace{}
	}
	t, ok := parseTraceparent(h.Get("Traceparent"))
	if !ok {
		return Trace{}
	}
	state := strings.Join(h.Values("Tracestate"), ",")
	if len(state) <= MaxTraceState && printable(state) {
		t.State = strings.TrimSpace(state)
	}
	return t
}

// parseTraceparent reads version-id-parent-flags. What a version after 00 has behind these
// is left out.
func parseTraceparent(text string) (t Trace, ok bool) {
	const length = len("00-") + 32 + len("-") + 16 + len("-00")
	if len(text) < length || len(text) > length && (text[:2] == "00" || text[length] != '-') {
		return t, false
	}
	parts := strings.SplitN(text[:length], "-", 4)
	if len(parts) != 4 || !isHex(parts[0], 2) || parts[0] == "ff" {
		return t, false
	}
	t = Trace{ID: parts[1], Parent: parts[2], Flags: parts[3]}
	ok = isHex(t.ID, 32) && isHex(t.Parent, 16) && isHex(t.Flags, 2) && strings.Trim(t.ID, "0") != "" && strings.Trim(t.Parent, "0") != ""
	return t, ok
}

// isHex reports whether a text is so many hexadecimal digits, letters small.
func isHex(text string, digits int) bool {
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' })
}

// IsZero reports whether there is none.
func (t Trace) IsZero() bool { return t.ID == "" }

// String is the traceparent that came, or "".
func (t Trace) String() string {
	if t.IsZero() {
		return ""
	}
	return traceparent(t.ID, t.Parent, t.Flags)
}

func traceparent(id, parent, flags string) string {
	return fmt.Sprintf("00-%s-%s-%s", id, parent, flags)
}

// Traceparent is the header of an attempt, or "" if the event came without one. Its parent
// id is another for each attempt of each delivery, and always the same for the same one,
// so that it need not be kept.
func (d *Delivery) Traceparent(attempt int) string {
	if d.Trace.IsZero() {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", d.ID, attempt))
	sum[0] |= 1 // an id of zeros is none
	return traceparent(d.Trace.ID, hex.EncodeToString(sum[:8]), d.Trace.Flags)
}
