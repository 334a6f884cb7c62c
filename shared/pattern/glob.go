package pattern

import (
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/text"
)

// globKind is how a glob is matched. All kinds but the last are shortcuts that
// give the answer that doublestar would.
type globKind uint8

const (
	globAll   globKind = iota // "**"
	globExact                 // head
	globStar                  // head*tail
	globUnder                 // head/**
	globBelow                 // **/tail
	globHolds                 // *head*
	globOther
)

// Glob is one of the alternatives of a pattern, which doublestar understands and has found
// valid.
type Glob struct {
	kind       globKind
	text       string
	head, tail string
}

func newGlob(text string) Glob {
	if text == "**" {
		return Glob{kind: globAll, text: text}
	}
	if before, found := strings.CutSuffix(text, "/**"); found {
		if head, ok := literal(before); ok {
			return Glob{kind: globUnder, text: text, head: head}
		}
	}
	if after, found := strings.CutPrefix(text, "**/"); found {
		if tail, ok := literal(after); ok {
			return Glob{kind: globBelow, text: text, tail: tail}
		}
	}
	before, after, star := cutStar(text)
	head, plainHead := literal(before)
	tail, plainTail := literal(after)
	switch {
	case star && before == "" && holds(after):
		middle, _ := literal(after[:len(after)-1])
		return Glob{kind: globHolds, text: text, head: middle}
	case !plainHead || !plainTail:
		return Glob{kind: globOther, text: text}
	case star:
		return Glob{kind: globStar, text: text, head: head, tail: tail}
	}
	return Glob{kind: globExact, text: text, head: head}
}

// holds reports whether a pattern is a text of one element and a star.
func holds(pattern string) bool {
	before, found := strings.CutSuffix(pattern, "*")
	text, plain := literal(before)
	return found && plain && text != "" && !strings.Contains(text, "/")
}

// Match reports whether a name that fits matches.
func (g *Glob) Match(name string) bool {
	switch g.kind {
	case globAll:
		return true
	case globExact:
		return name == g.head
	case globStar:
		return len(name) >= len(g.head)+len(g.tail) &&
			strings.HasPrefix(name, g.head) && strings.HasSuffix(name, g.tail) &&
			strings.IndexByte(name[len(g.head):len(name)-len(g.tail)], '/') < 0
	case globUnder:
		rest, found := strings.CutPrefix(name, g.head)
		return found && (rest == "" || rest[0] == '/')
	case globBelow:
		rest, found := strings.CutSuffix(name, g.tail)
		return found && (rest == "" || rest[len(rest)-1] == '/')
	case globHolds:
		return strings.Contains(name, g.head) && strings.IndexByte(name, '/') < 0
	}
	return doublestar.MatchUnvalidated(g.text, name)
}

// literal takes the escapes out of a pattern without wildcards.
func literal(pattern string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(pattern); i += next(pattern[i:]) {
		switch token := pattern[i : i+next(pattern[i:])]; token[0] {
		case '*', '?', '[', '{':
			return "", false
		case '\\':
			if len(token) == 1 {
				return "", false
			}
			b.WriteString(token[1:])
		default:
			b.WriteString(token)
		}
	}
	return b.String(), true
}

// cutStar cuts a pattern around its first star.
func cutStar(pattern string) (before, after string, found bool) {
	for i := 0; i < len(pattern); i += next(pattern[i:]) {
		if pattern[i] == '*' {
			return pattern[:i], pattern[i+1:], true
		}
	}
	return pattern, "", false
}

// What Match takes at most, on the processor of a small server: matchTime for a shortcut,
// and effortTime for each unit of effort.
const (
	matchTime  = 50 * time.Nanosecond
	effortTime = time.Microsecond
)

// Work is about the longest time that Match takes, whatever the name.
func (g *Glob) Work() time.Duration {
	if g.kind != globOther {
		return matchTime
	}
	return time.Duration(g.effort()) * effortTime
}

// Work is about the longest time that Match takes, whatever the name.
func (p *Pattern) Work() (work time.Duration) {
	for i := range p.globs {
		work += p.globs[i].Work()
	}
	return work
}

// checkWork refuses a pattern whose braces multiply the work that its stars can
// make: doublestar tries the text after a star again at every byte of the name.
func (p *Pattern) checkWork() error {
	work := 0
	for i := range p.globs {
		if p.globs[i].kind == globOther {
			work += p.globs[i].effort()
		}
	}
	if work > maxWork {
		return text.New(text.PatternTooSlow)
	}
	return nil
}

// effort is that of all expansions of the glob's braces.
func (g *Glob) effort() (times int) {
	for _, expansion := range expand(g.text) {
		times += effort(expansion)
	}
	return times
}

// effort is how many times, at most, doublestar compares each byte of a name
// with a pattern without braces. Before the first "**" an element of the name
// meets one element of the pattern, after it perhaps every one.
func effort(pattern string) int {
	times, anywhere := 1, false
	for _, element := range split(pattern) {
		switch {
		case element == "**":
			anywhere = true
		case anywhere:
			times += max(1, retried(element))
		default:
			times = max(times, retried(element))
		}
	}
	return times
}

// retried is how often a star makes doublestar compare a byte of an element: as
// often as the text after it is long, and once for the star.
func retried(element string) int {
	times := 0
	_, rest, found := cutStar(element)
	for found {
		var text string
		text, rest, found = cutStar(rest)
		times = max(times, 1+len(text))
	}
	return times
}
