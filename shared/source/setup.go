package source

import (
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Source is a registry, or several that are set up alike, as people see it.
type Source struct {
	// Name is that of ?source= and of the page in docs/sources.
	Name  string
	title text.Code
	// What it tells of beside pushes. Charts are told from images.
	Deletes, Pulls, Charts bool
	setup                  func() setup
}

// setup is what to fill in at a registry. {events} stands for the address that events are
// sent to, and {key} for the access key.
type setup struct {
	// about says where, and note what to mind; note may be "".
	about, note text.Code
	// snippet is to be pasted, and fields are those of a form. Either may be empty.
	snippet string
	fields  []field
}

type field struct {
	name  string
	value text.Message
}

// fill is a field whose value is the same in all languages.
func fill(name, value string) field { return field{name, text.Literal(value)} }

// Title is what people call it.
func (s Source) Title(l text.Language) string { return text.New(s.title).In(l) }

// Instructions are what to fill in at a registry so that it sends its events.
type Instructions struct {
	// About says where, and Note what to mind; Note may be "".
	About, Note string
	// Snippet is to be pasted; "" if there is nothing but fields.
	Snippet string
	// Fields are those of a form, in its order.
	Fields []InstructionField
}

// InstructionField is a field of a form by its name there.
type InstructionField struct{ Name, Value string }

// Instructions are those for a registry that sends its events to an address with an access
// key, which may be a placeholder.
func (s Source) Instructions(events, key string, l text.Language) Instructions {
	setup := s.setup()
	placeholders := strings.NewReplacer("{events}", events, "{key}", key)
	i := Instructions{About: text.New(setup.about).In(l), Snippet: placeholders.Replace(setup.snippet)}
	if setup.note != "" {
		i.Note = text.New(setup.note).In(l)
	}
	for _, f := range setup.fields {
		i.Fields = append(i.Fields, InstructionField{f.name, placeholders.Replace(f.value.In(l))})
	}
	return i
}

// Sources are all sources, in the order in which people look for them.
func Sources() []Source {
	var all []Source
	for _, d := range dialects() {
		all = append(all, d.Source)
	}
	return all
}
