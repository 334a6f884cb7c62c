package format

import (
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// templateFields are the names that templates have for an event, in the order of
// docs/templates.md. The images and charts of .Resources have the names of resourceFields.
func templateFields() []string {
	return slices.Concat([]string{
		"ID", "Registry", "Trigger", "Delivery", "Action", "Chart", "Time", "OccurredAt",
		"Repository", "Namespace", "Name", "Host", "Type", "Operator",
		"Resources", "Count", "Tags", "References", "URLs",
	}, resourceFields())
}

func resourceFields() []string {
	return []string{"Tag", "Digest", "URL", "PreviousDigest", "Reference"}
}

// templateData is the event as templates see it: plain values, of which every text is UTF-8.
// The names of a resource stand for the first one.
func (m *message) templateData() map[string]any {
	var first shipbell.Resource
	if len(m.Resources) > 0 {
		first = m.Resources[0]
	}
	at := m.at()
	data := resourceData(first)
	for name, value := range map[string]any{
		"ID": clean(m.ID), "Registry": clean(m.delivery.Registry), "Trigger": clean(m.delivery.TriggerName), "Delivery": string(m.delivery.ID),
		"Action": clean(string(m.Action)), "Chart": m.isChart(), "Time": at.Unix(), "OccurredAt": at.Format(time.RFC3339),
		"Repository": clean(m.Repository.FullName), "Namespace": clean(m.Repository.Namespace()), "Name": clean(m.Repository.Name()),
		"Host": clean(m.host(first)), "Type": clean(m.Repository.Type), "Operator": clean(m.Operator),
		"Count": int64(len(m.Resources)),
	} {
		data[name] = value
	}
	resources, references, urls := make([]any, len(m.Resources)), make([]any, len(m.Resources)), make([]any, len(m.Resources))
	tags := []any{}
	for i, r := range m.Resources {
		resources[i], references[i], urls[i] = resourceData(r), clean(reference(r)), clean(r.URL)
		if r.Tag != "" {
			tags = append(tags, clean(r.Tag))
		}
	}
	data["Resources"], data["References"], data["URLs"], data["Tags"] = resources, references, urls, tags
	return data
}

func resourceData(r shipbell.Resource) map[string]any {
	return map[string]any{
		"Tag": clean(r.Tag), "Digest": clean(r.Digest), "URL": clean(r.URL),
		"PreviousDigest": clean(r.PreviousDigest), "Reference": clean(reference(r)),
	}
}

// clean makes a text UTF-8.
func clean(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
