package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/format/template"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	// maxTemplateBody and maxTemplateValue are the most bytes that a template makes: of a
	// body, and of a value of the query or a header.
	maxTemplateBody  = 64 << 10
	maxTemplateValue = 2 << 10
	// maxWork is how much work all templates of a delivery may take.
	maxWork = 500_000
	// maxReason bounds the texts in the reason why there is no content, in bytes.
	maxReason = 200
)

// templateText is a template as it is stored, and what it has to make.
type templateText struct {
	source string
	kind   template.Kind
	limit  int // bytes
}

func bodyTemplate(target *shipbell.Target) templateText {
	return templateText{target.Template, kindOf(target.ContentType), maxTemplateBody}
}

func valueTemplate(f shipbell.Field) templateText {
	return templateText{f.Value, template.Text, maxTemplateValue}
}

// kindOf is what a template has to make for a content type, which is one of those that
// targets may have.
func kindOf(contentType string) template.Kind {
	media, _, _ := mime.ParseMediaType(contentType)
	switch media {
	case "text/plain":
		return template.Plain
	case "application/x-www-form-urlencoded":
		return template.Form
	}
	return template.JSON
}

func (t templateText) parse() (*template.Template, error) {
	return template.Parse(t.source, t.kind, templateFields())
}

// execute runs the template, which was parsed. It takes the work from what is left.
func (t templateText) execute(parsed *template.Template, data map[string]any, work *int) ([]byte, error) {
	made, err := parsed.Execute(data, t.limit, work)
	if err == nil && t.kind == template.JSON {
		err = checkJSON(made)
	}
	return made, err
}

// render parses and runs the template. Parsing takes less time than sending, so that parsed
// templates are not kept.
func (t templateText) render(data map[string]any, work *int) ([]byte, error) {
	parsed, err := t.parse()
	if err != nil {
		return nil, err
	}
	return t.execute(parsed, data, work)
}

// checkJSON says where a text is not one value of JSON.
func checkJSON(made []byte) error {
	var wrong *json.SyntaxError
	if err := json.Unmarshal(made, new(json.RawMessage)); errors.As(err, &wrong) {
		const around = 20
		end := min(int(wrong.Offset), len(made))
		near := bytes.ToValidUTF8(made[max(end-around, 0):end], nil)
		return text.New(text.TemplateNotJSON, wrong.Error(), string(near))
	}
	return nil
}

// templated adds to the content what the target has as templates: the body if that is the
// format, parameters of the query, and headers. Its error is a text.Message.
func (c *Content) templated(m *message, target *shipbell.Target) error {
	isBody := m.delivery.Format == shipbell.FormatTemplate
	if !isBody && len(target.Query)+len(target.EventHeaders) == 0 {
		return nil
	}
	data, work := m.templateData(), maxWork
	if isBody {
		body, err := bodyTemplate(target).render(data, &work)
		if err != nil {
			return text.New(text.TemplateBodyFailed, err).Truncate(maxReason)
		}
		c.Body = body
	}
	for _, field := range target.Query {
		value, err := valueTemplate(field).render(data, &work)
		if err != nil {
			return text.New(text.TemplateQueryFailed, field.Name, err).Truncate(maxReason)
		}
		c.Query = append(c.Query, shipbell.Field{Name: field.Name, Value: string(value)})
	}
	for _, field := range target.EventHeaders {
		made, err := valueTemplate(field).render(data, &work)
		value := strings.TrimSpace(string(made))
		if err == nil && !shipbell.ValidHeader(field.Name, value) {
			err = text.New(text.HeaderNotSendable)
		}
		if err != nil {
			return text.New(text.TemplateHeaderFailed, field.Name, err).Truncate(maxReason)
		}
		c.Header[http.CanonicalHeaderKey(field.Name)] = []string{value}
	}
	return nil
}
