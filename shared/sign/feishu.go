package sign

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// addFeishu puts the time in seconds and its signature into the body, as robots of Feishu and
// Lark want it.
func addFeishu(m *Message, _ *shipbell.Target, secret string) (proofs []string, err error) {
	timestamp := strconv.FormatInt(m.At.Unix(), 10)
	made := feishu(timestamp, secret)
	body, ok := setFields(m.Body, field{"timestamp", timestamp}, field{"sign", made})
	if !ok {
		return nil, text.New(text.AuthBodyNotObject, shipbell.AuthFeishu)
	}
	m.Body = body
	return []string{made}, nil
}

// feishu signs a timestamp: with the secret it is the key, and the message is empty.
func feishu(timestamp, secret string) string {
	return base64.StdEncoding.EncodeToString(sum([]byte(timestamp+"\n"+secret), nil))
}

// field is a field of a JSON object whose value is a string that JSON need not escape.
type field struct{ name, value string }

// setFields gives a JSON object fields, behind its others and in place of those that it has
// of these names. All else stays as it is written, but for what stands between fields. ok is
// false if the text is no JSON object.
func setFields(object []byte, fields ...field) (changed []byte, ok bool) {
	members, ok := splitObject(object)
	if !ok {
		return nil, false
	}
	changed = append(make([]byte, 0, len(object)+128), '{')
	for _, one := range members {
		if one.name != fields[0].name && one.name != fields[1].name {
			changed = append(append(changed, one.written...), ',')
		}
	}
	for i, one := range fields {
		if i > 0 {
			changed = append(changed, ',')
		}
		changed = fmt.Appendf(changed, `"%s":"%s"`, one.name, one.value)
	}
	return append(changed, '}'), true
}

// member is a field of a JSON object: its name, and both name and value as they are written.
type member struct {
	name    string
	written []byte
}

// splitObject takes a JSON object apart. ok is false for anything else.
func splitObject(object []byte) (members []member, ok bool) {
	if !json.Valid(object) || !bytes.HasPrefix(bytes.TrimLeft(object, " \t\r\n"), []byte("{")) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.Token() // it is "{", as the text is valid
	for decoder.More() {
		begin := decoder.InputOffset()
		name, _ := decoder.Token()
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil, false
		}
		written := bytes.TrimLeft(object[begin:decoder.InputOffset()], ", \t\r\n")
		members = append(members, member{name.(string), written})
	}
	return members, true
}

func checkFeishu(r *Received, _ shipbell.Auth, secret string, now time.Time) (Proof, error) {
	var signed struct {
		Timestamp string `json:"timestamp"`
		Sign      string `json:"sign"`
	}
	if err := json.Unmarshal(r.Body, &signed); err != nil {
		return Proof{}, fmt.Errorf("%w: the body is not a JSON object with the texts timestamp and sign", ErrMalformed)
	}
	if signed.Timestamp == "" || signed.Sign == "" {
		return Proof{}, fmt.Errorf("%w: the body has not both timestamp and sign", ErrUnsigned)
	}
	at, err := readTime("timestamp", signed.Timestamp, seconds)
	if err != nil {
		return Proof{}, err
	}
	if !equal(signed.Sign, feishu(signed.Timestamp, secret)) {
		return Proof{}, fmt.Errorf("%w: it was made with another secret, or for another timestamp; the rest of the body is not signed", ErrWrong)
	}
	return Proof{At: at}, inTime(at, now, ChatWindow)
}
