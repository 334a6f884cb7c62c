package tcrapi_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// accept stores the delivery of an event of a trigger, as change leaves it.
func (s *service) accept(event string, id shipbell.ID, change func(*shipbell.Delivery)) shipbell.Delivery {
	s.t.Helper()
	of := shipbell.Trigger{ID: id, Targets: []shipbell.Target{{URL: "https://ci.example.com/hook", Format: shipbell.FormatTCR}}}
	e := shipbell.Event{
		ID: event, Action: shipbell.PushImage, OccurAt: 1589106605, Operator: "alice",
		Repository: shipbell.Repository{FullName: "public/nginx", Type: "private"},
		Resources:  []shipbell.Resource{{Digest: "sha256:1", Tag: "v1", URL: "reg.example.com/public/nginx:v1"}},
	}
	_, created, err := storetest.Accept(s.t.Context(), s.store, "default", &e, storetest.Matching(shipbell.Match{Trigger: &of, Resources: e.Resources}))
	if err != nil || len(created) != 1 {
		s.t.Fatalf("%d created, %v", len(created), err)
	}
	d := created[0]
	if change != nil {
		change(&d)
		if saved, err := s.store.Save(s.t.Context(), &d); err != nil || !saved {
			s.t.Fatalf("saved %v, %v", saved, err)
		}
	}
	return d
}

// TestLog shows a delivery in each of its states.
func TestLog(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.done("CreateWebhookTrigger", creating("one", nil))
	// Of a delivery of which an attempt has failed, times are kept to the millisecond.
	now, schedule := time.Now().UTC().Truncate(time.Millisecond), shipbell.Schedule{time.Hour}
	claim := func(d *shipbell.Delivery) { d.Claim(now, now.Add(time.Minute), schedule) }
	record := func(status int, final bool) func(*shipbell.Delivery) {
		return func(d *shipbell.Delivery) {
			claim(d)
			o := shipbell.Outcome{StatusCode: status, Final: final}
			if status != 200 {
				o.Error = text.New(text.StatusNotSuccess, status)
			}
			d.Record(now, o, schedule, 0.5)
		}
	}
	for state, test := range map[string]struct {
		change func(*shipbell.Delivery)
		want   string
	}{
		"new":               {nil, "pending"},
		"under way":         {claim, "running"},
		"waits for a retry": {record(500, false), "pending"},
		"succeeded":         {record(200, false), "finished"},
		"failed":            {record(410, true), "error"},
		"cancelled":         {func(d *shipbell.Delivery) { d.Cancel(now, "the trigger is disabled") }, "error"},
	} {
		d := s.accept(state, 1, test.change)
		var found map[string]any
		for _, log := range s.done("DescribeWebhookTriggerLog", `{"RegistryId":"default","Namespace":"public","Id":1}`).Logs {
			if log["Id"] == float64(d.ID.Number()) {
				found = log
			}
		}
		want := map[string]any{
			"Id": float64(d.ID.Number()), "TriggerId": 1.0, "EventType": "pushImage", "NotifyType": "http", "Status": test.want,
			"Detail":       `{"type":"pushImage","occur_at":1589106605,"event_data":{"resources":[{"digest":"sha256:1","tag":"v1","resource_url":"reg.example.com/public/nginx:v1"}],"repository":{"name":"nginx","namespace":"public","repo_full_name":"public/nginx","repo_type":"private"}},"operator":"alice"}`,
			"CreationTime": d.CreatedAt.Format("2006-01-02T15:04:05.000000Z"), "UpdateTime": d.UpdatedAt.Format("2006-01-02T15:04:05.000000Z"),
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
	}
}

// TestLogPages pages through the log of a trigger and of a namespace.
func TestLogPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i, namespace := range []string{"public", "public", "other"} {
		body := map[string]any{}
		if err := json.Unmarshal([]byte(creating(fmt.Sprint("t", i), nil)), &body); err != nil {
			t.Fatal(err)
		}
		body["Namespace"] = namespace
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		s.done("CreateWebhookTrigger", string(text))
	}
	for i := range 25 {
		for id := shipbell.ID(1); id <= 3; id++ {
			s.accept(fmt.Sprint(id, "-", i), id, nil)
		}
	}
	for _, test := range []struct {
		query        string
		count, total int
	}{
		{`"Namespace":"public","Id":1`, 20, 25},
		{`"Namespace":"public","Id":"1","Limit":"0"`, 20, 25},
		{`"Namespace":"public","Id":1,"Offset":20`, 5, 25},
		{`"Namespace":"public","Id":1,"Offset":25`, 0, 25},
		{`"Namespace":"public","Id":1,"Limit":1000`, 25, 25},
		{`"Namespace":"public","Limit":30`, 30, 50},
		{`"Namespace":"other"`, 20, 25},
		{`"Namespace":"nowhere"`, 0, 0},
	} {
		got := s.done("DescribeWebhookTriggerLog", `{"RegistryId":"default",`+test.query+`}`)
		if got.Logs == nil || len(got.Logs) != test.count || *got.TotalCount != test.total {
			t.Errorf("%s: %d of %d, want %d of %d", test.query, len(got.Logs), *got.TotalCount, test.count, test.total)
		}
		for i := 1; i < len(got.Logs); i++ {
			if got.Logs[i-1]["CreationTime"].(string) < got.Logs[i]["CreationTime"].(string) {
				t.Errorf("%s: not newest first", test.query)
			}
		}
	}
}
