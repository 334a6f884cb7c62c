package pattern

import "strings"

// measureBraces counts, without building them, the patterns that the braces of
// a valid pattern stand for, and how deep they nest. Counting stops just above
// maxExpansions.
func measureBraces(s string) (expansions, depth int) {
	// A level is a group being read: the alternatives before the present one
	// stand for sum patterns, the present one for product so far.
	type level struct{ sum, product int }
	now, outer := level{product: 1}, []level(nil)
	for i := 0; i < len(s); i += next(s[i:]) {
		switch {
		case s[i] == '{':
			outer, now = append(outer, now), level{product: 1}
			depth = max(depth, len(outer))
		case s[i] == ',' && len(outer) > 0:
			now = level{sum: now.sum + now.product, product: 1}
		case s[i] == '}':
			group := now.sum + now.product
			now, outer = outer[len(outer)-1], outer[:len(outer)-1]
			now.product = min(now.product*group, maxExpansions+1)
		}
	}
	return now.product, depth
}

// expand lists the patterns that the braces of a valid pattern stand for, in
// the order they are written, with the spaces around each alternative trimmed.
func expand(s string) []string {
	for i := 0; i < len(s); i += next(s[i:]) {
		if s[i] != '{' {
			continue
		}
		alternatives, rest := group(s[i+1:])
		var all []string
		for _, alternative := range alternatives {
			all = append(all, expand(s[:i]+trimBlanks(alternative)+rest)...)
		}
		return all
	}
	return []string{s}
}

// group splits what follows a "{" into its alternatives and what comes after
// the "}".
func group(s string) (alternatives []string, rest string) {
	depth, start := 0, 0
	for i := 0; i < len(s); i += next(s[i:]) {
		switch {
		case s[i] == '{':
			depth++
		case s[i] == '}' && depth > 0:
			depth--
		case s[i] == ',' && depth == 0:
			alternatives, start = append(alternatives, s[start:i]), i+1
		case s[i] == '}':
			return append(alternatives, s[start:i]), s[i+1:]
		}
	}
	return append(alternatives, s[start:]), ""
}

// trimBlanks trims spaces and tabs at both ends, but no escaped one.
func trimBlanks(s string) string {
	s = strings.TrimLeft(s, " \t")
	for endsIn(s, ' ') || endsIn(s, '\t') {
		s = s[:len(s)-1]
	}
	return s
}
