package console

import (
	"fmt"
	"html/template"
)

// attributes are those that every field has: its id, its name, and what describes it,
// which is the hint beside it, if it has one, and what is wrong with it.
func attributes(p problems, field string, hint ...string) template.HTMLAttr {
	id := slug(field)
	described := "problem-" + id
	if len(hint) > 0 {
		described = hint[0] + " " + described
	}
	text := fmt.Sprintf(`id="%s" name="%s" aria-describedby="%s"`, id, template.HTMLEscapeString(field), described)
	if p[field] != "" {
		text += ` aria-invalid="true"`
	}
	return template.HTMLAttr(text)
}

// problem is the place of the sentence that says what is wrong with a field.
func problem(p problems, field string) template.HTML {
	id := slug(field)
	return template.HTML(fmt.Sprintf(`<p class="problem" id="problem-%s" data-problem-of="%s" aria-live="polite">%s</p>`,
		id, id, template.HTMLEscapeString(p[field])))
}

// problemAgain is what replaces the sentence when the page's script asks.
func problemAgain(p problems, field string) template.HTML {
	return template.HTML(fmt.Sprintf(`<p id="problem-%s" hx-swap-oob="innerHTML">%s</p>`,
		slug(field), template.HTMLEscapeString(p[field])))
}

// Fields are all fields of the form that something can be wrong with.
func (f form) Fields() []string {
	fields := []string{"name", "description", "retry", "actions", "rule.namespace", "rule.repository", "rule.tag", "rule.dialect", "targets"}
	for _, t := range f.Targets {
		for _, name := range []string{"url", "format", "secret", "headers", "preset", "template", "options"} {
			fields = append(fields, t.Field(name))
		}
		for _, h := range t.Headers {
			fields = append(fields, t.HeaderField(h, "key"), t.HeaderField(h, "value"))
		}
	}
	return fields
}
