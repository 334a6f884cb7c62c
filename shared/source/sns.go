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

const snsNotification = "Notification"

func isSNS(f fields) bool {
	kind := f.text("Type")
	return f.text("TopicArn") != "" && (kind == snsNotification || kind == "SubscriptionConfirmation" || kind == "UnsubscribeConfirmation")
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
