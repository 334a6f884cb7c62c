package source

import (
	"cmp"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// zot sends CloudEvents in the binary mode, one a request, and never repeats one. A push
// carries its whole manifest. A delete names a tag with its digest, or the digest alone;
// then nothing more comes about the digest's tags. There are no pulls.

type zotBody struct {
	Name      string                        `json:"name"`
	Reference string                        `json:"reference"`
	Digest    string                        `json:"digest"`
	MediaType word                          `json:"mediaType"`
	Manifest  word                          `json:"manifest"`
	Actor     optional[struct{ Name word }] `json:"actor"`
}

// The prefix of the types, "zotregistry", is a setting of zot: their ends are not.
const (
	zotUpdated = ".image.updated"
	zotDeleted = ".image.deleted"
	zotCreated = ".repository.created"
)

func isZotEnvelope(e Envelope) bool {
	for _, end := range []string{zotUpdated, zotDeleted, zotCreated} {
		if strings.HasSuffix(e.Type, end) {
			return true
		}
	}
	return strings.HasPrefix(e.Type, "zotregistry.")
}

func (b zotBody) event(r Request) (DecodedEvent, text.Message) {
	kind := r.Envelope.Type
	f := DecodedEvent{
		Repository: b.Name,
		// The reference is the digest where there is no tag.
		Resources: []Resource{{Tag: b.Reference, Digest: b.Digest}},
		Operator:  string(b.Actor.Value.Name), PartialDeletes: true, UnreportedTags: true,
	}
	switch {
	case strings.HasSuffix(kind, zotUpdated):
		m := readManifest(b.Manifest)
		f.Verb, f.Kind = Push, cmp.Or(indexKind(b.MediaType), m.kind())
		f.Resources[0].Accessory = m.Subject.Set
	case strings.HasSuffix(kind, zotDeleted):
		f.Verb = Delete
	case strings.HasSuffix(kind, zotCreated):
		f.Verb, f.Resources, f.PartialDeletes = Create, nil, false
	default:
		return f, text.New(text.EventTypeUnknown, brief(kind))
	}
	return f, text.Message{}
}

// zotSetup is a part of zot's configuration.
func zotSetup() setup {
	return setup{
		about: text.SetupZot,
		snippet: `{
  "extensions": {
    "events": {
      "enable": true,
      "sinks": [
        {
          "type": "http",
          "address": "{events}",
          "timeout": "5s",
          "credentials": {"token": "{key}"}
        }
      ]
    }
  }
}`,
	}
}
