package source_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

// quoted is a text as a JSON string.
func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

// The envelopes, each around a body.
func sns(body string) string {
	return `{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:eu-test-1:111122223333:images","Timestamp":"2026-11-30T01:00:01.000Z","Message":` + quoted(body) + `}`
}

func bridge(body string) string {
	return `{"version":"0","id":"b1","detail-type":"acme","source":"acme.bridge","time":"2026-11-30T01:00:01Z","detail":` + body + `}`
}

func cloudEvent(body string) string {
	return `{"specversion":"1.0","id":"c1","type":"acme:tcr","source":"/x","time":"1795168800123","data":` + body + `}`
}

func cloudEventBase64(body string) string {
	return `{"specversion":"1.0","id":"c1","type":"acme:tcr","source":"/x","data_base64":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `"}`
}

func grid(body string) string {
	return `{"id":"g1","eventType":"acme","eventTime":"2026-11-30T01:00:01.1234567Z","subject":"x","data":` + body + `}`
}

func pubSub(body string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `","messageId":"p1","publishTime":"2026-11-30T01:00:01Z"},"subscription":"projects/a/subscriptions/b"}`
}

func list(body string) string { return "[" + body + "]" }

func eventList(body string) string { return `{"EventList":[` + body + `]}` }

const inside = `{"type":"pushImage","occur_at":1795168800,"event_data":{"resources":[{"tag":"v1"}],"repository":{"repo_full_name":"team/app"}}}`

// TestEnvelopes undoes each envelope, and several around one another.
func TestEnvelopes(t *testing.T) {
	deep := inside
	for range 3 {
		deep = sns(cloudEvent(deep))
	}
	for name, body := range map[string]string{
		"none":                   inside,
		"a byte order mark":      "\xef\xbb\xbf" + inside,
		"SNS":                    sns(inside),
		"EventBridge":            bridge(inside),
		"EventBridge in SNS":     sns(bridge(inside)),
		"a CloudEvent":           cloudEvent(inside),
		"a CloudEvent with text": cloudEvent(quoted(inside)),
		"a CloudEvent in base64": cloudEventBase64(inside),
		"CloudEvents in a list":  list(cloudEvent(inside)),
		"Event Grid":             list(grid(inside)),
		"Event Grid in SNS":      sns(list(grid(inside))),
		"Pub/Sub":                pubSub(inside),
		"Pub/Sub with a mark":    pubSub("\xef\xbb\xbf" + inside),
		"CloudEvent in Pub/Sub":  pubSub(cloudEvent(inside)),
		"Tencent EventBridge":    eventList(cloudEvent(quoted(inside))),
		"six":                    deep,
	} {
		t.Run(name, func(t *testing.T) {
			d := mustDecode(t, source.Request{Body: []byte(body), ReceivedAt: noon})
			equal(t, "source", d.Source, "tcr")
			if len(d.Events) != 1 || d.Events[0].Repository != "team/app" || d.Events[0].Resources[0].Tag != "v1" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// TestEnvelopeForm takes the field of a form, as GitHub and Gitea can be set to send it.
func TestEnvelopeForm(t *testing.T) {
	form := contentType("application/x-www-form-urlencoded; charset=utf-8")
	for name, body := range map[string]string{
		"a form":            "payload=" + url.QueryEscape(inside) + "&other=1",
		"no form after all": inside,
	} {
		d := mustDecode(t, source.Request{Header: form, Body: []byte(body), ReceivedAt: noon})
		if len(d.Events) != 1 {
			t.Errorf("%s: got %+v", name, d)
		}
	}
	for _, body := range []string{"other=1", "payload=%zz", "payload="} {
		if _, err := source.Decode(source.Request{Header: form, Body: []byte(body)}); shipbell.KindOf(err) != shipbell.Malformed {
			t.Errorf("%q gave %v", body, err)
		}
	}
}

// TestEnvelopeTells has the id, the time and the operator of an envelope stand in for
// those that the event lacks; the innermost envelope counts.
func TestEnvelopeTells(t *testing.T) {
	detail := `{"result":"SUCCESS","repository-name":"team/web","action-type":"PUSH","image-tag":"v7"}`
	event := `{"id":"e1","detail-type":"ECR Image Action","time":"2026-11-30T01:00:00Z","detail":` + detail + `}`
	for name, r := range map[string]source.Request{
		"EventBridge":           {Body: []byte(event)},
		"EventBridge in SNS":    {Body: []byte(sns(event))},
		"as a CloudEvent":       {Body: []byte(`{"specversion":"1.0","id":"e1","type":"ECR Image Action","time":"2026-11-30T01:00:00Z","data":` + detail + `}`)},
		"in the binary mode":    {Body: []byte(detail), Header: http.Header{"Ce-Id": {"e1"}, "Ce-Type": {"ECR Image Action"}, "Ce-Time": {"2026-11-30T01:00:00Z"}}},
		"with a forced source":  {Body: []byte(sns(event)), Source: "ecr"},
		"an id of its own only": {Body: []byte(`{"specversion":"1.0","id":"c1","type":"x","data":` + event + `}`)},
	} {
		r.ReceivedAt = noon
		d := mustDecode(t, r)
		if len(d.Events) != 1 || d.Events[0].EventID != "e1" || d.Events[0].Time.Unix() != 1796000400 {
			t.Errorf("%s: got %+v", name, d)
		}
	}
}

// TestEnvelopeOfNothingKnown ignores what an envelope carries and is of no known source:
// a service holds back or repeats for days what is refused.
func TestEnvelopeOfNothingKnown(t *testing.T) {
	for body, want := range map[string]string{
		cloudEvent(`{"table":"users"}`):             `the event type "acme:tcr" is not one that Shipbell reports`,
		cloudEvent(`7`):                             `the event type "acme:tcr" is not one that Shipbell reports`,
		cloudEvent(`null`):                          "the message of CloudEvents carries no event",
		pubSub(`{"hello":"world"}`):                 "what the message of Google Pub/Sub carries is of no known source",
		`{"message":{"data":"%","messageId":7}}`:    "the message of Google Pub/Sub carries no event",
		sns("hello"):                                "what the message of Amazon SNS carries is of no known source",
		sns(sns(sns(sns(sns(sns(sns(inside))))))):   "what the message of Amazon SNS carries is of no known source",
		list(grid(`{}`)):                            `the event type "acme" is not one that Shipbell reports`,
		sns(`{"type":"pushImage","event_data":[]}`): "the event cannot be read: a JSON array is not what \"event_data\" holds",
	} {
		d := mustDecode(t, source.Request{Body: []byte(body), ReceivedAt: noon})
		if len(d.Events) != 0 || len(d.Ignored) != 1 || d.Ignored[0].Reason.String() != want {
			t.Errorf("%.60s: got %+v, want %q", body, d, want)
		}
	}
}

// TestEnvelopeLists reads what many events in one request say, in their order, up to a
// limit.
func TestEnvelopeLists(t *testing.T) {
	two := strings.ReplaceAll(inside, "v1", "v2")
	d := mustDecode(t, source.Request{Body: []byte(list(grid(inside) + "," + `{"other":1}` + "," + grid(two))), ReceivedAt: noon})
	if len(d.Events) != 2 || d.Events[0].Resources[0].Tag != "v1" || d.Events[1].Resources[0].Tag != "v2" || len(d.Ignored) != 1 {
		t.Errorf("got %+v", d)
	}
	many := mustDecode(t, source.Request{Body: []byte(list(grid(`{}`) + strings.Repeat(","+grid(inside), 1001))), ReceivedAt: noon})
	if len(many.Events) != 999 || len(many.Ignored) != 2 || many.Ignored[0].Reason.String() != "2 events after the first 1000 of one request" {
		t.Errorf("%d events, ignored %+v", len(many.Events), many.Ignored)
	}
}

// TestHandshakes finds what a sender wants answered before it sends events.
func TestHandshakes(t *testing.T) {
	validation := `[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d","validationUrl":"https://x"}}]`
	d := mustDecode(t, source.Request{Body: []byte(validation)})
	if d.Validation != "512d" || len(d.Events)+len(d.Ignored) > 0 {
		t.Errorf("the validation gave %+v", d)
	}
	d = mustDecode(t, source.Request{Body: []byte(`{"Type":"SubscriptionConfirmation","TopicArn":"arn:x","SubscribeURL":"https://y","Message":"m","Subject":7}`)})
	if d.Message == nil || d.Message.TopicARN != "arn:x" || d.Message.SubscribeURL != "https://y" || len(d.Events)+len(d.Ignored) > 0 {
		t.Errorf("the confirmation gave %+v", d)
	}
	if d = mustDecode(t, source.Request{Body: []byte(sns(inside)), ReceivedAt: noon}); d.Message == nil || d.Message.MessageID != "m1" {
		t.Errorf("the notification gave %+v", d)
	}
}

func packed(t *testing.T, encoding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if encoding == "gzip" {
		w := gzip.NewWriter(&b)
		_, err = w.Write([]byte(text))
		w.Close()
	} else {
		w := zlib.NewWriter(&b)
		_, err = w.Write([]byte(text))
		w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestUnpack undoes content encodings within the limit, and names those that it cannot.
func TestUnpack(t *testing.T) {
	zip := packed(t, "gzip", inside)
	for _, c := range []struct {
		name, encoding string
		body           []byte
		kind           shipbell.Kind
		fault          string
	}{
		{"none", "", []byte(inside), 0, ""},
		{"identity", "identity", []byte(inside), 0, ""},
		{"gzip", "gzip", zip, 0, ""},
		{"in other letters", " X-GZIP ", zip, 0, ""},
		{"deflate", "deflate", packed(t, "deflate", inside), 0, ""},
		{"twice", "gzip, identity, gzip", packed(t, "gzip", string(zip)), 0, ""},
		{"unpacked on the way", "gzip", []byte(inside), 0, ""},
		{"another", "br", []byte(inside), shipbell.Unsupported, `"br"`},
		{"another around gzip", "gzip, zstd", zip, shipbell.Unsupported, `"zstd"`},
		{"very many", strings.Repeat("gzip,", 5), zip, shipbell.Unsupported, "gzip, gzip"},
		{"no gzip", "gzip", []byte("hello"), shipbell.Unsupported, `"gzip"`},
		{"cut short", "gzip", zip[:len(zip)-9], shipbell.Unsupported, `"gzip"`},
		{"a bomb", "gzip", packed(t, "gzip", strings.Repeat(" ", 1<<20+1)), shipbell.TooLarge, "1024 KiB"},
	} {
		body, err := source.Unpack(http.Header{"Content-Encoding": {c.encoding}}, c.body, 1<<20)
		switch {
		case c.fault == "" && (err != nil || string(body) != inside):
			t.Errorf("%s: %q, %v", c.name, body, err)
		case c.fault != "" && (shipbell.KindOf(err) != c.kind || !strings.Contains(fmt.Sprint(err), c.fault)):
			t.Errorf("%s: %v, want one about %s", c.name, err, c.fault)
		}
	}
}
