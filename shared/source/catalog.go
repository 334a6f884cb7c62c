package source

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Catalog is what a registry is known to hold: records that only this package
// understands, ordered by key. Keys are at most 700 bytes of UTF-8 without
// control characters.
type Catalog interface {
	// Records returns the records of the keys, which are all different, in the
	// order of the keys. A zero Record stands for one that is absent or expired.
	Records(ctx context.Context, keys ...string) ([]shipbell.Record, error)
	// Prefix returns the first records, at most limit, whose key begins with
	// prefix, in the order of their keys.
	Prefix(ctx context.Context, prefix string, limit int) ([]shipbell.Record, error)
}

// There are three sorts of record that last. The repository's tells when it was first
// seen. A tag's tells what it points to: it is the truth about the tag. One for
// each digest and tag together ("" for a push without a tag) is an index from
// digests to tags; it is a record each, so that two pushes at once cannot lose
// one, and it is not taken back when the tag moves, because the tag's own record
// tells that. Others pass: an event whose time is ahead of its receipt has one that tells
// when it was received first, a HEAD one that tells its tag, and what is an event once
// has one.

func repositoryKey(repository string) string { return "repository " + repository }

func tagKey(repository, tag string) string { return "tag " + repository + " " + tag }

func digestKey(repository, digest, tag string) string {
	return "digest " + repository + " " + digest + " " + tag
}

func headKey(repository, digest, client string) string {
	return "head " + repository + " " + digest + " " + client
}

// onceKey is the key of what several events may tell.
func onceKey(what ...string) string { return "once " + hashID([]byte(strings.Join(what, "\n"))) }

func aheadKey(eventID string) string { return "ahead " + hashID([]byte(eventID)) }

// deletedFor is how long a deleted record is kept, so that a delete that is sent
// again finds what it found the first time.
const deletedFor = 7 * 24 * time.Hour

// entry is the content of a record.
type entry struct {
	// At is the time of the event that said so: an older one does not overwrite it.
	At     time.Time `json:"at"`
	Digest string    `json:"digest,omitempty"`
	Kind   Kind      `json:"kind,omitempty"`
	// DeletedBy is the id of the event that deleted it.
	DeletedBy string `json:"deleted_by,omitempty"`
	// By is the id of the push that pointed a tag to Digest, and Previous what it pointed
	// to before.
	By       string `json:"by,omitempty"`
	Previous string `json:"previous,omitempty"`
	// Tag is what a HEAD asked for.
	Tag string `json:"tag,omitempty"`
	// Accessory tells that it belongs to another digest, as a signature does.
	Accessory bool `json:"accessory,omitempty"`
}

func (e entry) exists() bool { return !e.At.IsZero() }

// standsFor reports whether the entry still stands, in the eyes of the event
// with this id: what that event itself deleted does, as it may be sent again.
func (e entry) standsFor(id string) bool {
	return e.exists() && (e.DeletedBy == "" || e.DeletedBy == id)
}

// pointedTo reports whether the entry of a tag pointed to digest at the given
// time, as far as it tells.
func (e entry) pointedTo(digest string, at time.Time) bool {
	return e.Digest == digest && (e.DeletedBy == "" || !e.At.Before(at))
}

// readEntry reads a record. One that cannot be read is as good as none: the next
// event writes it anew.
func readEntry(r shipbell.Record) entry {
	var e entry
	if err := json.Unmarshal(r.Value, &e); err != nil {
		return entry{}
	}
	return e
}

func newRecord(key string, e entry) shipbell.Record {
	return shipbell.Record{Key: key, Value: newValue(e)}
}

// newValue encodes an entry, which fails only for years past 9999: no decoded event has
// one.
func newValue(e entry) []byte {
	value, _ := json.Marshal(e)
	return value
}
