// Package format shapes what a target gets of an event. Each format is a file and a line in
// the table, but for templates, which users write. What a format is for, and who reads it,
// is described in docs/formats.md.
package format

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Content is what a request carries of an event.
type Content struct {
	Body []byte
	// Header holds the Content-Type, and what else belongs to the format, such as
	// X-GitHub-Event, and the target's headers that are templates. A user's own header stands
	// before one of the same name, but for the Content-Type.
	Header http.Header
	// Query are the target's parameters for the query of the URL, their values made.
	Query []shipbell.Field
}

// definition is a format as the table has it.
type definition struct {
	// actions are those that the format can express, nil for all.
	actions []shipbell.Action
	// tagged tells that the format names an image by its tag, so that it cannot express
	// one of which only the digest is known.
	tagged bool
	// contentType is application/json if "".
	contentType string
	// body answers what is encoded as JSON, and the format's own headers.
	body func(*message) (body any, header map[string]string)
}

// define looks a format up in the table.
func define(name shipbell.Format) (definition, bool) {
	switch name {
	case shipbell.FormatTCR:
		return tcr(), true
	case shipbell.FormatCloudEvents:
		return cloudEvents(), true
	case shipbell.FormatCloudEventsBinary:
		return cloudEventsBinary(), true
	case shipbell.FormatCDEvents:
		return cdEvents(), true
	case shipbell.FormatCDEvents04:
		return cdEvents04(), true
	case shipbell.FormatHarbor:
		return harbor(), true
	case shipbell.FormatDockerHub:
		return dockerHub(), true
	case shipbell.FormatQuay:
		return quay(), true
	case shipbell.FormatACR:
		return acr(), true
	case shipbell.FormatDistribution:
		return distribution(), true
	case shipbell.FormatGHCR:
		return ghcr(), true
	case shipbell.FormatImageEvent:
		return imageEvent(), true
	}
	return definition{}, false
}

// Render shapes a delivery's event in the delivery's format, with what else the target has
// made of an event: parameters of the query and headers. The delivery's event is whole. The
// same delivery to the same target always has the same content, byte for byte.
func Render(d *shipbell.Delivery, target shipbell.Target) (Content, error) {
	e, ok := d.FullEvent()
	if !ok {
		return Content{}, fmt.Errorf("delivery %s: its event was not read", d.ID)
	}
	m := &message{Event: e, delivery: d}
	c, err := m.content(&target)
	if err != nil {
		return Content{}, err
	}
	if err := c.templated(m, &target); err != nil {
		return Content{}, err
	}
	return c, nil
}

// content is the body and the headers of the format. That of the format template has no
// body yet.
func (m *message) content(target *shipbell.Target) (Content, error) {
	name := m.delivery.Format
	if name == shipbell.FormatTemplate {
		if target.Template == "" {
			return Content{}, text.New(text.TemplateMissing)
		}
		return Content{Header: contentType(target.ContentType)}, nil
	}
	f, known := define(name)
	if !known {
		return Content{}, text.New(text.BodyFormatUnknown, name)
	}
	if err := f.expresses(name, m.Event); err != nil {
		return Content{}, err
	}
	body, header := f.body(m)
	encoded, err := encode(body)
	if err != nil {
		return Content{}, err
	}
	c := Content{Body: encoded, Header: contentType(f.contentType)}
	for name, value := range header {
		c.Header.Set(name, value)
	}
	return c, nil
}

// contentType is the header with a content type, application/json if it is "".
func contentType(t string) http.Header {
	return http.Header{"Content-Type": {cmp.Or(t, "application/json")}}
}

// expresses answers a text.Message if the format cannot express the event.
func (f *definition) expresses(name shipbell.Format, e *shipbell.Event) error {
	switch {
	case f.actions != nil && !slices.Contains(f.actions, e.Action):
		return text.New(text.FormatLacksAction, name, e.Action)
	case name.Single() && len(e.Resources) != 1:
		return text.New(text.FormatIsSingle, name, len(e.Resources))
	case f.tagged && slices.ContainsFunc(e.Resources, func(r shipbell.Resource) bool { return r.Tag == "" }):
		return text.New(text.FormatNeedsTag, name)
	}
	return nil
}

// Inexpressible reports whether Render failed because the format, or a template of the
// target, cannot express the event.
func Inexpressible(err error) bool {
	if err == nil {
		return false
	}
	switch text.Of(err).Code {
	case text.FormatLacksAction, text.FormatIsSingle, text.FormatNeedsTag,
		text.TemplateMissing, text.TemplateBodyFailed, text.TemplateQueryFailed, text.TemplateHeaderFailed:
		return true
	}
	return false
}

// message is a delivery's event with what formats need to know of the delivery.
type message struct {
	*shipbell.Event
	delivery *shipbell.Delivery
}

// only is the resource of an event that has one.
func (m *message) only() shipbell.Resource { return m.Resources[0] }

// source is the registry, as a URI.
func (m *message) source() string { return registryURI(m.delivery.Registry) }

// at is the event's time, or that of its receipt where it has none that can be written.
func (m *message) at() time.Time {
	if eventTime(m.OccurAt) != "" {
		return time.Unix(m.OccurAt, 0).UTC()
	}
	return m.delivery.CreatedAt.UTC().Truncate(time.Second)
}

// encode makes compact JSON in which <, > and & stand for themselves.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
