package receive_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// fill counts messages.
type fill struct{ sent int }

func (f *fill) Send(_ context.Context, messages ...platform.Message) []error {
	f.sent += len(messages)
	return make([]error, len(messages))
}

func (*fill) MaxDelay() time.Duration { return time.Minute }

const pushed = `{"id":"13cde686","detail-type":"ECR Image Action","source":"aws.ecr","time":"2026-11-22T12:00:00Z",
	"detail":{"result":"SUCCESS","repository-name":"team/app","image-digest":"sha256:1","action-type":"PUSH","image-tag":"v1"}}`

func TestNewEvents(t *testing.T) {
	kv, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer kv.Close()
	kept := store.New(store.Options{KV: kv, Now: time.Now, Retention: time.Hour})
	if _, _, err := kept.PutRegistry(t.Context(), shipbell.Registry{ID: "images", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.CreateTrigger(t.Context(), shipbell.Trigger{
		Registry: "images", Name: "all", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Dialect: "tcr"},
		Targets: []shipbell.Target{{URL: "https://ci.example.com/hook", Format: "tcr"}},
	}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	queue := &fill{}
	deps := receive.Deps{Store: kept, Queue: queue, Now: time.Now, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	take := receive.NewEvents(deps, "images")
	for range 2 { // the second time it is the same event
		if err := take(t.Context(), []byte(pushed)); err != nil {
			t.Fatal(err)
		}
	}
	if err := take(t.Context(), []byte(strings.Replace(pushed, "SUCCESS", "FAILURE", 1))); err != nil {
		t.Errorf("an event that is not wanted gave %v", err)
	}
	if queue.sent != 1 {
		t.Errorf("%d messages were sent, want 1", queue.sent)
	}
	lately, err := kept.Ignored().Recent(t.Context(), "images")
	if err != nil || len(lately.Events) != 1 || !strings.Contains(lately.Events[0].Reason.String(), "FAILURE") {
		t.Errorf("what was not wanted is remembered as %+v, %v", lately, err)
	}
	list, err := kept.List(t.Context(), store.Query{Registry: "images", Limit: 10})
	if err != nil || len(list.Deliveries) != 1 || list.Deliveries[0].Event.Resources[0].URL != "reg.example.com/team/app:v1" {
		t.Errorf("deliveries %+v, %v", list, err)
	}
	if text := log.String(); !strings.Contains(text, "msg=event registry=images") || !strings.Contains(text, "source=ecr events=1 ignored=0 deliveries=1") {
		t.Errorf("log:\n%s", text)
	}

	if err := take(t.Context(), []byte(`{"other":1}`)); shipbell.KindOf(err) != shipbell.Malformed {
		t.Errorf("what is no event gave %v", err)
	}
	if err := receive.NewEvents(deps, "none")(t.Context(), []byte(pushed)); shipbell.KindOf(err) != shipbell.NotFound {
		t.Errorf("an event of no registry gave %v", err)
	}
}
