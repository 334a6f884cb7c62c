package shipbell

import (
	"fmt"
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/shipbell/shipbell/shared/text"
)

// The limits of templates.
const (
	maxTemplateBytes  = 16 << 10
	maxFieldNameBytes = 255
)

// checkTemplates checks where there are templates, their names and sizes. What they say is
// checked by format.CheckTemplates.
func (p *problems) checkTemplates(at string, t *Target) {
	isTemplate := t.Format == FormatTemplate
	switch {
	case !isTemplate && t.Template != "":
		p.add(at+".template", text.OptionAgainst, "format "+string(t.Format))
	case isTemplate && t.Template == "":
		p.add(at+".template", text.OptionMissing)
	case len(t.Template) > maxTemplateBytes:
		p.add(at+".template", text.SizeTooLarge, len(t.Template), maxTemplateBytes)
	}
	switch {
	case !isTemplate && t.ContentType != "":
		p.add(at+".content_type", text.OptionAgainst, "format "+string(t.Format))
	case t.ContentType != "" && !contentTypeAllowed(t.ContentType):
		p.add(at+".content_type", text.TemplateContentType, t.ContentType)
	}
	p.checkFields(at+".query", t.Query, func(name string) (text.Code, []any) {
		if name == "" || len(name) > maxFieldNameBytes || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
			return text.FieldNameInvalid, []any{maxFieldNameBytes}
		}
		return "", nil
	})
	taken := []string{t.Auth.Header}
	for _, h := range t.Headers {
		taken = append(taken, h.Key)
	}
	p.checkFields(at+".event_headers", t.EventHeaders, func(name string) (text.Code, []any) {
		same := func(other string) bool { return strings.EqualFold(name, other) }
		switch {
		case len(name) > maxFieldNameBytes || !httpguts.ValidHeaderFieldName(name):
			return text.HeaderNameInvalid, []any{name}
		case reservedHeader(strings.ToLower(name)):
			return text.HeaderReserved, []any{name}
		case same(t.Auth.Header):
			return text.HeaderOfAuth, []any{name}
		case slices.ContainsFunc(taken, same):
			return text.FieldListedTwice, []any{name}
		}
		taken = append(taken, name)
		return "", nil
	})
}

// checkFields checks the names of fields, each of which may be there once, and how long
// their templates are. problem says what is wrong with a name, or nothing.
func (p *problems) checkFields(at string, fields []Field, problem func(name string) (text.Code, []any)) {
	if n := len(fields); n > maxFields {
		p.add(at, text.OptionTooMany, n, maxFields)
	}
	for i, f := range fields {
		field := fmt.Sprintf("%s[%d]", at, i)
		same := func(other Field) bool { return other.Name == f.Name }
		if code, args := problem(f.Name); code != "" {
			p.add(field+".name", code, args...)
		} else if slices.IndexFunc(fields, same) < i {
			p.add(field+".name", text.FieldListedTwice, f.Name)
		}
		if len(f.Value) > maxOptionBytes {
			p.add(field+".value", text.SizeTooLarge, len(f.Value), maxOptionBytes)
		}
	}
}

// contentTypeAllowed reports whether a template may make a body of the type: JSON, a form or
// plain text, in UTF-8.
func contentTypeAllowed(contentType string) bool {
	media, parameters, err := mime.ParseMediaType(contentType)
	charset, named := parameters["charset"]
	if err != nil || !httpguts.ValidHeaderFieldValue(contentType) || len(contentType) > maxFieldNameBytes ||
		len(parameters) > 1 || named != (len(parameters) == 1) || named && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	switch media {
	case "application/json", "text/plain", "application/x-www-form-urlencoded":
		return true
	}
	name, isJSON := strings.CutSuffix(media, "+json")
	return isJSON && strings.HasPrefix(name, "application/") && name != "application/"
}
