package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"
)

// escape makes a text from outside fit for one line of a terminal: characters
// that would steer it, turn its writing round or hide are written as \x1b or
// \u202e.
func escape(text string) string { return escapeBut(text, "") }

// escapeLines is escape for a text of several lines.
func escapeLines(text string) string { return escapeBut(text, "\n\t") }

func escapeBut(text, allowed string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case strings.ContainsRune(allowed, r) || !steers(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// steers reports whether a character does something else than show itself.
func steers(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escapeJSON is escape for a JSON document, which keeps its meaning. JSON itself
// escapes what is below a space; what is left can stand in strings alone.
func escapeJSON(document []byte) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(string(document)) {
		switch {
		case r < 0x7f || !steers(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// printJSON prints the API's answer; there may be none.
func (c *call) printJSON(document []byte) {
	if len(document) > 0 {
		fmt.Fprintln(c.stdout, escapeJSON(document))
	}
}

// sayf prints one line for people.
func (c *call) sayf(format string, args ...any) {
	fmt.Fprintln(c.stdout, escape(fmt.Sprintf(format, args...)))
}

// printTable prints rows in columns, escaped.
func printTable(w io.Writer, rows ...[]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			if cells[i] = escape(cell); cell == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), " "))
	}
	t.Flush()
}

// when shows a time in the terminal's own zone.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// orAll shows a pattern, of which an empty one matches all.
func orAll(pattern string) string {
	if pattern == "" {
		return "(all)"
	}
	return pattern
}

// count is a number with its noun: "1 delivery", "2 deliveries".
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// shorten cuts a text to at most limit characters.
func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
