package format

import (
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// cloudEvent is an event of CloudEvents 1.0 in the structured mode.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
type cloudEvent[Data any] struct {
	SpecVersion     string              `json:"specversion"`
	ID              shipbell.DeliveryID `json:"id"`
	Source          string              `json:"source"`
	Type            string              `json:"type"`
	Subject         string              `json:"subject"`
	Time            string              `json:"time,omitempty"`
	DataContentType string              `json:"datacontenttype"`
	Data            Data                `json:"data"`
}

// structured is the content type of the structured mode.
const structured = "application/cloudevents+json"

// registryURI names a registry as the source of events.
func registryURI(registry string) string { return "/shipbell/registries/" + url.PathEscape(registry) }

// newCloudEvent makes an event whose data is the body of the format "tcr", so that a
// receiver learns one shape. It also tells which digest a tag pointed to before.
func newCloudEvent(m *message) cloudEvent[tcrBody] {
	data := newTCRBody(m.Event)
	for i, r := range m.Resources {
		data.EventData.Resources[i].PreviousDigest = r.PreviousDigest
	}
	return cloudEvent[tcrBody]{
		SpecVersion:     "1.0",
		ID:              m.delivery.ID,
		Source:          m.source(),
		Type:            "dev.shipbell." + string(m.Action),
		Subject:         m.Repository.FullName,
		Time:            eventTime(m.OccurAt),
		DataContentType: "application/json",
		Data:            data,
	}
}

func cloudEvents() definition {
	return definition{contentType: structured, body: func(m *message) (any, map[string]string) { return newCloudEvent(m), nil }}
}

// cloudEventsBinary is the same event in the binary mode: its attributes are headers, and
// the body is its data.
func cloudEventsBinary() definition {
	return definition{body: func(m *message) (any, map[string]string) {
		e := newCloudEvent(m)
		return e.Data, binaryHeaders(e.ID, e.Source, e.Type, e.Subject, e.Time)
	}}
}

// binaryHeaders are the attributes of an event in the binary mode, without an empty time.
// What a header cannot carry is percent-encoded, as the binding says.
func binaryHeaders(id shipbell.DeliveryID, source, kind, subject, at string) map[string]string {
	h := map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": string(id), "Ce-Source": source, "Ce-Type": kind, "Ce-Subject": headerValue(subject),
	}
	if at != "" {
		h["Ce-Time"] = at
	}
	return h
}

// headerValue percent-encodes what is no printable ASCII, and the space, the quote and the
// percent sign.
func headerValue(s string) string {
	const hex = "0123456789ABCDEF"
	encoded := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '%' {
			encoded = append(encoded, '%', hex[c>>4], hex[c&15])
			continue
		}
		encoded = append(encoded, c)
	}
	return string(encoded)
}

// eventTime is "" for a time that RFC 3339, with its years of four digits,
// cannot write; the attribute is then left out.
func eventTime(unix int64) string {
	if t := time.Unix(unix, 0).UTC(); unix > 0 && t.Year() <= 9999 {
		return t.Format(time.RFC3339)
	}
	return ""
}
