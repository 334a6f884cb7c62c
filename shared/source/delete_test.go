package source_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/source"
)

// silent is a decoded event of a source whose delete of a digest stands for its tags.
func silent(id string, verb source.Verb, minutes int, tag, digest string) source.DecodedEvent {
	f := decodedEvent(id, verb, minutes, tag, digest)
	f.Source, f.UnreportedTags = "ecr", true
	return f
}

// oneOfTags is an event of a source whose deletes name one tag of their digest.
func oneOfTags(f source.DecodedEvent) source.DecodedEvent {
	f.PartialDeletes, f.OneOfTags = false, true
	return f
}

// whole is an event about its repository.
func whole(f source.DecodedEvent) source.DecodedEvent {
	f.Resources = nil
	return f
}

func TestResolveSilentDeletes(t *testing.T) {
	const push, del = source.Push, source.Delete
	const neverTagged = "ignored: the delete of a digest that never had a tag: its push was no event either"
	const accessory = "ignored: a signature, attestation or SBOM, which this registry is set not to report"
	signature := "sha256-" + strings.Repeat("0a", 32) + ".sig"
	type step struct {
		event source.DecodedEvent
		want  string
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"a digest with two tags", []step{
			{silent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{silent("2", push, 2, "v2", digestA), "pushImage v2@" + digestA},
			{silent("3", del, 3, "", digestA), "deleteImage v1@" + digestA + " v2@" + digestA},
			{silent("4", del, 4, "", digestA), "deleteImage @" + digestA},
			{silent("3", del, 3, "", digestA), "deleteImage v1@" + digestA + " v2@" + digestA},
		}},
		{"a digest whose tag moved on", []step{
			{silent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{silent("2", push, 2, "v2", digestA), "pushImage v2@" + digestA},
			{silent("3", push, 3, "v1", digestB), "pushImage v1@" + digestB},
			{silent("4", del, 4, "", digestA), "deleteImage v2@" + digestA},
			{silent("5", del, 5, "v1", digestB), "deleteImage v1@" + digestB},
		}},
		{"a tag, and then the digest", []step{
			{chart(silent("1", push, 1, "v1", digestA)), "uploadChart v1@" + digestA},
			{chart(silent("2", push, 2, "v2", digestA)), "uploadChart v2@" + digestA},
			{silent("3", del, 3, "v1", digestA), "deleteChart v1@" + digestA},
			{silent("4", del, 4, "", digestA), "deleteChart v2@" + digestA},
		}},
		{"a digest never seen", []step{{silent("1", del, 1, "", digestA), "deleteImage @" + digestA}}},
		{"a digest without tags", []step{
			{chart(silent("1", push, 1, "", digestA)), "ignored: a push without a tag"},
			{silent("2", del, 2, "", digestA), neverTagged},
		}},
		{"a late delete does not undo a push", []step{
			{silent("2", push, 2, "v1", digestA), "pushImage v1@" + digestA},
			{silent("1", del, 1, "", digestA), "deleteImage @" + digestA},
			{silent("3", del, 3, "", digestA), "deleteImage v1@" + digestA},
		}},
		{"a signature", []step{
			{silent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{silent("2", push, 2, signature, digestB), accessory},
			{silent("3", del, 3, "", digestB), accessory},
			{silent("5", push, 5, signature, digestA), accessory},
			{silent("6", del, 6, "", digestA), "deleteImage v1@" + digestA},
		}},
		{"a repository with its tags", []step{
			{silent("1", push, 1, "v2", digestA), "pushImage v2@" + digestA},
			{silent("2", push, 2, "v1", digestB), "pushImage v1@" + digestB},
			{silent("3", push, 2, "gone", digestB), "pushImage gone@" + digestB},
			{silent("4", del, 3, "gone", digestB), "deleteImage gone@" + digestB},
			{silent("5", push, 3, signature, digestB), accessory},
			{whole(silent("6", del, 4, "", "")), "deleteImage v1@" + digestB + " v2@" + digestA},
			{silent("7", push, 5, "v1", digestB), "pushImage v1@" + digestB},
			{whole(silent("6", del, 4, "", "")), "deleteImage v2@" + digestA},
			{whole(silent("8", del, 6, "", "")), "deleteImage v1@" + digestB},
			{whole(silent("9", del, 7, "", "")), "deleteImage @"},
		}},
		{"a digest of which one tag is named", []step{
			{oneOfTags(silent("1", del, 1, "v1", digestA)), "deleteImage v1@" + digestA},
			{silent("2", push, 2, "v2", digestA), "pushImage v2@" + digestA},
			{silent("3", push, 2, "v1", digestA), "pushImage v1@" + digestA},
			{silent("4", push, 2, signature, digestA), accessory},
			{oneOfTags(silent("5", del, 3, "v2", digestA)), "deleteImage v1@" + digestA + " v2@" + digestA},
			{silent("6", push, 4, "v1", digestA), "pushImage v1@" + digestA},
			{oneOfTags(silent("7", del, 5, "unseen", digestA)), "deleteImage unseen@" + digestA + " v1@" + digestA},
			{silent("8", push, 6, signature, digestB), accessory},
			{oneOfTags(silent("9", del, 7, signature, digestB)), accessory},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newCatalog()
			for i, s := range c.steps {
				if got := outcome(k.resolve(t, private, s.event)); got != s.want {
					t.Errorf("step %d: got %q, want %q", i+1, got, s.want)
				}
			}
		})
	}
}

// TestResolveSilentAccessories deletes a digest that is known under accessories'
// tags, learnt while they were reported.
func TestResolveSilentAccessories(t *testing.T) {
	signature := "sha256-" + strings.Repeat("0a", 32) + ".sig"
	all := private
	all.Accessories = true
	c := newCatalog()
	c.resolve(t, all, silent("1", source.Push, 1, signature, digestA))
	equal(t, "reported", outcome(c.resolve(t, all, silent("2", source.Delete, 2, "", digestA))), "deleteImage "+signature+"@"+digestA)

	c = newCatalog()
	c.resolve(t, all, silent("1", source.Push, 1, signature, digestA))
	equal(t, "not reported", outcome(c.resolve(t, private, silent("2", source.Delete, 2, "", digestA))),
		"ignored: a signature, attestation or SBOM, which this registry is set not to report")
	c.resolve(t, all, silent("3", source.Push, 3, signature, digestB))
	c.resolve(t, all, silent("4", source.Push, 3, "v1", digestB))
	equal(t, "one of two", outcome(c.resolve(t, private, silent("5", source.Delete, 4, "", digestB))), "deleteImage v1@"+digestB)
}
