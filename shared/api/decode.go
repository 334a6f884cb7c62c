package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// The largest bodies: of an event, and of any other request.
const (
	MaxEvent = 1 << 20
	MaxBody  = 256 << 10
)

// ReadBody reads a request's body of at most limit bytes; a longer one gives a
// TooLarge error.
func ReadBody(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	var buffer bytes.Buffer
	if r.ContentLength > 0 {
		buffer.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, shipbell.Wrap(shipbell.Malformed, err, text.BodyCutShort)
	}
	if n > limit {
		return nil, tooLarge(limit)
	}
	return buffer.Bytes(), nil
}

func tooLarge(limit int64) error {
	return shipbell.NewError(shipbell.TooLarge, text.BodyTooLarge, limit>>10)
}

// Decode reads a JSON request of at most MaxBody bytes into value. What is no
// JSON gives a Malformed error; an unknown field, one in other letters, one given twice,
// or a wrong type gives an Invalid one that names it.
func Decode(r *http.Request, value any) error {
	body, err := ReadBody(r, MaxBody)
	if err != nil {
		return err
	}
	return DecodeBytes(body, value)
}

// DecodeBytes is Decode for a body that was read already.
func DecodeBytes(body []byte, value any) error {
	if string(bytes.TrimSpace(body)) == "null" {
		// The decoder would leave value as it is.
		return notObject("null")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return jsonError(err, reflect.TypeOf(value).Elem())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return shipbell.NewError(shipbell.Malformed, text.BodyContinues)
	}
	return checkNames(body, reflect.TypeOf(value).Elem())
}

func jsonError(err error, decoded reflect.Type) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return shipbell.InvalidField(jsonPath(decoded, wrongType.Field), text.FieldWrongType, wrongType.Value, kindName(wrongType))
	case errors.As(err, &wrongType):
		return notObject(wrongType.Value)
	case errors.As(err, &syntax):
		return shipbell.NewError(shipbell.Malformed, text.BodyNotJSON, syntax, syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return shipbell.NewError(shipbell.Malformed, text.BodyEmpty)
	}
	// encoding/json has no type for this one.
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return shipbell.InvalidField(named(strings.Trim(field, `"`)), text.FieldUnknown)
	}
	return shipbell.Wrap(shipbell.Malformed, err, text.BodyUnreadable)
}

// jsonPath is the path of a field in JSON: encoding/json names the embedded structs
// that the field is in too.
func jsonPath(t reflect.Type, field string) string {
	for {
		first, rest, found := strings.Cut(field, ".")
		embedded, ok := t.FieldByName(first)
		if !found || !ok || !embedded.Anonymous {
			return field
		}
		t, field = embedded.Type, rest
	}
}

func notObject(kind string) error {
	return shipbell.NewError(shipbell.Malformed, text.BodyNotObject, kind)
}

// kindName says what a field should be in JSON's own words.
func kindName(err *json.UnmarshalTypeError) text.Code {
	switch err.Type.Kind().String() {
	case "string":
		return text.JSONString
	case "bool":
		return text.JSONBool
	case "slice", "array":
		return text.JSONArray
	case "struct", "map", "ptr":
		return text.JSONObject
	case "float32", "float64":
		return text.JSONNumber
	default:
		if strings.HasPrefix(err.Value, "number ") {
			return text.JSONWholeNumber
		}
		return text.JSONNumber
	}
}

func asError(err error) (*shipbell.Error, bool) {
	var e *shipbell.Error
	ok := errors.As(err, &e)
	return e, ok
}
