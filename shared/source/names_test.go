package source_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// seen is a catalog, and events that came lately.
type seen struct {
	*catalog
	events []shipbell.Event
	fail   error
}

func (s *seen) RecentEvents(context.Context) ([]shipbell.Event, error) { return s.events, s.fail }

// happened is an event, about one tag if it is not "".
func happened(repository string, tags ...string) shipbell.Event {
	e := shipbell.Event{Repository: shipbell.Repository{FullName: repository}}
	for _, tag := range tags {
		e.Resources = append(e.Resources, shipbell.Resource{Tag: tag})
	}
	return e
}

// known has pushes teach the catalog, one a minute, and then the delete of a tag.
func known(t *testing.T) *seen {
	t.Helper()
	s := &seen{catalog: newCatalog()}
	incoming := source.DecodedEvent{Source: "distribution", Verb: source.Push, PartialDeletes: true}
	for i, resource := range []struct{ repository, tag string }{
		{"public/zoo", "v1"}, {"public/app", "old"}, {"public/app", "new"}, {"public/app", "mid"}, {"public/app", "new"},
		{"public/apple", "v1"}, {"private/app", "v1"}, {"public/app", ""},
	} {
		incoming.EventID, incoming.Time, incoming.ReceivedAt = resource.tag, at(i), at(i)
		incoming.Repository, incoming.Resources = resource.repository, []source.Resource{{Tag: resource.tag, Digest: "sha256:" + resource.tag + string(rune('a'+i))}}
		s.resolve(t, private, incoming)
	}
	incoming.EventID, incoming.Verb, incoming.Time = "gone", source.Delete, at(9)
	incoming.Repository, incoming.Resources = "public/app", []source.Resource{{Tag: "old"}}
	s.resolve(t, private, incoming)
	s.events = []shipbell.Event{
		happened("public/late", "v9", "v8"), happened("public/app", "v2"), happened("public/late", "v7", ""), happened("public/app", "new", "v2"),
		happened("a space", "v1"), happened(strings.Repeat("r", 256), "v1"), happened("", "v1"), happened("public/app", strings.Repeat("t", 129)),
	}
	return s
}

func TestRepositories(t *testing.T) {
	s := known(t)
	for name, c := range map[string]struct {
		prefix string
		limit  int
		want   []string
	}{
		"all":               {"", 100, []string{"public/late", "public/app", "private/app", "public/apple", "public/zoo"}},
		"by prefix":         {"public/ap", 100, []string{"public/app", "public/apple"}},
		"a whole name":      {"public/zoo", 100, []string{"public/zoo"}},
		"a few":             {"", 3, []string{"public/late", "public/app", "private/app"}},
		"the last of all":   {"", 1, []string{"public/late"}},
		"none":              {"none", 100, nil},
		"none is like that": {"a s", 100, nil},
		"too long":          {strings.Repeat("r", 256), 100, nil},
	} {
		got, err := source.Repositories(t.Context(), s, c.prefix, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, got, c.want)
	}
}

func TestTags(t *testing.T) {
	s := known(t)
	for name, c := range map[string]struct {
		repository string
		limit      int
		want       []string
	}{
		"all":             {"public/app", 100, []string{"v2", "new", "old", "mid"}},
		"a few":           {"public/app", 3, []string{"v2", "new", "old"}},
		"only lately":     {"public/late", 100, []string{"v9", "v8", "v7"}},
		"the last of all": {"public/late", 1, []string{"v9"}},
		"only known":      {"public/apple", 100, []string{"v1"}},
		"none":            {"public", 100, nil},
		"no name":         {"a space", 100, nil},
	} {
		got, err := source.Tags(t.Context(), s, c.repository, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, got, c.want)
	}
}

func TestNamesFail(t *testing.T) {
	gone := errors.New("gone")
	for _, fail := range []func(*seen){func(s *seen) { s.fail = gone }, func(s *seen) { s.catalog.fail = gone }} {
		s := known(t)
		fail(s)
		if _, err := source.Repositories(t.Context(), s, "", 10); !errors.Is(err, gone) {
			t.Errorf("repositories: %v", err)
		}
		if _, err := source.Tags(t.Context(), s, "public/app", 10); !errors.Is(err, gone) {
			t.Errorf("tags: %v", err)
		}
	}
}

// TestIgnoredTellsWhatItIsAbout has every dialect ignore something.
func TestIgnoredTellsWhatItIsAbout(t *testing.T) {
	distribution := func(action, target string) source.Decoded {
		return one(t, `{"id":"e","action":"`+action+`","target":{`+target+`},"request":{"method":"HEAD"}}`)
	}
	for name, c := range map[string]struct {
		decoded source.Decoded
		want    shipbell.IgnoredEvent
	}{
		"a blob": {
			distribution("push", `"mediaType":"application/octet-stream","repository":"a/b","digest":"sha256:1"`),
			shipbell.IgnoredEvent{Reason: text.Literal("a blob, not a manifest"), Action: shipbell.PushImage, Repository: "a/b", Routine: true},
		},
		"an action of no verb": {
			distribution("scan", `"mediaType":"`+imageManifest+`","repository":"a/b","tag":"v1"`),
			shipbell.IgnoredEvent{Reason: text.Literal(`the action "scan" is not one that Shipbell reports`), Repository: "a/b", Tag: "v1"},
		},
		"a bad name": {
			distribution("delete", `"repository":"a b","tag":"v1"`),
			shipbell.IgnoredEvent{Reason: text.Literal("the repository has a space or a control character"), Action: shipbell.DeleteImage, Repository: "a b", Tag: "v1"},
		},
		"a type of TCR": {
			tcr(t, `{"type":"SCAN","event_data":{"repository":{"repo_full_name":"a/b"}}}`),
			shipbell.IgnoredEvent{Reason: text.Literal(`the event type "SCAN" is not one that Shipbell reports`), Repository: "a/b"},
		},
		"a failure of ECR": {
			ecr(t, "SUCCESS", "FAILURE"),
			shipbell.IgnoredEvent{Reason: text.Literal(`the action did not succeed: its result is "FAILURE"`), Repository: "my-repository-name", Tag: "latest"},
		},
	} {
		if len(c.decoded.Ignored) != 1 {
			t.Errorf("%s: %+v", name, c.decoded)
			continue
		}
		c.want.EventID = c.decoded.Ignored[0].EventID
		equal(t, name, c.decoded.Ignored[0], c.want)
	}
}
