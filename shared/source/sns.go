package source

import "encoding/json"

// SNSMessage is a message of Amazon SNS, as far as it is signed, with its signature.
type SNSMessage struct {
	// Type is "Notification" for one that carries an event, "SubscriptionConfirmation"
	// for one that asks whether events are wanted, and "UnsubscribeConfirmation".
	Type           string
	MessageID      string `json:"MessageId"`
	TopicARN       string `json:"TopicArn"`
	Subject        *string
	Message        string
	Timestamp      string
	Token          string
	SubscribeURL   string
	Version        string `json:"SignatureVersion"`
	Signature      string
	SigningCertURL string
}

// The types of messages.
const (
	SNSNotification = "Notification"
	SNSConfirmation = "SubscriptionConfirmation"
)

func isSNS(f fields) bool {
	kind := f.text("Type")
	return f.text("TopicArn") != "" && (kind == SNSNotification || kind == SNSConfirmation || kind == "UnsubscribeConfirmation")
}

func openSNS(f fields) ([]byte, Envelope) {
	return []byte(f.text("Message")), Envelope{ID: f.text("MessageId"), Time: f.time("Timestamp")}
}

// readSNS reads a message; what has another type than it should is as if it were not
// there, and then its signature is not right.
func readSNS(body []byte) *SNSMessage {
	var m SNSMessage
	_ = json.Unmarshal(body, &m)
	return &m
}

// EventID is the id of the message, in the form of the ids of events.
func (m *SNSMessage) EventID() string { return safeID(m.MessageID) }
