package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/source"
)

// TestHarborFormatsAgree: the same action told in both payload formats is one event.
func TestHarborFormatsAgree(t *testing.T) {
	const data = `{"resources":[{"digest":"sha256:1","tag":"v1","resource_url":"harbor.example.org/library/app:v1"}],` +
		`"repository":{"date_created":1795000000,"name":"app","namespace":"library","repo_full_name":"library/app","repo_type":"public"}}`
	decode := func(text string) source.DecodedEvent {
		t.Helper()
		d := mustDecode(t, source.Request{Body: []byte(text), ReceivedAt: noon})
		if len(d.Events) != 1 {
			t.Fatalf("%s gives %+v", text, d)
		}
		return d.Events[0]
	}
	plain := func(action, at string) source.DecodedEvent {
		return decode(`{"type":"` + action + `_ARTIFACT","occur_at":` + at + `,"operator":"alice","event_data":` + data + `}`)
	}
	cloud := func(id, action, at string) source.DecodedEvent {
		return decode(`{"specversion":"1.0","id":"` + id + `","type":"harbor.artifact.` + action + `","time":"` + at + `","operator":"alice","data":` + data + `}`)
	}
	for past, action := range map[string]string{"pushed": "PUSH", "deleted": "DELETE", "pulled": "PULL"} {
		a, b := plain(action, "1795168800"), cloud("1", past, "2026-11-20T10:00:00Z")
		equal(t, "sources", a.Source+" "+b.Source, "tcr harbor")
		b.Source = a.Source
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: %s", past, diff)
		}
	}
	id := plain("PUSH", "1795168800").EventID
	equal(t, "sent again with another id", cloud("2", "pushed", "2026-11-20T18:00:00+08:00").EventID, id)
	for what, other := range map[string]source.DecodedEvent{
		"another action":     plain("PULL", "1795168800"),
		"another second":     plain("PUSH", "1795168801"),
		"another operator":   decode(`{"type":"PUSH_ARTIFACT","occur_at":1795168800,"operator":"bob","event_data":` + data + `}`),
		"another tag":        decode(`{"type":"PUSH_ARTIFACT","occur_at":1795168800,"operator":"alice","event_data":` + strings.ReplaceAll(data, "v1", "v2") + `}`),
		"another repository": decode(`{"type":"PUSH_ARTIFACT","occur_at":1795168800,"operator":"alice","event_data":` + strings.ReplaceAll(data, "library/app", "library/web") + `}`),
	} {
		if other.EventID == id {
			t.Errorf("%s has the same id", what)
		}
	}
}

// TestUnidentifiedEvents: what has neither an id nor a time is known by its content, for
// as long as Resolve says.
func TestUnidentifiedEvents(t *testing.T) {
	decode := func(minutes int, text string) source.DecodedEvent {
		return mustDecode(t, source.Request{Body: []byte(text), ReceivedAt: at(minutes)}).Events[0]
	}
	const quay = `{"repository":"a/b","updated_tags":["v1"]}`
	first, again := decode(0, quay), decode(10, quay)
	equal(t, "sent again", again.EventID, first.EventID)
	equal(t, "is unidentified", first.Unidentified, true)
	c := newCatalog()
	one, two := c.resolve(t, private, first), c.resolve(t, private, again)
	equal(t, "stands for the same", two.Once.Key, one.Once.Key)
	equal(t, "until", one.Once.Expires, at(5))
	if one.Event.ID == two.Event.ID {
		t.Error("it is the same event whenever it comes")
	}
	for _, dated := range []string{
		`{"push_data":{"tag":"v1","pushed_at":1795168800},"repository":{"repo_name":"a/b"}}`,
		`{"type":"PUSH_ARTIFACT","occur_at":7,"event_data":{"resources":[{"tag":"v1"}],"repository":{"repo_full_name":"a/b"}}}`,
	} {
		first, again := decode(0, dated), decode(10, dated)
		equal(t, "with a time", again.EventID, first.EventID)
		equal(t, "with a time, is unidentified", first.Unidentified, false)
	}
	equal(t, "Harbor without a time", decode(0, `{"type":"PUSH_ARTIFACT","event_data":{"resources":[{"tag":"v1"}],"repository":{"repo_full_name":"a/b"}}}`).Unidentified, true)
}
