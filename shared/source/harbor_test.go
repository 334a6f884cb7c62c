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

// TestUnidentifiedEvents: what has neither an id nor a time is a repeat for five minutes
// and another event later.
func TestUnidentifiedEvents(t *testing.T) {
	id := func(minutes int, text string) string {
		return mustDecode(t, source.Request{Body: []byte(text), ReceivedAt: at(minutes)}).Events[0].EventID
	}
	const quay = `{"repository":"a/b","updated_tags":["v1"]}`
	equal(t, "sent again", id(1, quay), id(0, quay))
	if id(0, quay) == id(10, quay) {
		t.Error("the same push ten minutes later has the same id")
	}
	const hub = `{"push_data":{"tag":"v1","pushed_at":1795168800},"repository":{"repo_name":"a/b"}}`
	equal(t, "with a time", id(0, hub), id(10, hub))
}
