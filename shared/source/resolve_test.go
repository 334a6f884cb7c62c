package source_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	digestA = "sha256:aaaa"
	digestB = "sha256:bbbb"
)

// decodedEvent is one of a source whose deletes are partial. What is left empty by the
// caller is the same for all.
func decodedEvent(id string, verb source.Verb, minutes int, tag, digest string) source.DecodedEvent {
	return source.DecodedEvent{
		Source: "distribution", EventID: id, Verb: verb, Repository: "a/b", PartialDeletes: true,
		Time: at(minutes), ReceivedAt: at(minutes), Resources: []source.Resource{{Tag: tag, Digest: digest}},
	}
}

func chart(f source.DecodedEvent) source.DecodedEvent {
	f.Kind = source.Chart
	return f
}

func referrer(f source.DecodedEvent) source.DecodedEvent {
	f.Resources[0].Accessory = true
	return f
}

// outcome is a resolution in one line.
func outcome(r source.Resolution) string {
	if r.Event == nil {
		return "ignored: " + text.New(r.Reason).String()
	}
	line := string(r.Event.Action)
	for _, res := range r.Event.Resources {
		line += " " + res.Tag + "@" + res.Digest
	}
	return line
}

// TestResolveStories plays decoded events one after the other against one catalog; each
// is also resolved a second time, as if it had been sent again.
func TestResolveStories(t *testing.T) {
	type step struct {
		event source.DecodedEvent
		want  string
	}
	const (
		unknown  = "ignored: the delete of a digest that is no known manifest: it may be a blob"
		followed = "ignored: the delete of a digest, whose tags are reported one by one"
		untagged = "ignored: a push without a tag"

		neverTagged = "ignored: the delete of a digest that never had a tag: its push was no event either"
		accessory   = "ignored: a signature, attestation or SBOM, which this registry is set not to report"
	)
	referrers := "sha256-" + strings.Repeat("0a", 32)
	push, del := source.Push, source.Delete
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"delete of a digest, then of its tags", []step{
			{decodedEvent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("2", push, 2, "v2", digestA), "pushImage v2@" + digestA},
			{decodedEvent("3", del, 3, "", digestA), followed},
			{decodedEvent("4", del, 3, "v2", ""), "deleteImage v2@" + digestA},
			{decodedEvent("5", del, 3, "v1", ""), "deleteImage v1@" + digestA},
			{decodedEvent("3", del, 3, "", digestA), followed},
			{decodedEvent("4", del, 3, "v2", ""), "deleteImage v2@" + digestA},
		}},
		{"a chart is remembered as one", []step{
			{chart(decodedEvent("1", push, 1, "", digestA)), untagged},
			{chart(decodedEvent("2", push, 2, "v1", digestA)), "uploadChart v1@" + digestA},
			{decodedEvent("3", del, 3, "v1", ""), "deleteChart v1@" + digestA},
			{decodedEvent("4", del, 4, "", digestA), "deleteChart @" + digestA},
			{decodedEvent("5", del, 5, "", digestA), unknown},
		}},
		{"delete by tag alone, of a tag never seen", []step{
			{decodedEvent("1", del, 1, "v1", ""), "deleteImage v1@"},
			{decodedEvent("2", push, 2, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("3", del, 3, "v1", ""), "deleteImage v1@" + digestA},
			{decodedEvent("4", del, 4, "v1", ""), "deleteImage v1@"},
		}},
		{"a delete that states its digest", []step{
			{chart(decodedEvent("1", push, 1, "v1", digestA)), "uploadChart v1@" + digestA},
			{decodedEvent("2", del, 2, "v1", digestB), "deleteChart v1@" + digestB},
		}},
		{"a moved tag, then the delete of the old digest", []step{
			{decodedEvent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("2", push, 2, "v1", digestB), "pushImage v1@" + digestB},
			{decodedEvent("3", del, 3, "", digestA), "deleteImage @" + digestA},
			{decodedEvent("4", del, 4, "", digestB), followed},
			{decodedEvent("5", del, 4, "v1", ""), "deleteImage v1@" + digestB},
		}},
		{"delete of a digest that never had a tag, and of a blob", []step{
			{decodedEvent("1", push, 1, "", digestA), untagged},
			{decodedEvent("2", del, 2, "", digestA), neverTagged},
			{decodedEvent("3", del, 3, "", digestB), unknown},
		}},
		{"a digest that another one begins with", []step{
			{decodedEvent("1", push, 1, "", digestA), untagged},
			{decodedEvent("2", del, 2, "", digestA[:len(digestA)-1]), unknown},
		}},
		{"a late push does not move the tag back", []step{
			{decodedEvent("2", push, 2, "v1", digestB), "pushImage v1@" + digestB},
			{decodedEvent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("3", del, 3, "v1", ""), "deleteImage v1@" + digestB},
			{decodedEvent("4", del, 4, "", digestA), "deleteImage @" + digestA},
		}},
		{"a late push does not undo a delete", []step{
			{decodedEvent("2", del, 2, "v1", ""), "deleteImage v1@"},
			{decodedEvent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("3", del, 3, "", digestA), "deleteImage @" + digestA},
		}},
		{"a late delete does not undo a push, and tells no wrong digest", []step{
			{chart(decodedEvent("1", push, 1, "v1", digestA)), "uploadChart v1@" + digestA},
			{chart(decodedEvent("3", push, 3, "v1", digestB)), "uploadChart v1@" + digestB},
			{decodedEvent("2", del, 2, "v1", ""), "deleteChart v1@"},
			{decodedEvent("4", del, 4, "v1", ""), "deleteChart v1@" + digestB},
		}},
		{"a late delete of a digest does not undo a push", []step{
			{decodedEvent("3", push, 3, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("2", del, 2, "", digestA), followed},
			{decodedEvent("4", del, 4, "", digestA), followed},
		}},
		{"pushed again after it was deleted", []step{
			{decodedEvent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("2", del, 2, "", digestA), followed},
			{decodedEvent("3", del, 2, "v1", ""), "deleteImage v1@" + digestA},
			{decodedEvent("4", push, 3, "v1", digestA), "pushImage v1@" + digestA},
			{decodedEvent("5", del, 4, "", digestA), followed},
			{decodedEvent("6", del, 4, "v1", ""), "deleteImage v1@" + digestA},
		}},
		{"once known as a chart, always one", []step{
			{chart(decodedEvent("1", push, 1, "v1", digestA)), "uploadChart v1@" + digestA},
			{decodedEvent("2", push, 2, "v1", digestA), "uploadChart v1@" + digestA},
			{decodedEvent("3", del, 3, "v1", ""), "deleteChart v1@" + digestA},
		}},
		{"known as a chart from the second push on", []step{
			{decodedEvent("1", push, 1, "v1", digestA), "pushImage v1@" + digestA},
			{chart(decodedEvent("2", push, 2, "v1", digestA)), "uploadChart v1@" + digestA},
			{decodedEvent("3", del, 3, "", digestA), followed},
			{decodedEvent("4", del, 3, "v1", ""), "deleteChart v1@" + digestA},
		}},
		{"an index of referrers that moved, and a signature", []step{
			{decodedEvent("1", push, 1, referrers, digestA), accessory},
			{decodedEvent("2", push, 2, referrers, digestB), accessory},
			{decodedEvent("3", del, 3, "", digestA), accessory},
			{decodedEvent("4", del, 4, "", digestB), followed},
			{decodedEvent("5", del, 4, referrers, ""), accessory},
		}},
		{"a referrer that has a tag", []step{
			{referrer(decodedEvent("1", push, 1, "sbom", digestA)), accessory},
			{decodedEvent("2", del, 2, "sbom", ""), accessory},
		}},
		{"a push without a digest", []step{
			{decodedEvent("1", push, 1, "v1", ""), "pushImage v1@"},
			{decodedEvent("2", del, 2, "v1", ""), "deleteImage v1@"},
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

func TestResolveWritesOnlyNews(t *testing.T) {
	c := newCatalog()
	for i, step := range []struct {
		what, digest string
		writes       int
	}{
		{"the first push: repository, tag, digest", digestA, 3},
		{"a moved tag: tag, digest", digestB, 2},
		{"the tag moved back: tag", digestA, 1},
		{"unchanged content", digestA, 0},
	} {
		before := c.writes
		c.resolve(t, private, decodedEvent("p", source.Push, i, "v1", step.digest))
		equal(t, step.what, c.writes-before, step.writes)
	}
}

// TestResolveConcurrentPushes resolves two pushes before either has learnt
// anything, and expects both tags to be known of the digest, and the repository
// to be as old as was learnt first.
func TestResolveConcurrentPushes(t *testing.T) {
	c := newCatalog()
	var learn []shipbell.Record
	for i, tag := range []string{"v1", "v2"} {
		r, err := source.Resolve(t.Context(), private, decodedEvent(tag, source.Push, i, tag, digestA), c)
		if err != nil {
			t.Fatal(err)
		}
		learn = append(learn, r.Learn...)
	}
	for _, r := range learn {
		c.learn(t, []shipbell.Record{r})
	}
	r := c.resolve(t, private, decodedEvent("3", source.Delete, 2, "v1", ""))
	equal(t, "created at", r.Event.Repository.CreatedAt, at(0).Unix())
	equal(t, "the delete of the digest", outcome(c.resolve(t, private, decodedEvent("4", source.Delete, 3, "", digestA))),
		"ignored: the delete of a digest, whose tags are reported one by one")
	c.resolve(t, private, decodedEvent("5", source.Push, 4, "v2", digestB))
	c.resolve(t, private, decodedEvent("6", source.Push, 4, "", digestA))
	equal(t, "the delete of the digest, pushed again without tags", outcome(c.resolve(t, private, decodedEvent("7", source.Delete, 5, "", digestA))),
		"ignored: the delete of a digest that never had a tag: its push was no event either")
	r = c.resolve(t, private, decodedEvent("8", source.Push, 6, "v1", digestA))
	equal(t, "created at", r.Event.Repository.CreatedAt, at(0).Unix())
}

// TestResolveTimesAhead has the first push come from a clock that is three hours ahead,
// which is then set right. The catalog goes on by the times of receipt.
func TestResolveTimesAhead(t *testing.T) {
	ahead := func(f source.DecodedEvent, by time.Duration) source.DecodedEvent {
		f.Time = f.Time.Add(by)
		return f
	}
	for _, c := range []struct {
		by      time.Duration
		created time.Time
		want    string
	}{
		{3 * time.Hour, at(1), digestB},
		{5*time.Minute + time.Second, at(1), digestB},
		{5 * time.Minute, at(6), ""}, // so little is believed
	} {
		k := newCatalog()
		f := ahead(decodedEvent("1", source.Push, 1, "v1", digestA), c.by)
		r := k.resolve(t, private, f)
		equal(t, "occurred at", r.Event.OccurAt, at(1).Add(c.by).Unix())
		equal(t, "created at", r.Event.Repository.CreatedAt, c.created.Unix())
		k.resolve(t, private, decodedEvent("2", source.Push, 2, "v1", digestB))
		for _, f.ReceivedAt = range []time.Time{at(3), at(24 * 60)} { // it is sent again
			k.resolve(t, private, f)
		}
		r = k.resolve(t, private, ahead(decodedEvent("3", source.Delete, 4, "v1", ""), 3*time.Hour))
		equal(t, "deleted", r.Event.Resources[0].Digest, c.want)
		equal(t, "created at, later", r.Event.Repository.CreatedAt, c.created.Unix())
	}
}

// TestResolveCreated keeps when a repository was made: as it was sent first, by whatever
// event, or when it was first seen.
func TestResolveCreated(t *testing.T) {
	sent := func(f source.DecodedEvent, created int64) source.DecodedEvent {
		f.CreatedAt = created
		return f
	}
	for _, c := range []struct {
		name  string
		first source.DecodedEvent
		want  int64
	}{
		{"made before its first push", whole(decodedEvent("1", source.Create, 1, "", "")), at(1).Unix()},
		{"sent with a push", sent(decodedEvent("1", source.Push, 1, "v1", digestA), 7), 7},
		{"first seen", decodedEvent("1", source.Push, 1, "", digestA), at(1).Unix()},
		{"not known", decodedEvent("1", source.Delete, 1, "v1", digestA), 0},
	} {
		k := newCatalog()
		k.resolve(t, private, c.first)
		equal(t, c.name, k.resolve(t, private, decodedEvent("2", source.Delete, 2, "v1", digestA)).Event.Repository.CreatedAt, c.want)
		equal(t, c.name+", as sent later", k.resolve(t, private, sent(decodedEvent("3", source.Push, 3, "v1", digestA), 9)).Event.Repository.CreatedAt, 9)
		want := c.want
		if want == 0 {
			want = 9
		}
		equal(t, c.name+", at last", k.resolve(t, private, decodedEvent("4", source.Push, 4, "v1", digestA)).Event.Repository.CreatedAt, want)
	}
}

func TestResolveForgetsWhatWasDeleted(t *testing.T) {
	c := newCatalog()
	c.resolve(t, private, decodedEvent("1", source.Push, 0, "v1", digestA))
	c.resolve(t, private, decodedEvent("2", source.Delete, 1, "", digestA))
	c.resolve(t, private, decodedEvent("3", source.Delete, 1, "v1", ""))
	for _, s := range []struct {
		after time.Duration
		want  string
	}{
		{7*24*time.Hour - time.Second, "deleteImage v1@" + digestA},
		{7 * 24 * time.Hour, "deleteImage v1@"},
	} {
		c.now = at(1).Add(s.after)
		r, err := source.Resolve(t.Context(), private, decodedEvent("3", source.Delete, 1, "v1", ""), c)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, s.after.String(), outcome(r), s.want)
	}
	kept := 0
	for key := range c.records {
		if c.get(key).Key != "" {
			kept++
		}
	}
	equal(t, "records kept for ever", kept, 1)
}

// TestResolveAccessories knows the tags of accessories by the digest that they begin with,
// and takes no other tag for one.
func TestResolveAccessories(t *testing.T) {
	hex := strings.Repeat("0a", 64)
	all := private
	all.Accessories = true
	for _, tag := range []string{
		"sha256-" + hex[:64], "sha256-" + hex[:64] + ".sig", "sha256-" + hex[:64] + ".att", "sha256-" + hex[:64] + ".sbom", "sha256-" + hex[:64] + ".cosign",
		"sha256-" + hex[:64] + "-other", "sha384-" + hex[:96] + ".sig", "blake3-" + hex[:64] + ".sig", ("sha512-" + hex + ".sig")[:128],
	} {
		for _, verb := range []source.Verb{source.Push, source.Delete, source.Pull} {
			f := decodedEvent("1", verb, 1, tag, digestA)
			equal(t, tag, newCatalog().resolve(t, private, f).Reason, text.IgnoredAccessory)
			if newCatalog().resolve(t, all, f).Event == nil {
				t.Errorf("%s of %s is ignored although accessories are let through", verb, tag)
			}
		}
	}
	for _, tag := range []string{
		"sha-1", "sha-1a2b3c4", "main-4f2a1c9", "xsha256-" + hex[:64], "sha256-" + hex[:63] + "g", "SHA256-" + hex[:64], strings.ToUpper("sha256-" + hex[:64]), "sha256-" + hex[:63], "md5-" + hex[:64],
	} {
		if newCatalog().resolve(t, private, decodedEvent("1", source.Push, 1, tag, digestA)).Event == nil {
			t.Errorf("%s is taken for an accessory", tag)
		}
	}
}

// TestResolveAccessoryIsAFirstPush: it is a manifest, so the repository is there, and its
// digest is known.
func TestResolveAccessoryIsAFirstPush(t *testing.T) {
	c := newCatalog()
	c.resolve(t, private, decodedEvent("1", source.Push, 1, "sha256-"+strings.Repeat("0a", 32)+".sig", digestB))
	equal(t, "writes", c.writes, 3)
	r := c.resolve(t, private, decodedEvent("2", source.Push, 2, "v1", digestA))
	equal(t, "created at", r.Event.Repository.CreatedAt, at(1).Unix())
	equal(t, "delete of its digest", outcome(c.resolve(t, private, decodedEvent("3", source.Delete, 3, "", digestB))),
		"ignored: the delete of a digest, whose tags are reported one by one")
}

func TestResolveVisibility(t *testing.T) {
	public := private
	public.Public = true
	for _, c := range []struct {
		reg        shipbell.Registry
		sent, want string
	}{
		{private, "", "private"}, {public, "", "public"}, {public, "private", "private"}, {private, "public", "public"},
	} {
		f := decodedEvent("1", source.Push, 1, "v1", digestA)
		f.RepositoryType = c.sent
		equal(t, "type", newCatalog().resolve(t, c.reg, f).Event.Repository.Type, c.want)
	}
}

func TestResolveSurvivesAnUnreadableRecord(t *testing.T) {
	c := newCatalog()
	f := decodedEvent("1", source.Push, 1, "v1", digestA)
	c.resolve(t, private, f)
	for key, r := range c.records {
		r.Value = []byte("?")
		c.records[key] = r
	}
	r, err := source.Resolve(t.Context(), private, decodedEvent("2", source.Delete, 2, "v1", ""), c)
	if err != nil || outcome(r) != "deleteImage v1@" {
		t.Errorf("got %q, %v", outcome(r), err)
	}
}

// failsSecond answers a prefix although its other calls fail.
type failsSecond struct{ *catalog }

func (c *failsSecond) Prefix(ctx context.Context, prefix string, limit int) ([]shipbell.Record, error) {
	found, _ := c.catalog.Prefix(ctx, prefix, limit)
	return found, nil
}

func TestResolveTellsWhenTheCatalogFails(t *testing.T) {
	down := shipbell.Wrap(shipbell.Unavailable, errors.New("down"), text.StoreUnavailable)
	for _, f := range []source.DecodedEvent{
		decodedEvent("1", source.Push, 1, "v1", digestA),
		decodedEvent("2", source.Delete, 1, "", digestA),
	} {
		c := newCatalog()
		c.fail = down
		_, err := source.Resolve(t.Context(), private, f, c)
		equal(t, "kind", shipbell.KindOf(err), shipbell.Unavailable)
	}
	c := &failsSecond{catalog: newCatalog()}
	c.resolve(t, private, decodedEvent("1", source.Push, 1, "v1", digestA))
	c.fail = down
	_, err := source.Resolve(t.Context(), private, decodedEvent("2", source.Delete, 2, "", digestA), c)
	equal(t, "kind", shipbell.KindOf(err), shipbell.Unavailable)
}
