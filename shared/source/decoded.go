package source

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/shipbell/shipbell/shared/text"
)

// DecodedEvent is one thing that a registry says happened, before the catalog has
// completed it.
type DecodedEvent struct {
	Source string
	// EventID is the same whenever the registry repeats the decoded event: at most 128
	// bytes without control characters.
	EventID string
	// Time is the event's own, or when it was received if it does not tell.
	Time       time.Time
	ReceivedAt time.Time
	Verb       Verb
	Kind       Kind
	// Repository is the full name, without the registry's host.
	Repository string
	// RepositoryType is "public" or "private" as sent, or "".
	RepositoryType string
	// CreatedAt is when the repository was made, in Unix seconds, or 0.
	CreatedAt int64
	// Resources are what it concerns: at least one, but none for a repository.
	Resources []Resource
	Operator  string
	// PartialDeletes means that the source's deletes may name only a tag or only a digest,
	// whose tags it then reports one by one. Such a decoded event has exactly one
	// resource.
	PartialDeletes bool
	// UnreportedTags means that the source does not report the tags of a digest, or of a
	// repository, after its delete: the delete stands for all of them.
	UnreportedTags bool
	// OneOfTags means that a delete of a tag and a digest is that of the digest, and the
	// tag only one of those that it has.
	OneOfTags bool
	// Unidentified means that the source sends neither an id nor a time, so that EventID
	// is the same for all events with the same content. Within 5 minutes these are one
	// event, and later another.
	Unidentified bool
	// Head tells that a pull only asked for the digest, by HEAD.
	Head bool
	// Client is who pulled, so that several requests of one pull are known to be that:
	// what Client gives, or "".
	Client string
	// Children are the digests of an index's manifests, where a pull tells them.
	Children []string
}

// Resource is one tag or digest of a decoded event, or both.
type Resource struct {
	Tag    string
	Digest string
	// FileURL is the address of a chart that is kept as a plain file, as sent: its
	// path is part of the event, its host is not trusted.
	FileURL string
	// Accessory tells that it belongs to another digest, as the referrer of a subject
	// does. The tags that tools give to accessories need no telling.
	Accessory bool
	// PreviousDigest is what a pushed tag pointed to before. Resolve tells it.
	PreviousDigest string
}

// Verb is what was done.
type Verb string

// The verbs.
const (
	Push   Verb = "push"
	Delete Verb = "delete"
	Pull   Verb = "pull"
	// Create is that of a repository, before anything is in it. It is no event, but
	// tells when the repository was made.
	Create Verb = "create"
)

// Kind is what it was done to. An index of several platforms is an image.
type Kind string

// The kinds. What is still unknown in the end is taken for an image.
const (
	Unknown Kind = ""
	Image   Kind = "image"
	Chart   Kind = "chart"
)

// Limits on what a source may send. Names are also bounded by what the keys of
// the catalog can hold.
const (
	maxEvents     = 1000
	maxResources  = 1000
	maxChildren   = 100
	maxEventID    = 128
	maxRepository = 255
	maxTag        = 128
	maxDigest     = 256
	maxOperator   = 256
	maxFileURL    = 2048
	maxTime       = 253402300799 // the last second of the year 9999
)

// Again is the id of the event that somebody makes on purpose of an event that came
// before. The same token makes the same one.
func Again(eventID, token string) string { return safeID(eventID + "~" + token) }

// admit brings a decoded event into shape, or says why it cannot be taken.
func (f *DecodedEvent) admit(receivedAt time.Time) (reason text.Message) {
	f.EventID = safeID(f.EventID)
	f.ReceivedAt = receivedAt.UTC()
	// The zero time is long before 1970.
	if s := f.Time.Unix(); s < 0 || s > maxTime {
		f.Time = receivedAt
	}
	f.Time = f.Time.UTC()
	f.Operator = cut(f.Operator, maxOperator)
	f.RepositoryType = strings.ToLower(f.RepositoryType)
	if f.RepositoryType != "public" && f.RepositoryType != "private" {
		f.RepositoryType = ""
	}
	if f.Repository == "" {
		return text.New(text.EventNoRepository)
	}
	if fault := nameFault(text.EventRepository, f.Repository, maxRepository); !fault.IsZero() {
		return fault
	}
	f.Children = slices.DeleteFunc(f.Children, func(digest string) bool { return digest == "" || !validName(digest, maxDigest) })
	f.Children = f.Children[:min(len(f.Children), maxChildren)]
	if len(f.Resources) > maxResources {
		return text.New(text.EventResourcesTooMany, len(f.Resources), maxResources)
	}
	return f.admitResources()
}

func (f *DecodedEvent) admitResources() (reason text.Message) {
	kept := f.Resources[:0]
	for _, r := range f.Resources {
		// No tag has a colon: some registries send the digest there when there is none.
		if strings.Contains(r.Tag, ":") {
			if r.Digest == "" {
				r.Digest = r.Tag
			}
			r.Tag = ""
		}
		if fault := nameFault(text.EventTag, r.Tag, maxTag); !fault.IsZero() {
			return fault
		}
		if fault := nameFault(text.EventDigest, r.Digest, maxDigest); !fault.IsZero() {
			return fault
		}
		if len(r.FileURL) > maxFileURL {
			r.FileURL = ""
		}
		if r.Tag != "" || r.Digest != "" {
			kept = append(kept, r)
		}
	}
	f.Resources = kept
	if len(kept) == 0 && f.Verb != Create && (f.Verb != Delete || !f.UnreportedTags) {
		return text.New(text.EventNoResource)
	}
	return text.Message{}
}

// nameFault says why a name cannot be taken. Names are parts of the catalog's
// keys, which a space separates.
func nameFault(what text.Code, name string, limit int) text.Message {
	switch {
	case len(name) > limit:
		return text.New(text.EventNameTooLong, what, limit)
	case !validName(name, limit):
		return text.New(text.EventNameInvalid, what)
	}
	return text.Message{}
}

// validName reports whether a name is within its limit and has no space or control
// character.
func validName(name string, limit int) bool {
	return len(name) <= limit && !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// safeID keeps an id that can be part of a key, and hashes any other.
func safeID(id string) string {
	if id == "" || len(id) > maxEventID || strings.ContainsFunc(id, unicode.IsControl) {
		return hashID([]byte(id))
	}
	return id
}

// hashID makes an id of what was sent, which is the same when it is sent again.
func hashID(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// cut shortens a text to at most limit bytes of whole characters.
func cut(long string, limit int) string {
	if len(long) <= limit {
		return long
	}
	return strings.ToValidUTF8(long[:limit], "")
}

// brief is the beginning of a word that a sender chose, for the reason that names it.
func brief(word string) string { return cut(word, 40) }
