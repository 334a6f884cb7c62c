package template

import (
	"html"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// markupNames are the kinds of markup that the function markdown knows.
func markupNames() []string {
	return []string{"plain", "slack", "discord", "telegram", "mattermost", "teams", "google-chat", "wecom", "dingtalk", "feishu", "html"}
}

func knownMarkup(kind string) bool { return slices.Contains(markupNames(), kind) }

// markdown makes a text stand for itself in the markup of a chat. It becomes one line, for
// some markup has a meaning at the beginning of one.
//
// Telegram is that of MarkdownV2. Discord, Mattermost and Teams take a backslash before
// punctuation, Slack and HTML have entities. The others have no escapes: there a space
// without width stands behind what would begin markup.
func markdown(kind, s string) (any, error) {
	var escape func(rune) string
	switch kind {
	case "plain":
		return s, nil
	case "slack":
		escape = entity
	case "html":
		escape = func(r rune) string { return html.EscapeString(string(r)) }
	case "telegram", "discord", "mattermost", "teams":
		escape = func(r rune) string {
			if strings.ContainsRune("\\`*_~|>#+-=[]{}().!<&", r) {
				return `\` + string(r)
			}
			return string(r)
		}
	case "google-chat", "wecom", "dingtalk", "feishu":
		escape = func(r rune) string {
			if strings.ContainsRune("<]*`~", r) {
				return string(r) + zeroWidthSpace
			}
			return string(r)
		}
	default:
		return nil, text.New(text.TemplateMarkup, kind, markupNames())
	}
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		b.WriteString(escape(r))
	}
	return limited(b.String())
}

// entity escapes what Slack wants escaped, and no more: it does not know other entities.
func entity(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return string(r)
}
