package shipbell_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func TestFilterJSON(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]shipbell.Filter{
		`{}`: {}, `{"trigger":7,"target":2}`: {Trigger: "7", Target: "2"}, `{"trigger":"demo","target":"3"}`: {Trigger: "demo", Target: "3"},
		`{"trigger":0,"tag":null}`: {}, `{"trigger":null,"answer":"5xx"}`: {Answer: "5xx"}, `{"trigger":-1}`: {Trigger: "-1"},
	} {
		var got shipbell.Filter
		if err := json.Unmarshal([]byte(document), &got); err != nil || got != want {
			t.Errorf("%s is %+v, %v", document, got, err)
		}
	}
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal([]byte(`{"trigger":true}`), new(shipbell.Filter)); !errors.As(err, &wrong) || wrong.Field != "trigger" {
		t.Errorf("a trigger that is true: %v", err)
	}
}

// TestSelectErrors names every field that is wrong.
func TestSelectErrors(t *testing.T) {
	t.Parallel()
	_, err := shipbell.Filter{
		Target: "0", Status: "done", Answer: "200", ErrorKind: "bad", Action: "push", RepositoryPattern: "{a", Tag: strings.Repeat("a", 513),
		Digest: "\xff", Cleared: "yes", Since: "yesterday", Until: "1969-01-01T00:00:00Z",
	}.Select()
	var refused *shipbell.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range refused.Fields {
		fields = append(fields, f.Field)
	}
	want := []string{"tag", "digest", "target", "status", "answer", "error_kind", "action", "repository_pattern", "cleared", "since", "until"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestJudge holds filters against a delivery as its row has it and as its event is.
func TestJudge(t *testing.T) {
	t.Parallel()
	whole := shipbell.Event{
		Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "team/" + strings.Repeat("long", 60)},
		Resources: []shipbell.Resource{{Tag: "v1", Digest: "sha256:aa"}, {Tag: "v2", Digest: "sha256:bb"}},
	}
	row := shipbell.Delivery{
		Status: shipbell.Failed, TargetID: 2, Event: whole.Excerpt(64), Excerpt: &shipbell.Excerpt{Resources: 2},
		Attempts: []shipbell.Attempt{{Number: 1, StatusCode: 200}, {Number: 2, StatusCode: 503, Error: text.New(text.StatusNotSuccess, 503)}},
	}
	read := row
	read.Whole = &whole
	const no, unsure, yes = shipbell.No, shipbell.Unsure, shipbell.Yes
	for _, one := range []struct {
		f         shipbell.Filter
		row, read shipbell.Verdict
	}{
		{shipbell.Filter{}, yes, yes},
		{shipbell.Filter{Target: "2", Status: shipbell.Failed, Answer: "5xx", ErrorKind: shipbell.ErrorStatus, Action: shipbell.PushImage, Cleared: "false"}, yes, yes},
		{shipbell.Filter{Target: "1"}, no, no},
		{shipbell.Filter{Answer: "2xx"}, no, no}, // that was the attempt before
		{shipbell.Filter{ErrorKind: shipbell.ErrorDNS}, no, no},
		{shipbell.Filter{Cleared: "true"}, no, no},
		{shipbell.Filter{Action: shipbell.PullImage, Tag: "v2"}, no, no},
		{shipbell.Filter{Tag: "v1"}, yes, yes},
		{shipbell.Filter{Tag: "v2"}, unsure, yes},
		{shipbell.Filter{Tag: "v3"}, unsure, no},
		{shipbell.Filter{Tag: "v1", Digest: "sha256:b"}, unsure, no},
		{shipbell.Filter{Tag: "v2", Digest: "sha256:b"}, unsure, yes},
		{shipbell.Filter{Namespace: "team"}, unsure, yes},
		{shipbell.Filter{RepositoryContains: "LONGLONG"}, unsure, yes},
		{shipbell.Filter{RepositoryPattern: "team/*"}, unsure, yes},
		{shipbell.Filter{RepositoryPattern: "other/*"}, unsure, no},
	} {
		s, err := one.f.Select()
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Judge(&row); got != one.row {
			t.Errorf("%+v of the row: %d, want %d", one.f, got, one.row)
		}
		if got := s.Judge(&read); got != one.read {
			t.Errorf("%+v of the event: %d, want %d", one.f, got, one.read)
		}
	}
}

func TestErrorKind(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		a    shipbell.Attempt
		want shipbell.ErrorKind
	}{
		{shipbell.Attempt{StatusCode: 200}, ""},
		{shipbell.Attempt{Error: text.New(text.DNSFailed, text.DNSNoSuchHost)}, shipbell.ErrorDNS},
		{shipbell.Attempt{Error: text.New(text.ConnectFailed, text.ConnectionRefused)}, shipbell.ErrorConnect},
		{shipbell.Attempt{Error: text.New(text.ConnectFailed, text.NetworkTimeout)}, shipbell.ErrorTimeout},
		{shipbell.Attempt{Error: text.New(text.TLSFailed, text.TLSUnknownAuthority)}, shipbell.ErrorTLS},
		{shipbell.Attempt{Error: text.New(text.TLSFailed, text.TLSHandshakeTimeout)}, shipbell.ErrorTimeout},
		{shipbell.Attempt{Error: text.New(text.TimeoutAnswer, 5)}, shipbell.ErrorTimeout},
		{shipbell.Attempt{Error: text.New(text.ConnectionLost, text.ConnectionReset)}, shipbell.ErrorReset},
		{shipbell.Attempt{Error: text.New(text.AddressBlocked, "x")}, shipbell.ErrorBlocked},
		{shipbell.Attempt{StatusCode: 302, Error: text.New(text.StatusRedirectTo, 302, "x")}, shipbell.ErrorRedirect},
		{shipbell.Attempt{StatusCode: 410, Error: text.New(text.StatusGone)}, shipbell.ErrorStatus},
		{shipbell.Attempt{StatusCode: 200, Error: text.New(text.AnswerNotJSON)}, shipbell.ErrorAnswer},
		{shipbell.Attempt{Error: text.New(text.HeaderFailed, "x", "y")}, shipbell.ErrorRequest},
		{shipbell.Attempt{Error: text.New(text.AttemptInterrupted)}, shipbell.ErrorInterrupted},
		{shipbell.Attempt{StatusCode: 500, Error: text.Literal("status 500")}, shipbell.ErrorStatus}, // of an older version
		{shipbell.Attempt{Error: text.Literal("something")}, shipbell.ErrorOther},
	} {
		if got := one.a.ErrorKind(); got != one.want {
			t.Errorf("%v is %q, want %q", one.a.Error, got, one.want)
		}
	}
	now := time.Now()
	d := shipbell.Delivery{LeaseUntil: now, Attempts: []shipbell.Attempt{{Number: 1, StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, {Number: 2}}}
	if class, kind := d.LastAnswer(); class != "5xx" || kind != shipbell.ErrorStatus {
		t.Errorf("while an attempt is under way: %s, %s", class, kind)
	}
}
