package pattern

import (
	"regexp"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Warnings are hints about a pattern that is correct but can never match, or hardly what
// its writer meant. They say what was probably meant.
func (p *Pattern) Warnings() (hints []text.Message) {
	all := strings.Join(p.Effective(), " or ")
	if p.dialect == Doublestar {
		if strings.HasPrefix(all, "/") {
			hints = append(hints, text.New(text.WarningSlashFirst))
		}
		if strings.ContainsAny(all, " \t") {
			hints = append(hints, text.New(text.WarningSpace))
		}
	}
	if strings.ContainsAny(all, "，｛｝＊？／") {
		hints = append(hints, text.New(text.WarningFullWidth))
	}
	switch meant, is := p.regexp(); {
	case is && meant != "":
		return append(hints, text.New(text.WarningRegexp, p.written, meant))
	case is:
		return append(hints, text.New(text.WarningRegexpUnclear, p.written))
	}
	if name, tag, found := strings.Cut(p.written, ":"); found {
		return append(hints, text.New(text.WarningColon, p.written, name, tag))
	}
	if element, is := p.segments(); is && p.field == Tag {
		hints = append(hints, text.New(text.WarningTagSlash, p.written, element))
	} else if is && p.field == Namespace {
		hints = append(hints, text.New(text.WarningNamespaceSlash, p.written, element))
	}
	return hints
}

// segments reports whether a pattern of a tag or a namespace, which have no slash, stands
// for names with one, and gives the part of it that was probably meant.
func (p *Pattern) segments() (meant string, is bool) {
	if p.field == Repository || !slices.ContainsFunc(p.globs, func(g Glob) bool { return strings.Contains(g.text, "/") && g.kind != globUnder }) {
		return "", false
	}
	elements := split(strings.Trim(p.globs[0].text, "/"))
	if elements[0] == "**" || elements[len(elements)-1] == "**" && p.field == Namespace {
		return "", false // it matches what has no slash, too
	}
	if p.field == Tag {
		return elements[len(elements)-1], true
	}
	return elements[0], true
}

// regexpSigns are what regular expressions have and names, and globs that match them, have
// not.
const regexpSigns = `^\^|\$$|[()|]|\\[dws.+]|^\.\*|[.)\]]\+`

// regexp reports whether a pattern looks like a regular expression and is not matched as
// one, and gives the pattern that was probably meant, or "" if it has no such form.
func (p *Pattern) regexp() (meant string, is bool) {
	if p.expressed || !regexp.MustCompile(regexpSigns).MatchString(p.written) {
		return "", false
	}
	star := "*"
	if p.field == Repository {
		star = "**"
	}
	meant = strings.TrimSuffix(strings.TrimPrefix(p.written, "^"), "$")
	if meant == ".*" || meant == ".+" {
		return star, true
	}
	meant = strings.NewReplacer(
		`\d+`, "[0-9]*", `\d*`, "[0-9]*", `\d`, "[0-9]", `\w+`, "?*", `\w*`, "*", `\w`, "?", ".*", "*", ".+", "?*", `\.`, ".",
		"]+", "]*", "(?:", "{", "(", "{", ")", "}", "|", ",",
	).Replace(meant)
	if strings.ContainsAny(meant, `\^$+`) || strings.Contains(meant, "{?") || strings.Contains(meant, ",") && !strings.Contains(meant, "{") {
		return "", true
	}
	if _, err := Parse(p.dialect, p.field, meant); err != nil {
		return "", true
	}
	return meant, true
}

// RepeatedNamespace gives what was probably meant by the pattern of a repository that
// begins with its namespace, which is no part of it: team/app is app in the namespace team.
func RepeatedNamespace(namespace, repository string) (meant string, is bool) {
	namespace = strings.Trim(strings.TrimSpace(namespace), "/")
	if _, plain := literal(namespace); !plain || namespace == "" {
		return "", false
	}
	meant, is = strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(repository), "/"), namespace+"/")
	return meant, is && meant != ""
}
