// Package preset knows receivers: what each wants to be sent, and which of its answers mean
// yes. A preset is data: the settings of a target that somebody would otherwise have to find
// in the receiver's documents. docs/presets.md says what to paste where.
package preset

import (
	"reflect"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Preset is what a target of one receiver is set to.
type Preset struct {
	// Name is the preset's, as in "slack"; Title is what the receiver calls itself.
	Name, Title string
	// URL shows what the receiver's addresses look like.
	URL string
	// Secret says whether the receiver wants one.
	Secret Need
	// Actions are those that the receiver has a use for; nil for all.
	Actions []shipbell.Action
	// Target holds the settings: headers, format, template and options.
	Target shipbell.Target
}

// Need says whether a receiver wants something.
type Need string

// A receiver wants a secret never, if the user has set one there, or always.
const (
	None     Need = "none"
	Optional Need = "optional"
	Required Need = "required"
)

// All are the presets in the order that they are documented.
func All() []Preset { return slices.Concat(chats(), deployers(), builders(), buses()) }

// Find answers the preset of a name.
func Find(name string) (Preset, bool) {
	all := All()
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}

// Names are those of all presets.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return names
}

// Fill sets what a target leaves out. What it has stays. How the secret is used is filled in
// only for a target that has one, or must have one.
func (p Preset) Fill(t *shipbell.Target) {
	if t.Format == "" {
		t.Format = p.Target.Format
	}
	if t.Template == "" && t.Format == p.Target.Format {
		t.Template = p.Target.Template
	}
	for _, h := range p.Target.Headers {
		if !slices.ContainsFunc(t.Headers, func(own shipbell.Header) bool { return strings.EqualFold(own.Key, h.Key) }) {
			t.Headers = append(slices.Clone(t.Headers), h)
		}
	}
	t.PathSecret = t.PathSecret || p.Target.PathSecret
	wanted := p.Target.Options
	if p.Secret == Optional && t.Secret.Empty() {
		wanted.Auth = shipbell.Auth{}
	}
	fill(reflect.ValueOf(&t.Options).Elem(), reflect.ValueOf(wanted))
}

// fill sets the fields of a struct that are zero.
func fill(to, from reflect.Value) {
	for i := range to.NumField() {
		if to.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
}

// pushes are the actions that bring something new to be deployed.
func pushes() []shipbell.Action { return []shipbell.Action{shipbell.PushImage} }

// bearer sends the secret as a token.
func bearer() shipbell.Auth {
	return shipbell.Auth{Scheme: shipbell.AuthToken, Header: "Authorization", Prefix: "Bearer "}
}

// header is one with a value that is no secret.
func header(key, value string) shipbell.Header {
	return shipbell.Header{Key: key, Values: []shipbell.Secret{shipbell.NewSecret(value)}}
}

// is is a field of an answer that has one of the values.
func is(path string, values ...string) shipbell.FieldIs {
	return shipbell.FieldIs{Path: path, Values: values}
}

// status is how a receiver says by its status that it is busy.
func status(codes ...int) shipbell.Busy { return shipbell.Busy{Statuses: codes} }
