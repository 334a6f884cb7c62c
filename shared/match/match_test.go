package match_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// rule makes an enabled trigger for pushes.
func rule(id shipbell.ID, namespace, repository, tag string) shipbell.Trigger {
	return shipbell.Trigger{
		ID: id, Name: "t", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Rule: shipbell.Rule{Namespace: namespace, Repository: repository, Tag: tag, Dialect: pattern.TCR},
	}
}

// push makes an event of an image pushed with these tags.
func push(fullName string, tags ...string) *shipbell.Event {
	e := &shipbell.Event{Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: fullName}}
	for _, tag := range tags {
		e.Resources = append(e.Resources, shipbell.Resource{Digest: "sha256:" + tag, Tag: tag})
	}
	return e
}

// fired gives the matching triggers' ids and the tags that each matched.
func fired(s *match.Set, e *shipbell.Event) map[shipbell.ID][]string {
	tags := make(map[shipbell.ID][]string)
	for _, m := range s.Match(nil, e) {
		tags[m.Trigger.ID] = []string{}
		for _, r := range m.Resources {
			tags[m.Trigger.ID] = append(tags[m.Trigger.ID], r.Tag)
		}
	}
	return tags
}

func TestSetMatch(t *testing.T) {
	t.Parallel()
	disabled := rule(9, "", "", "")
	disabled.Enabled = false
	deletes := rule(10, "public", "", "")
	deletes.Actions = []shipbell.Action{shipbell.DeleteChart, shipbell.DeleteImage}
	broken := rule(11, "", "a//b", "")
	old := rule(13, "", "path*/**", "")
	old.Rule.Dialect = pattern.Doublestar
	s := match.Compile([]shipbell.Trigger{
		rule(12, "", "", "v?"), rule(1, "public", "nginx*", "v*"), rule(2, "", "", ""), rule(3, "pub*", "**", ""),
		rule(4, "{public,private}", "", "latest"), rule(5, "", "busybox", ""), rule(6, "*", "", "{v1,v2}"),
		rule(7, "public", "a/*", ""), rule(8, "/public", "", "*"), disabled, deletes, broken, old,
	})
	remove := push("public/nginx", "")
	remove.Action = shipbell.DeleteImage
	for _, test := range []struct {
		name  string
		event *shipbell.Event
		want  map[shipbell.ID][]string
	}{
		{"one resource", push("public/nginx", "v10"), map[shipbell.ID][]string{1: {"v10"}, 2: {"v10"}, 3: {"v10"}, 6: {"v10"}, 8: {"v10"}}},
		{"several resources", push("public/nginx", "v1", "latest", "dev", ""), map[shipbell.ID][]string{
			1: {"v1"}, 2: {"v1", "latest", "dev", ""}, 3: {"v1", "latest", "dev", ""}, 4: {"latest"},
			6: {"v1"}, 8: {"v1", "latest", "dev", ""}, 12: {"v1"},
		}},
		{"one segment", push("busybox", "dev"), map[shipbell.ID][]string{2: {"dev"}, 5: {"dev"}}},
		{"nested", push("public/a/b", "dev"), map[shipbell.ID][]string{2: {"dev"}, 3: {"dev"}, 7: {"dev"}, 8: {"dev"}}},
		{"listed namespace", push("private/x", "latest"), map[shipbell.ID][]string{2: {"latest"}, 4: {"latest"}}},
		{"another action", remove, map[shipbell.ID][]string{10: {""}}},
		{"another dialect", push("x/path1", "dev"), map[shipbell.ID][]string{2: {"dev"}, 13: {"dev"}}},
		{"another dialect, no", push("x/path", "dev"), map[shipbell.ID][]string{2: {"dev"}}},
		{"no resources", push("public/nginx"), map[shipbell.ID][]string{}},
		{"long name", push("public/"+strings.Repeat("a", 256), "v1"), map[shipbell.ID][]string{}},
		{"long namespace", push(strings.Repeat("a", 256)+"/x", "v1"), map[shipbell.ID][]string{}},
		{"long tag", push("x/y", strings.Repeat("v", 129), "dev"), map[shipbell.ID][]string{2: {"dev"}}},
	} {
		if diff := cmp.Diff(test.want, fired(s, test.event)); diff != "" {
			t.Errorf("%s: matches (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestChartVersions matches the plus of a chart's version, which Helm writes as an
// underscore in the tag; of images, and in the dialect doublestar, nothing is rewritten.
func TestChartVersions(t *testing.T) {
	t.Parallel()
	charts := func(id shipbell.ID, tag string, dialect pattern.Dialect) shipbell.Trigger {
		r := rule(id, "", "", tag)
		r.Actions, r.Rule.Dialect = shipbell.Actions(), dialect
		return r
	}
	s := match.Compile([]shipbell.Trigger{
		charts(1, "1.2.3+up*", pattern.TCR), charts(2, "1.2.3_up5", pattern.TCR), charts(3, "1.2.3+up*", pattern.Doublestar), charts(4, "1.2.3+up5", ""),
	})
	for _, test := range []struct {
		action shipbell.Action
		tag    string
		want   []shipbell.ID
	}{
		{shipbell.UploadChart, "1.2.3_up5", []shipbell.ID{1, 2, 4}},
		{shipbell.DownloadChart, "1.2.3_up5", []shipbell.ID{1, 2, 4}},
		{shipbell.DeleteChart, "1.2.3_up5", []shipbell.ID{1, 2, 4}},
		{shipbell.UploadChart, "1.2.3+up5", []shipbell.ID{1, 3, 4}},
		{shipbell.PushImage, "1.2.3_up5", []shipbell.ID{2}},
	} {
		e := push("charts/web", test.tag)
		e.Action = test.action
		got := slices.Sorted(maps.Keys(fired(s, e)))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.action, test.tag, diff)
		}
	}
}

func TestSetMatchOrderAndSharing(t *testing.T) {
	t.Parallel()
	s := match.Compile([]shipbell.Trigger{rule(5, "", "", ""), rule(1, "a", "", ""), rule(4, "a", "", "v*"), rule(2, "*", "", "")})
	e := push("a/b", "v1", "dev")
	kept := shipbell.Match{Resources: []shipbell.Resource{{Tag: "kept"}}}
	got := s.Match([]shipbell.Match{kept}, e)
	var ids []shipbell.ID
	for _, m := range got[1:] {
		ids = append(ids, m.Trigger.ID)
	}
	if diff := cmp.Diff([]shipbell.ID{1, 2, 4, 5}, ids); diff != "" || got[0].Resources[0].Tag != "kept" {
		t.Errorf("matches after %q (-want +got):\n%s", got[0].Resources[0].Tag, diff)
	}
	if &got[1].Resources[0] != &e.Resources[0] {
		t.Error("a full match copied the event's resources")
	}
	if &got[3].Resources[0] == &e.Resources[0] || len(e.Resources) != 2 {
		t.Error("a partial match shares the event's resources")
	}
}

func TestSetKeepsItsOwnCopy(t *testing.T) {
	t.Parallel()
	triggers := []shipbell.Trigger{rule(2, "", "", ""), rule(1, "", "", "")}
	triggers[0].Targets = []shipbell.Target{{URL: "https://a.example", Headers: []shipbell.Header{{Key: "A", Values: []shipbell.Secret{shipbell.NewSecret("x")}}}}}
	s := match.Compile(triggers)
	triggers[0].Actions[0] = shipbell.DeleteImage
	triggers[0].Enabled = false
	triggers[0].Targets[0].Headers[0].Values[0] = shipbell.NewSecret("y")
	triggers[0].Targets[0].Headers[0].Key = "B"
	triggers[0].Targets[0].URL = "https://b.example"

	if len(fired(s, push("a/b", "v1"))) != 2 {
		t.Error("a change after Compile changed what matches")
	}
	got, found := s.Trigger(2)
	if !found {
		t.Fatal("trigger 2 not found")
	}
	value, _ := got.Targets[0].Headers[0].Values[0].Reveal()
	if got.Targets[0].URL != "https://a.example" || got.Targets[0].Headers[0].Key != "A" || value != "x" {
		t.Errorf("a change after Compile reached the set: %+v", got.Targets[0])
	}
	if all := s.Triggers(); len(all) != 2 || all[0].ID != 1 || all[1] != got {
		t.Errorf("triggers %+v, want 1 and 2", all)
	}
	for _, id := range []shipbell.ID{0, 3} {
		if _, found := s.Trigger(id); found {
			t.Errorf("trigger %d found", id)
		}
	}
}

func TestSetOfNothing(t *testing.T) {
	t.Parallel()
	s := match.Compile(nil)
	e := push("a/b", "v1")
	if len(s.Match(nil, e))+len(s.Triggers())+len(s.Explain(e)) > 0 {
		t.Error("an empty set has something")
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	disabled := rule(1, "a//b", "", "")
	disabled.Enabled = false
	deletes := rule(2, "nowhere", "", "")
	deletes.Actions = []shipbell.Action{shipbell.DeleteImage, shipbell.DeleteChart}
	unknown := rule(4, "", "", "")
	unknown.Rule.Dialect = "regexp"
	s := match.Compile([]shipbell.Trigger{
		disabled, deletes, rule(3, "", "a//b", ""), unknown, rule(5, "team-*", "", ""), rule(6, "", "path*", ""), rule(7, "", "", "v*"), rule(8, "", "", ""),
	})
	reasons := func(e *shipbell.Event) map[shipbell.ID]string {
		got := make(map[shipbell.ID]string)
		for _, v := range s.Explain(e) {
			if v.Matched != (v.Reason.Code == text.MatchEveryClause) || v.TriggerName != "t" {
				t.Errorf("verdict %+v", v)
			}
			got[v.TriggerID] = v.Reason.String()
		}
		return got
	}
	want := map[shipbell.ID]string{
		1: "disabled",
		2: "action pushImage is not among deleteImage, deleteChart",
		3: `the repository pattern "a//b" is not valid: "a//b" has two slashes in a row: write one`,
		4: `the namespace pattern "" is not valid: "regexp" is not a dialect; write "tcr" or "doublestar"`,
		5: `namespace "public" does not match "team-*"`,
		6: `repository "nginx" does not match "path*"`,
		7: `tag "latest" does not match "v*"`,
		8: "every clause matches",
	}
	if diff := cmp.Diff(want, reasons(push("public/nginx", "latest"))); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		event *shipbell.Event
		id    shipbell.ID
		want  string
	}{
		{push("nginx", "v1"), 5, `namespace (none) does not match "team-*"`},
		{push("a/b", ""), 7, `tag (none) does not match "v*"`},
		{push("a/b", "", "dev", "dev"), 7, `none of the tags (none), "dev" matches "v*"`},
		{push("a/b", "v1", "dev"), 7, "every clause matches"},
		{push("a/b"), 8, "the event names no image or chart"},
		{push("a/b", strings.Repeat("a", 129)), 8, "the tag is longer than 128 bytes or not UTF-8"},
		{push("a/"+strings.Repeat("b", 256), "v1"), 8, "the repository's name is longer than 255 bytes or not UTF-8"},
	} {
		if got := reasons(test.event)[test.id]; got != test.want {
			t.Errorf("%s: reason %q, want %q", test.event.Repository.FullName, got, test.want)
		}
	}
}

func TestSetManyReaders(t *testing.T) {
	t.Parallel()
	s := match.Compile([]shipbell.Trigger{rule(1, "a", "{b,c}?*", "v*"), rule(2, "", "", "")})
	e := push("a/bc", "v1", "dev")
	want := s.Match(nil, e)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 100 {
				got := s.Match(nil, e)
				if diff := cmp.Diff(want, got, cmpopts.EquateComparable(shipbell.Secret{})); diff != "" {
					t.Errorf("matches (-want +got):\n%s", diff)
					return
				}
				s.Explain(e)
			}
		})
	}
	readers.Wait()
}

func TestSetWants(t *testing.T) {
	t.Parallel()
	disabled, deletes := rule(1, "", "", ""), rule(2, "a", "", "")
	disabled.Enabled = false
	deletes.Actions = []shipbell.Action{shipbell.DeleteImage, shipbell.DeleteChart}
	s := match.Compile([]shipbell.Trigger{disabled, deletes})
	var wanted []shipbell.Action
	for _, action := range shipbell.Actions() {
		if s.Wants(action) {
			wanted = append(wanted, action)
		}
	}
	if diff := cmp.Diff(deletes.Actions, wanted); diff != "" {
		t.Errorf("wanted actions (-want +got):\n%s", diff)
	}
}
