// Package text holds the sentences that users read, by code and language. What makes
// a sentence names its code and arguments; who shows it chooses the language.
package text

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Code names a sentence. It is stable and part of the API.
type Code string

// Message is a sentence with its arguments. It is an error too, so that a parser can
// return one. A Message without a code is a literal text: what an older version stored,
// or what a system said. The zero Message says nothing.
type Message struct {
	Code Code
	// Args are strings, int64, float64, Messages and lists of these.
	Args []any
}

// New makes a message. A number may be of any type; a string of any type is kept as its
// text, an error as the Message that it is or wraps, a Stringer as its String.
func New(code Code, args ...any) Message {
	m := Message{Code: code}
	for _, arg := range args {
		m.Args = append(m.Args, normalise(arg))
	}
	return m
}

// Literal makes a message of a text that is the same in every language; "" gives the
// zero Message.
func Literal(text string) Message {
	if text == "" {
		return Message{}
	}
	return Message{Args: []any{text}}
}

// Of is the Message that an error is or wraps, or its text as a literal.
func Of(err error) Message {
	var m Message
	if errors.As(err, &m) {
		return m
	}
	return Literal(err.Error())
}

// normalise makes an argument one of the types that reading its JSON gives.
func normalise(arg any) any {
	switch arg := arg.(type) {
	case Code:
		return New(arg)
	case Message:
		if arg.Code == "" {
			return arg.String()
		}
		return arg
	case error:
		return normalise(Of(arg))
	case fmt.Stringer:
		return arg.String()
	}
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = normalise(v.Index(i).Interface())
		}
		return list
	default:
		switch {
		case v.CanInt():
			return v.Int()
		case v.CanUint():
			return int64(v.Uint())
		}
		return fmt.Sprint(arg)
	}
}

// In is the sentence in a language. Messages among the arguments are in the same
// language, and lists are joined with commas. A code that the catalogue lacks, such as
// that of a newer version, stands for itself.
func (m Message) In(l Language) string {
	if m.IsZero() {
		return ""
	}
	args := make([]any, len(m.Args))
	for i, arg := range m.Args {
		args[i] = inLanguage(arg, l)
	}
	if m.Code == "" {
		return fmt.Sprint(args...)
	}
	format, known := catalogue(l)[m.Code]
	if !known {
		return string(m.Code)
	}
	return fmt.Sprintf(format, args...)
}

func inLanguage(arg any, l Language) any {
	switch arg := arg.(type) {
	case Message:
		return arg.In(l)
	case []any:
		texts := make([]string, len(arg))
		for i, one := range arg {
			texts[i] = fmt.Sprint(inLanguage(one, l))
		}
		return strings.Join(texts, ", ")
	}
	return arg
}

// String is the sentence in English.
func (m Message) String() string { return m.In(English) }

// Error is the sentence in English.
func (m Message) Error() string { return m.String() }

// IsZero reports whether the message says nothing.
func (m Message) IsZero() bool { return m.Code == "" && len(m.Args) == 0 }

// Truncate shortens each text among the arguments to at most limit bytes of whole
// characters.
func (m Message) Truncate(limit int) Message {
	short := Message{Code: m.Code}
	for _, arg := range m.Args {
		short.Args = append(short.Args, truncate(arg, limit))
	}
	return short
}

func truncate(arg any, limit int) any {
	switch arg := arg.(type) {
	case string:
		if len(arg) > limit {
			return strings.ToValidUTF8(arg[:limit], "")
		}
	case Message:
		return arg.Truncate(limit)
	case []any:
		return Message{Args: arg}.Truncate(limit).Args
	}
	return arg
}

// coded is the JSON of a message that has a code.
type coded struct {
	Code Code  `json:"code"`
	Args []any `json:"args,omitempty"`
}

// MarshalJSON writes a message with a code as an object of code and args, and any other
// as its text.
func (m Message) MarshalJSON() ([]byte, error) {
	if m.Code == "" {
		return json.Marshal(m.String())
	}
	return json.Marshal(coded(m))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Message) UnmarshalJSON(data []byte) error {
	value, err := readArg(data)
	if err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	switch value := value.(type) {
	case string:
		*m = Literal(value)
	case Message:
		*m = value
	case nil:
	default:
		return fmt.Errorf("read a message: %s is neither an object nor a text", data)
	}
	return nil
}

// readArg reads the JSON of an argument.
func readArg(data json.RawMessage) (any, error) {
	var list []json.RawMessage
	switch data[0] {
	case '{':
		var object struct {
			Code Code              `json:"code"`
			Args []json.RawMessage `json:"args"`
		}
		if err := json.Unmarshal(data, &object); err != nil {
			return nil, err
		}
		args, err := readArgs(object.Args)
		return Message{Code: object.Code, Args: args}, err
	case '[':
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, err
		}
		args, err := readArgs(list)
		if args == nil {
			args = []any{}
		}
		return args, err
	}
	var number int64
	if json.Unmarshal(data, &number) == nil && string(data) != "null" {
		return number, nil
	}
	var value any
	err := json.Unmarshal(data, &value)
	return value, err
}

func readArgs(list []json.RawMessage) (args []any, err error) {
	for _, data := range list {
		arg, err := readArg(data)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}
