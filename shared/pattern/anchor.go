package pattern

import "strings"

// Place is where the text of an Anchor stands in a name.
type Place uint8

// The places.
const (
	Whole  Place = iota // it is the name
	Before              // the name begins with it
	After               // the name ends with it
)

// Anchor is a text that every name has which a glob matches, at one place. An index finds
// by it the few globs that may match a name. Before an empty text is every name.
type Anchor struct {
	Place Place
	Text  string
}

// Anchor gives the glob's anchor.
func (g *Glob) Anchor() Anchor {
	switch g.kind {
	case globExact:
		return Anchor{Whole, g.head}
	case globUnder:
		return Anchor{Before, g.head}
	case globBelow:
		return Anchor{After, g.tail}
	case globStar:
		if g.head == "" && g.tail != "" {
			return Anchor{After, g.tail}
		}
		return Anchor{Before, g.head}
	case globHolds:
		return Anchor{Before, ""}
	case globOther:
		return otherAnchor(g.text)
	}
	return Anchor{Before, ""}
}

// otherAnchor takes the text before the first special character or after the last one. The
// slash next to it may be missing in a name: "path/**" also matches "path".
func otherAnchor(glob string) Anchor {
	first := strings.IndexAny(glob, `*?{[\`)
	if head := strings.TrimRight(glob[:first], "/"); head != "" {
		return Anchor{Before, head}
	}
	if strings.Contains(glob, `\`) {
		return Anchor{Before, ""}
	}
	last := strings.LastIndexAny(glob, "*?}]")
	if tail := strings.TrimLeft(glob[last+1:], "/"); tail != "" {
		return Anchor{After, tail}
	}
	return Anchor{Before, ""}
}

// Slow reports whether Match does more than to compare texts, so that it is worth keeping
// its answer.
func (g *Glob) Slow() bool { return g.kind == globOther }
