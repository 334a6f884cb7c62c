package format

import (
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// maxCheckWork is how much work the templates of a trigger may take with all samples.
const maxCheckWork = 5_000_000

// CheckTemplates checks the templates of a normalised trigger: each keeps the rules, and
// works for samples of every action of the trigger. It returns an Invalid error that names
// every wrong field, as shipbell.Trigger.Validate does for all else.
func CheckTemplates(t *shipbell.Trigger) error {
	var wrong []shipbell.FieldError
	work := maxCheckWork
	for i := range t.Targets {
		target := &t.Targets[i]
		samples := samplesFor(t, target)
		check := func(template templateText, field string, args ...any) {
			if err := template.check(samples, &work); err != nil {
				field = fmt.Sprintf("targets[%d].", i) + fmt.Sprintf(field, args...)
				wrong = append(wrong, shipbell.FieldError{Field: field, Message: text.Of(err).Truncate(maxReason)})
			}
		}
		if target.Format == shipbell.FormatTemplate && target.Template != "" {
			check(bodyTemplate(target), "template")
		}
		for n, field := range target.Query {
			check(valueTemplate(field), "query[%d].value", n)
		}
		for n, field := range target.EventHeaders {
			check(valueTemplate(field), "event_headers[%d].value", n)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &shipbell.Error{Kind: shipbell.Invalid, Message: text.New(text.RequestInvalid), Fields: wrong}
}

// check answers a text.Message if the template breaks a rule or does not work for a sample.
func (t templateText) check(samples []sample, work *int) error {
	parsed, err := t.parse()
	if err != nil {
		return err
	}
	for _, s := range samples {
		if _, err := t.execute(parsed, s.data, work); err != nil {
			return text.New(text.TemplateSample, s.action, s.what, err)
		}
	}
	return nil
}

// sample is an event that templates are tried with.
type sample struct {
	action shipbell.Action
	what   text.Code
	data   map[string]any
}

// samplesFor are what a target may get of each action of its trigger, as far as its format
// can express it.
func samplesFor(t *shipbell.Trigger, target *shipbell.Target) []sample {
	if target.Format != shipbell.FormatTemplate && len(target.Query)+len(target.EventHeaders) == 0 {
		return nil
	}
	var samples []sample
	f, _ := define(target.Format)
	for _, action := range t.Actions {
		for _, s := range sampleEvents(action) {
			if len(s.event.Resources) > 1 && target.Split || f.expresses(target.Format, &s.event) != nil {
				continue
			}
			d := shipbell.Delivery{ID: sampleDelivery, Registry: "default", TriggerName: "sample", CreatedAt: time.Unix(sampleTime, 0)}
			m := message{Event: &s.event, delivery: &d}
			samples = append(samples, sample{action, s.what, m.templateData()})
		}
	}
	return samples
}

const (
	sampleDelivery = "01HGW2N7EHJVJ4CJ999RRS2E97"
	sampleTime     = 1795168800
	sampleDigest   = "sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
)

// sampleEvent is an event with what is special about it.
type sampleEvent struct {
	what  text.Code
	event shipbell.Event
}

// sampleEvents are the kinds of events that there are of an action.
func sampleEvents(action shipbell.Action) []sampleEvent {
	const hostile = "\"\\{{`'<!channel> @everyone\r\n\u2028,]}"
	event := func(repository, operator string, resources ...shipbell.Resource) shipbell.Event {
		for i := range resources {
			r := &resources[i]
			r.Digest, r.URL = sampleDigest, shipbell.ResourceURL("reg.example.com", repository, r.Tag, sampleDigest)
		}
		return shipbell.Event{
			ID: "sample", Action: action, OccurAt: sampleTime, Operator: operator, Resources: resources,
			Repository: shipbell.Repository{FullName: repository, CreatedAt: sampleTime, Type: "private"},
		}
	}
	return []sampleEvent{
		{text.SampleImage, event("team/app", "alice", shipbell.Resource{Tag: "v1.2.3"})},
		{text.SampleTags, event("team/app", "", shipbell.Resource{Tag: "v1.2.3"}, shipbell.Resource{Tag: "latest", PreviousDigest: sampleDigest})},
		{text.SampleDigest, event("app", "", shipbell.Resource{})},
		{text.SampleHostile, event("team/"+hostile, hostile, shipbell.Resource{Tag: hostile})},
	}
}
