package api_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/sink"
)

const deliveriesAt = "/v1/deliveries/default"

// pages reads a list of deliveries to its end and returns the ids.
func (s *stack) pages(query url.Values) []shipbell.DeliveryID {
	s.t.Helper()
	ids := []shipbell.DeliveryID{}
	for range 100 {
		page := decode[apiv1.Deliveries](s.do("GET", deliveriesAt+"?"+query.Encode(), nil).want(http.StatusOK))
		for _, d := range page.Deliveries {
			ids = append(ids, d.ID)
		}
		if page.NextCursor == "" {
			return ids
		}
		query.Set("cursor", page.NextCursor)
	}
	s.t.Fatalf("the list does not end: %q", ids)
	return nil
}

// TestListOfDeliveries holds every filter, alone and with another, and every size
// of page against what the list itself says of each delivery.
func TestListOfDeliveries(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	target := sink.Start(t)
	target.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		if r.URI == "/gone" {
			return http.StatusGone, nil, ""
		}
		return http.StatusOK, nil, ""
	})
	for name, actions := range map[string][]string{"/good": {"pushImage"}, "/gone": {"pushImage", "deleteImage"}} {
		s.do("POST", "/v1/triggers/default", object{"name": name[1:], "actions": actions, "targets": []object{{"url": target.URL() + name}}}).want(http.StatusCreated)
	}
	s.work()
	for i := range 4 {
		s.push("default", fmt.Sprintf("public/repository-%d", i%2), fmt.Sprintf("v%d", i))
		deleted := pushed("public/repository-0", fmt.Sprintf("v%d", i))
		deleted["type"] = "deleteImage"
		s.do("POST", "/v1/events/default", deleted).want(http.StatusAccepted)
	}
	for _, id := range s.pages(url.Values{}) {
		for s.delivery("default", id).Status == shipbell.Pending {
			time.Sleep(5 * time.Millisecond)
		}
	}
	all := decode[apiv1.Deliveries](s.do("GET", deliveriesAt, nil).want(http.StatusOK)).Deliveries
	if len(all) != 12 || !slices.IsSortedFunc(all, func(a, b apiv1.Delivery) int { return cmp.Compare(b.ID, a.ID) }) {
		t.Fatalf("there are %d deliveries, want 12, newest first: %+v", len(all), all)
	}
	middle := all[5].CreatedAt
	type filter struct {
		name, value string
		wants       func(apiv1.Delivery) bool
	}
	filters := []filter{
		{"trigger", "1", func(d apiv1.Delivery) bool { return d.TriggerID == 1 }},
		{"trigger", "2", func(d apiv1.Delivery) bool { return d.TriggerID == 2 }},
		{"trigger", "3", func(apiv1.Delivery) bool { return false }},
		{"status", "succeeded", func(d apiv1.Delivery) bool { return d.Status == shipbell.Succeeded }},
		{"status", "failed", func(d apiv1.Delivery) bool { return d.Status == shipbell.Failed }},
		{"status", "pending", func(apiv1.Delivery) bool { return false }},
		{"action", "pushImage", func(d apiv1.Delivery) bool { return d.Action == "pushImage" }},
		{"action", "uploadChart", func(apiv1.Delivery) bool { return false }},
		{"repository", "public/repository-1", func(d apiv1.Delivery) bool { return d.Repository == "public/repository-1" }},
		{"repository", "public", func(apiv1.Delivery) bool { return false }},
		{"since", middle.Format(time.RFC3339Nano), func(d apiv1.Delivery) bool { return !d.CreatedAt.Before(middle) }},
		{"until", middle.Format(time.RFC3339Nano), func(d apiv1.Delivery) bool { return d.CreatedAt.Before(middle) }},
		{"since", middle.Add(time.Hour).In(time.FixedZone("", 8*3600)).Format(time.RFC3339), func(apiv1.Delivery) bool { return false }},
	}
	found := 0
	for i, a := range filters {
		for _, b := range append([]filter{{wants: func(apiv1.Delivery) bool { return true }}}, filters[i+1:]...) {
			query := url.Values{a.name: {a.value}}
			if b.name != "" {
				if b.name == a.name {
					continue
				}
				query.Set(b.name, b.value)
			}
			want := []shipbell.DeliveryID{}
			for _, d := range all {
				if a.wants(d) && b.wants(d) {
					want = append(want, d.ID)
				}
			}
			found += len(want)
			for _, limit := range []string{"", "1", "5"} {
				asked := url.Values{}
				for name, values := range query {
					asked[name] = values
				}
				if limit != "" {
					asked.Set("limit", limit)
				}
				if diff := gocmp.Diff(want, s.pages(asked)); diff != "" {
					t.Errorf("%v (-want +got):\n%s", query, diff)
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("the filters found %d deliveries, which proves little", found)
	}

	page := decode[apiv1.Deliveries](s.do("GET", deliveriesAt+"?limit=2&status=failed", nil).want(http.StatusOK))
	for _, other := range []string{"", "&status=succeeded", "&status=failed&trigger=2", "&status=failed&action=pushImage", "&status=failed&repository=a",
		"&status=failed&since=2026-11-22T12:00:00Z", "&status=failed&until=2026-11-22T12:00:00Z"} {
		s.do("GET", deliveriesAt+"?cursor="+url.QueryEscape(page.NextCursor)+other, nil).want(http.StatusBadRequest)
	}
	s.do("GET", "/v1/triggers/default?cursor="+url.QueryEscape(page.NextCursor), nil).want(http.StatusBadRequest)
	s.do("GET", deliveriesAt+"?status=failed&limit=1&cursor="+url.QueryEscape(page.NextCursor), nil).want(http.StatusOK)
}

// TestDelivery follows one delivery from its receipt to its end.
func TestDelivery(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	target := sink.Start(t)
	target.Respond(func(n int, _ *sink.Received) (int, http.Header, string) {
		return map[bool]int{true: http.StatusInternalServerError, false: http.StatusOK}[n == 1], nil, fmt.Sprintf("answer %d", n)
	})
	s.do("POST", "/v1/triggers/default", object{"name": "first", "actions": []string{"pushImage"}, "targets": []object{
		{"url": target.URL() + "/hook", "headers": []object{{"key": "X-Token", "values": []string{"secret"}}}}, {"url": "http://127.0.0.1:1/events", "format": "cloudevents"},
	}}).want(http.StatusCreated)
	ids := s.push("default", "public/nginx", "v1.10.0")
	got := s.delivery("default", ids[0])
	if got.Status != shipbell.Pending || got.NextAttemptAt == nil || len(got.Attempts) != 0 || got.Request.ContentType != "application/json" {
		t.Fatalf("before its first attempt it is %+v", got)
	}
	if lower := s.delivery("default", shipbell.DeliveryID(strings.ToLower(string(ids[0])))); lower.ID != ids[0] {
		t.Errorf("in lower case it is %+v", lower)
	}
	if other := s.delivery("default", ids[1]); other.Request.ContentType != "application/cloudevents+json" || !strings.Contains(other.Request.Body, `"specversion"`) {
		t.Errorf("the request of the other target is %+v", other.Request)
	}
	s.work()
	received := target.Wait(t, 1, 10*time.Second)[0]
	if string(received.Body) != got.Request.Body || received.ID() != ids[0] {
		t.Errorf("the target got %s %s, the API shows %s %s", received.ID(), received.Body, ids[0], got.Request.Body)
	}
	for len(s.delivery("default", ids[0]).Attempts) == 0 || s.delivery("default", ids[0]).Attempts[0].StatusCode == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	failed := s.delivery("default", ids[0])
	if a := failed.Attempts[0]; failed.Status != shipbell.Pending || a.Number != 1 || a.StatusCode != http.StatusInternalServerError ||
		a.Error != "status 500" || a.ErrorCode != text.StatusNotSuccess || a.Response != "answer 1" || !failed.NextAttemptAt.After(time.Now().Add(30*time.Minute)) {
		t.Errorf("after an attempt that failed it is %+v", failed)
	}
	s.do("POST", deliveriesAt+"/"+string(ids[0])+"/redeliver", nil).want(http.StatusAccepted)
	done := s.await("default", ids[0], shipbell.Succeeded)
	if len(done.Attempts) != 2 || done.Attempts[1].StatusCode != http.StatusOK || done.Attempts[1].Response != "answer 2" || done.NextAttemptAt != nil {
		t.Errorf("at its end it is %+v", done)
	}
	if requests := target.Requests(); requests[1].ID() != ids[0] || requests[1].Header.Get("x-shipbell-attempt") != "2" || string(requests[1].Body) != string(requests[0].Body) {
		t.Errorf("the second request is not the first again: %v", requests)
	}
	headers := http.Header(done.Request.Headers)
	if headers.Get("X-Token") != shipbell.Mask || headers.Get("X-Shipbell-Attempt") != "2" || headers.Get("Webhook-Id") != string(ids[0]) {
		t.Errorf("the request has the headers %v", headers)
	}
	s.do("DELETE", "/v1/triggers/default/1", nil).want(http.StatusNoContent)
	if gone := s.delivery("default", ids[0]); gone.Request.Headers != nil || gone.Request.Body == "" {
		t.Errorf("without its trigger the request is %+v", gone.Request)
	}
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	target := sink.Start(t)
	at := s.trigger("default", "first", target.URL()+"/hook")
	id := s.push("default", "public/nginx", "v1")[0]
	redeliver := func() answer { return s.do("POST", deliveriesAt+"/"+string(id)+"/redeliver", nil) }
	conflict := func(why string) {
		t.Helper()
		if got := decode[apiv1.Problem](redeliver().want(http.StatusConflict)).Detail; !strings.Contains(got, why) {
			t.Errorf("it cannot be sent again because %q, want %q", got, why)
		}
	}
	target.Hang()
	s.work()
	target.Wait(t, 1, 10*time.Second)
	conflict("an attempt is under way")
	target.Release()
	s.await("default", id, shipbell.Succeeded)

	made := decode[apiv1.Delivery](redeliver().want(http.StatusAccepted))
	if made.ID != id || made.Status != shipbell.Pending || made.NextAttemptAt == nil || len(made.Attempts) != 1 {
		t.Errorf("sent again it is %+v", made)
	}
	if got := s.await("default", id, shipbell.Succeeded); len(got.Attempts) != 2 {
		t.Errorf("it has the attempts %+v, want two", got.Attempts)
	}
	s.do("PATCH", at, object{"enabled": false}).want(http.StatusOK)
	conflict("the trigger is disabled")
	s.do("PATCH", at, object{"enabled": true, "targets": []object{{"url": target.URL() + "/corrected"}}}).want(http.StatusOK)
	redeliver().want(http.StatusAccepted)
	if got := s.await("default", id, shipbell.Succeeded); len(got.Attempts) != 3 || got.TargetURL != target.URL()+"/hook" || target.Requests()[2].URI != "/corrected" {
		t.Errorf("after its URL was corrected it is %+v, the request %s", got, target.Requests()[2].URI)
	}
	s.do("PATCH", at, object{"targets": []object{{"url": target.URL() + "/a"}, {"url": target.URL() + "/b"}}}).want(http.StatusOK)
	conflict("the trigger has no such target any more")
	s.do("DELETE", at, nil).want(http.StatusNoContent)
	conflict("the trigger was deleted")
	if got := s.delivery("default", id); got.Status != shipbell.Succeeded || len(got.Attempts) != 3 {
		t.Errorf("what was refused left it as %+v", got)
	}
	if n := len(target.Requests()); n != 3 {
		t.Errorf("the target got %d requests, want 3", n)
	}
}

// TestRedeliverMany sends again what failed in an outage, by every restriction.
func TestRedeliverMany(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.registry("other")
	target := sink.Start(t)
	down := true
	target.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		if strings.HasPrefix(r.URI, "/down") && down {
			return http.StatusGone, nil, ""
		}
		return http.StatusOK, nil, ""
	})
	s.trigger("default", "up", target.URL()+"/up")
	s.trigger("default", "down", target.URL()+"/down-1")
	s.trigger("default", "down-too", target.URL()+"/down-2")
	off := s.trigger("default", "off", target.URL()+"/down-3")
	s.trigger("other", "down", target.URL()+"/down-4")
	s.work()
	s.push("other", "public/nginx", "v1")
	var ids []shipbell.DeliveryID
	for i := range 3 {
		ids = append(ids, s.push("default", "public/nginx", fmt.Sprint("v", i))...)
		time.Sleep(2 * time.Millisecond)
	}
	ended := func() (byStatus map[shipbell.Status]int) {
		t.Helper()
		byStatus = map[shipbell.Status]int{}
		for _, id := range ids {
			for s.delivery("default", id).Status == shipbell.Pending {
				time.Sleep(2 * time.Millisecond)
			}
			byStatus[s.delivery("default", id).Status]++
		}
		return byStatus
	}
	if got := ended(); got[shipbell.Failed] != 9 || got[shipbell.Succeeded] != 3 {
		t.Fatalf("after the outage they are %v", got)
	}
	s.do("PATCH", off, object{"enabled": false}).want(http.StatusOK) // its deliveries are left alone
	target.WaitIdle(t, 10*time.Second)
	second := s.delivery("default", ids[4]).CreatedAt
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	again := func(body object, want int) {
		t.Helper()
		counted := decode[apiv1.Changed](s.do("POST", deliveriesAt+"/redeliver?dry_run=true", body).want(http.StatusOK)).Count
		if counted != want {
			t.Errorf("%v would send %d again, want %d", body, counted, want)
		}
		got := decode[apiv1.Changed](s.do("POST", deliveriesAt+"/redeliver", body).want(http.StatusAccepted))
		if got.Count != want || got.More {
			t.Errorf("%v sends %+v again, want %d", body, got, want)
		}
		ended()
	}
	again(object{"trigger": 99}, 0)
	again(object{"status": "cancelled"}, 0)
	again(object{"since": future}, 0)
	again(object{"until": past}, 0)
	again(object{"trigger": 1}, 0)
	again(object{"trigger": 1, "status": "succeeded"}, 3)
	again(object{"action": shipbell.DeleteImage}, 0)
	again(object{"repository": "public/ngin"}, 0)
	again(object{"trigger": 2, "repository": "public/nginx", "action": shipbell.PushImage}, 3)
	again(object{"trigger": 2, "since": second}, 2)
	again(object{"trigger": 2, "until": second}, 1)
	again(object{"trigger": 2, "since": past, "until": future, "status": "failed"}, 3)
	again(object{}, 6) // those of two triggers
	down = false
	again(object{"status": "failed"}, 6)
	again(object{"status": "failed"}, 0) // none is left
	if got := ended(); got[shipbell.Failed] != 3 || got[shipbell.Succeeded] != 9 {
		t.Errorf("in the end they are %v", got)
	}
	other := decode[apiv1.Deliveries](s.do("GET", "/v1/deliveries/other", nil).want(http.StatusOK)).Deliveries
	if len(other) != 1 || len(other[0].Attempts) != 1 {
		t.Errorf("the deliveries of another registry are %+v", other)
	}
}

// TestRedeliverManyTwice asks twice at once: what the first made pending, the
// second leaves alone.
func TestRedeliverManyTwice(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.trigger("default", "first", "http://127.0.0.1:1/")
	at := s.trigger("default", "second", "http://127.0.0.1:1/")
	for i := range 5 {
		s.push("default", "public/nginx", fmt.Sprint("v", i))
	}
	s.do("PATCH", at, object{"enabled": false}).want(http.StatusOK) // cancels five
	s.do("PATCH", at, object{"enabled": true}).want(http.StatusOK)
	before := s.queue.sent.Load()
	for _, want := range []int{5, 0} {
		got := decode[apiv1.Changed](s.do("POST", deliveriesAt+"/redeliver", object{}).want(http.StatusAccepted)).Count
		if got != want {
			t.Errorf("%d are sent again, want %d", got, want)
		}
	}
	if got := s.queue.sent.Load() - before; got != 5 {
		t.Errorf("%d messages were sent, want 5", got)
	}
	list := decode[apiv1.Deliveries](s.do("GET", deliveriesAt, nil).want(http.StatusOK)).Deliveries
	for _, d := range list {
		if d.Status != shipbell.Pending || d.Reason != "" {
			t.Errorf("a delivery is %+v, want it pending without a reason", d)
		}
	}
}
