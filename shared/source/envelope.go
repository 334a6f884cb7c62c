package source

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// Envelope is what the services that brought an event say of it. Of envelopes that are
// nested, the innermost one that says something counts.
type Envelope struct {
	// Service names the form of the innermost envelope; "" stands for none.
	Service string
	// ID is that of the event or of the message.
	ID string
	// Type is that of the event, such as "harbor.artifact.pushed".
	Type string
	// Time is zero if none is told.
	Time time.Time
	// Operator is who did it, as Harbor's CloudEvents tell.
	Operator string
}

// The services with envelopes of their own.
const (
	amazonSNS    = "Amazon SNS"
	eventBridge  = "Amazon EventBridge"
	eventGrid    = "Azure Event Grid"
	googlePubSub = "Google Pub/Sub"
	cloudEvents  = "CloudEvents"
)

// gridValidation is the type of the event by which Event Grid asks whether its events are
// wanted.
const gridValidation = "Microsoft.EventGrid.SubscriptionValidationEvent"

// within fills in from the envelope around it what e does not tell.
func (e Envelope) within(outer Envelope) Envelope {
	e.Service = cmp.Or(e.Service, outer.Service)
	e.ID = cmp.Or(e.ID, outer.ID)
	e.Type = cmp.Or(e.Type, outer.Type)
	e.Operator = cmp.Or(e.Operator, outer.Operator)
	if e.Time.IsZero() {
		e.Time = outer.Time
	}
	return e
}

// content is a field that is JSON, or JSON as text in a string; nil if it is absent.
func (f fields) content(name string) []byte {
	raw := f.get(name)
	switch {
	case len(raw) == 0:
		return nil
	case raw[0] == '"':
		return []byte(f.text(name))
	}
	return raw
}

// base64 is a field in base64; nil if it is none.
func (f fields) base64(name string) []byte {
	data, err := base64.StdEncoding.DecodeString(f.text(name))
	if err != nil {
		return nil
	}
	return data
}

// time is a field in RFC 3339 or in milliseconds since 1970; zero if it is neither.
func (f fields) time(name string) time.Time { return envelopeTime(f.text(name)) }

func envelopeTime(value string) time.Time {
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil && ms > 0 && ms/1000 <= maxTime {
		return time.UnixMilli(ms)
	}
	at, _ := time.Parse(time.RFC3339Nano, value)
	return at
}

// form is one kind of envelope.
type form struct {
	service string
	is      func(fields) bool
	// open gives what is inside, which is nil for nothing, and what the envelope says.
	open func(fields) ([]byte, Envelope)
}

// forms are the envelopes that are JSON objects.
func forms() []form {
	return []form{
		{amazonSNS, isSNS, openSNS},
		{eventBridge, func(f fields) bool { return f.text("detail-type") != "" }, openEventBridge},
		{cloudEvents, func(f fields) bool { return f.text("specversion") != "" }, openCloudEvent},
		{eventGrid, func(f fields) bool { return f.text("eventType") != "" && f.get("data") != nil }, openEventGrid},
		{googlePubSub, isPubSub, openPubSub},
	}
}

func formOf(f fields) (form, bool) {
	for _, one := range forms() {
		if one.is(f) {
			return one, true
		}
	}
	return form{}, false
}

func openEventBridge(f fields) ([]byte, Envelope) {
	return f.content("detail"), Envelope{ID: f.text("id"), Type: f.text("detail-type"), Time: f.time("time")}
}

// openCloudEvent opens a CloudEvent in structured mode, also as EventBridge of Tencent
// Cloud writes it.
func openCloudEvent(f fields) ([]byte, Envelope) {
	e := Envelope{ID: f.text("id"), Type: f.text("type"), Time: f.time("time"), Operator: f.text("operator")}
	if data := f.base64("data_base64"); len(data) > 0 {
		return data, e
	}
	return f.content("data"), e
}

func openEventGrid(f fields) ([]byte, Envelope) {
	return f.content("data"), Envelope{ID: f.text("id"), Type: f.text("eventType"), Time: f.time("eventTime")}
}

func isPubSub(f fields) bool {
	message := f.object("message")
	return message.get("data") != nil && (message.get("messageId") != nil || message.get("message_id") != nil) || message != nil && f.text("subscription") != ""
}

func openPubSub(f fields) ([]byte, Envelope) {
	message := f.object("message")
	return message.base64("data"), Envelope{
		ID:   cmp.Or(message.text("messageId"), message.text("message_id")),
		Time: envelopeTime(cmp.Or(message.text("publishTime"), message.text("publish_time"))),
	}
}

// envelopeOfHeaders is what headers say where the body is the event itself: a CloudEvent
// in binary mode, or a message of Pub/Sub without its wrapper.
func envelopeOfHeaders(h http.Header) Envelope {
	switch {
	case h.Get("Ce-Type") != "":
		return Envelope{
			Service: cloudEvents, ID: h.Get("Ce-Id"), Type: h.Get("Ce-Type"), Time: envelopeTime(h.Get("Ce-Time")), Operator: h.Get("Ce-Operator"),
		}
	case h.Get("X-Goog-Pubsub-Message-Id") != "":
		return Envelope{Service: googlePubSub, ID: h.Get("X-Goog-Pubsub-Message-Id"), Time: envelopeTime(h.Get("X-Goog-Pubsub-Publish-Time"))}
	}
	return Envelope{}
}
