package app

import (
	"fmt"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// PatternTrial asks what a pattern matches.
type PatternTrial struct {
	// Field is "namespace", "repository" or "tag".
	Field   string
	Dialect pattern.Dialect
	Pattern string
	// Names are at most 1,000, of at most 255 bytes each.
	Names []string
}

// PatternResult tells what a pattern stands for, and which names it matches.
type PatternResult struct {
	Effective []string
	// Matches has an entry for each name.
	Matches  []bool
	Warnings []text.Message
}

const (
	maxNames    = 1000
	maxNameSize = 255
)

// TryPattern tries a pattern on names. It needs no store and no role.
func TryPattern(q PatternTrial) (PatternResult, error) {
	field, known := map[string]pattern.Field{
		"namespace": pattern.Namespace, "repository": pattern.Repository, "tag": pattern.Tag,
	}[q.Field]
	switch {
	case !known:
		return PatternResult{}, shipbell.InvalidField("field", text.PatternFieldUnknown)
	case q.Dialect != "" && q.Dialect != pattern.TCR && q.Dialect != pattern.Doublestar:
		return PatternResult{}, shipbell.InvalidField("dialect", text.DialectRequired)
	case len(q.Names) > maxNames:
		return PatternResult{}, shipbell.InvalidField("names", text.PatternNamesTooMany, len(q.Names), maxNames)
	}
	p, err := pattern.Parse(q.Dialect, field, q.Pattern)
	if err != nil {
		return PatternResult{}, shipbell.InvalidMessage("pattern", text.Of(err))
	}
	result := PatternResult{Effective: p.Effective(), Matches: make([]bool, len(q.Names)), Warnings: p.Warnings()}
	for i, name := range q.Names {
		if len(name) > maxNameSize {
			return PatternResult{}, shipbell.InvalidField(fmt.Sprintf("names[%d]", i), text.TextTooLong, maxNameSize)
		}
		result.Matches[i] = p.Match(name)
	}
	return result, nil
}
