package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Judge sets what an answer means for the delivery, by the options of its target. What came
// in place of what was expected is in the error, with the secrets masked.
func Judge(o *shipbell.Outcome, options *shipbell.Options, answer safehttp.Response, now time.Time, secrets [][]byte) {
	body := parseAnswer(options, answer.Body)
	if o.Error = unexpected(&options.Success, answer, body, secrets); o.Error.IsZero() {
		return
	}
	o.Busy = slices.Contains(options.Busy.Statuses, answer.StatusCode) || body.is(options.Busy.JSON)
	o.RetryAfter = retryAfter(answer.Header.Get("Retry-After"), now)
	if o.RetryAfter == 0 {
		o.RetryAfter = body.seconds(options.Busy.RetryAfter)
	}
	if o.Busy {
		return
	}
	permanent := options.Permanent
	if len(permanent) == 0 {
		permanent = []int{http.StatusGone}
	}
	if o.Final = slices.Contains(permanent, answer.StatusCode); o.Final && answer.StatusCode != http.StatusGone {
		o.Error = text.New(text.StatusPermanent, o.Error)
	}
}

// unexpected says what of an answer is not as a rule wants it: nothing if the target took
// the delivery.
func unexpected(rule *shipbell.Success, answer safehttp.Response, body answerBody, secrets [][]byte) text.Message {
	status := answer.StatusCode
	switch got, found := body.field(rule.JSON.Path); {
	case !statusIn(rule.Statuses, status):
		return statusError(rule.Statuses, status, location(answer.Header, secrets))
	case rule.JSON.Path != "" && body.value == nil:
		return text.New(text.AnswerNotJSON, status, rule.JSON.Path)
	case rule.JSON.Path != "" && !found:
		return text.New(text.AnswerLacksField, status, rule.JSON.Path)
	case rule.JSON.Path != "" && !slices.Contains(rule.JSON.Values, got):
		return text.New(text.AnswerFieldOther, status, rule.JSON.Path, short(got, secrets), strings.Join(rule.JSON.Values, ", "))
	case !bytes.Contains(answer.Body, []byte(rule.Text)):
		return text.New(text.AnswerLacksText, status, rule.Text)
	case rule.Body != "" && !bytes.Equal(bytes.TrimSpace(answer.Body), bytes.TrimSpace([]byte(rule.Body))):
		return text.New(text.AnswerOther, status, short(string(answer.Body), secrets), rule.Body)
	}
	return text.Message{}
}

// statusIn reports whether a status is one of those that a rule lists, as "204" or "2xx".
func statusIn(listed []string, status int) bool {
	if len(listed) == 0 {
		return status/100 == 2
	}
	code := strconv.Itoa(status)
	return slices.ContainsFunc(listed, func(one string) bool { return one == code || one == code[:1]+"xx" })
}

// statusError says what is wrong with a status that a rule does not list. A redirect has a
// location.
func statusError(listed []string, code int, location string) text.Message {
	switch {
	case code == http.StatusGone:
		return text.New(text.StatusGone, code)
	case len(listed) > 0:
		return text.New(text.StatusUnlisted, code, strings.Join(listed, ", "))
	case code >= 300 && code < 400 && location != "":
		return text.New(text.StatusRedirectTo, code, location)
	case code >= 300 && code < 400:
		return text.New(text.StatusRedirect, code)
	}
	return text.New(text.StatusNotSuccess, code)
}

// maxShown is how many bytes of a field of an answer are shown in an error.
const maxShown = 100

// short is the beginning of a value that a target sent, fit to be shown.
func short(value string, secrets [][]byte) string {
	shown := excerpt([]byte(value), secrets)
	if len(shown) <= maxShown {
		return shown
	}
	return strings.ToValidUTF8(shown[:maxShown], "") + "…"
}

// answerBody is the body of an answer, nil if it is no JSON.
type answerBody struct{ value any }

// parseAnswer reads a body that is one JSON value, if the options look at a field. One that
// was cut, because it is too long, is none.
func parseAnswer(options *shipbell.Options, body []byte) answerBody {
	if options.Success.JSON.Path == "" && options.Busy.JSON.Path == "" && options.Busy.RetryAfter == "" {
		return answerBody{}
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return answerBody{}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return answerBody{}
	}
	return answerBody{value}
}

// field is the value to which a path leads: a text as it is, else as JSON writes it. A
// number in the path is a place in an array. "" leads to nothing.
func (b answerBody) field(path string) (value string, found bool) {
	at := b.value
	if path == "" || at == nil {
		return "", false
	}
	for name := range strings.SplitSeq(path, ".") {
		switch holder := at.(type) {
		case map[string]any:
			if at, found = holder[name]; !found {
				return "", false
			}
		case []any:
			place, err := strconv.Atoi(name)
			if err != nil || place < 0 || place >= len(holder) {
				return "", false
			}
			at = holder[place]
		default:
			return "", false
		}
	}
	if s, isText := at.(string); isText {
		return s, true
	}
	written, err := json.Marshal(at)
	return string(written), err == nil
}

// is reports whether a field has one of the values that are looked for.
func (b answerBody) is(wanted shipbell.FieldIs) bool {
	got, found := b.field(wanted.Path)
	return found && slices.Contains(wanted.Values, got)
}

// seconds is the time that a field holds as a number of seconds, rounded up; 0 if there is
// no such field, or no such number.
func (b answerBody) seconds(path string) time.Duration {
	got, found := b.field(path)
	n, err := strconv.ParseFloat(got, 64)
	if !found || err != nil || !(n > 0) {
		return 0
	}
	return time.Duration(math.Ceil(min(n, shipbell.MaxWaited.Seconds()))) * time.Second
}
