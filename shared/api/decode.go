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
		return nil, shipbell.Wrap(shipbell.Malformed, err, "the request's body ended early")
	}
	if n > limit {
		return nil, tooLarge(limit)
	}
	return buffer.Bytes(), nil
}

func tooLarge(limit int64) error {
	return shipbell.Errorf(shipbell.TooLarge, "the request's body is larger than %d KiB", limit>>10)
}

// Decode reads a JSON request of at most MaxBody bytes into value. What is no
// JSON gives a Malformed error; an unknown field or a wrong type gives an Invalid
// one that names it.
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
		return shipbell.Errorf(shipbell.Malformed, "the request's body goes on after the JSON value")
	}
	return nil
}

func jsonError(err error, decoded reflect.Type) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return shipbell.InvalidField(jsonPath(decoded, wrongType.Field), "is a JSON %s, but should be %s", wrongType.Value, kindName(wrongType))
	case errors.As(err, &wrongType):
		return notObject(wrongType.Value)
	case errors.As(err, &syntax):
		return shipbell.Errorf(shipbell.Malformed, "the request's body is not JSON: %v at byte %d", syntax, syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return shipbell.Errorf(shipbell.Malformed, "the request's body is not JSON: it is empty or cut short")
	}
	// encoding/json has no type for this one.
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return shipbell.InvalidField(strings.Trim(field, `"`), "there is no such field")
	}
	return shipbell.Wrap(shipbell.Malformed, err, "the request's body cannot be read")
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
	return shipbell.Errorf(shipbell.Malformed, "the request's body is a JSON %s, but should be an object", kind)
}

// kindName says what a field should be in JSON's own words.
func kindName(err *json.UnmarshalTypeError) string {
	switch kind := err.Type.Kind().String(); kind {
	case "string", "bool":
		return "a " + kind
	case "slice", "array":
		return "an array"
	case "struct", "map", "ptr":
		return "an object"
	case "float32", "float64":
		return "a number"
	default:
		if strings.HasPrefix(err.Value, "number ") {
			return "a whole number"
		}
		return "a number"
	}
}

func asError(err error) (*shipbell.Error, bool) {
	var e *shipbell.Error
	ok := errors.As(err, &e)
	return e, ok
}
