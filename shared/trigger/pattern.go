package trigger

// Dialect is the language that a rule's patterns are written in.
type Dialect string

// The dialects; docs/patterns.md describes them.
const (
	DialectTCR        Dialect = "tcr"
	DialectDoublestar Dialect = "doublestar"
)
