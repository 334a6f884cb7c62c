package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// fakeLog is a server with deliveries and nothing else, newest first.
type fakeLog struct {
	deliveries []apiv1.Delivery
	pageSize   int
	requests   []string
}

func (l *fakeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.requests = append(l.requests, r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	if id, one := strings.CutPrefix(r.URL.Path, "/v1/deliveries/default/"); one {
		i := slices.IndexFunc(l.deliveries, func(d apiv1.Delivery) bool { return string(d.ID) == id })
		if i < 0 {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"detail":"there is no delivery"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(l.deliveries[i])
		return
	}
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339Nano, q.Get("since"))
	from, _ := strconv.Atoi(q.Get("cursor"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	answer := apiv1.Deliveries{Deliveries: []apiv1.Delivery{}}
	for i := from; i < len(l.deliveries); i++ {
		d := l.deliveries[i]
		if d.CreatedAt.Before(since) || q.Get("status") != "" && q.Get("status") != string(d.Status) {
			continue
		}
		if len(answer.Deliveries) == min(limit, l.pageSize) {
			answer.NextCursor = fmt.Sprint(i)
			break
		}
		answer.Deliveries = append(answer.Deliveries, d)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func newFakeLog(t *testing.T, n int) (*fakeLog, *client.Client) {
	t.Helper()
	l := &fakeLog{pageSize: 100}
	begin := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i := range n {
		at := begin.Add(time.Duration(n-i) * time.Minute)
		l.deliveries = append(l.deliveries, apiv1.Delivery{
			ID: shipbell.DeliveryID(fmt.Sprintf("D%d", n-i)), Status: shipbell.Succeeded, CreatedAt: at, UpdatedAt: at,
			Attempts: []apiv1.Attempt{{Number: 1, StatusCode: 200}},
		})
	}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	cl, err := client.New(client.Options{Server: server.URL, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return l, cl
}

// TestFollowerSeesOldOnes follows deliveries that wait for long, beside new ones.
func TestFollowerSeesOldOnes(t *testing.T) {
	t.Parallel()
	l, cl := newFakeLog(t, 300)
	old, gone := &l.deliveries[295], &l.deliveries[290]
	for _, d := range []*apiv1.Delivery{old, gone} {
		d.Status, d.Attempts = shipbell.Pending, nil
	}
	var out bytes.Buffer
	c := &call{command: logCommand(), registry: "default", asJSON: true, stdout: &out, stderr: &out}
	f := newFollower(c, cl, client.DeliveryQuery{})
	look := func() (seen []string) {
		t.Helper()
		out.Reset()
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			var d delivery
			if err := json.Unmarshal([]byte(line), &d); err != nil || d.ID == "D5" && strings.Contains(line, `"request"`) {
				t.Fatalf("%s: %v", line, err)
			}
			seen = append(seen, fmt.Sprintf("%s %s %d", d.ID, d.Status, d.tries()))
		}
		return seen
	}
	check := func(when string, got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	if err := f.begin(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d lines at the beginning", got)
	}
	check("nothing happened", look())

	old.Attempts = []apiv1.Attempt{{Number: 1}}
	check("an attempt began", look())
	old.Attempts[0].StatusCode, old.Attempts[0].Error = 500, "status 500"
	check("an attempt failed", look(), "D5 pending 1")
	check("nothing happened", look())
	old.Status = shipbell.Cancelled
	id := gone.ID
	l.deliveries = slices.DeleteFunc(l.deliveries, func(d apiv1.Delivery) bool { return d.ID == id })
	fresh := l.deliveries[0]
	fresh.ID, fresh.CreatedAt = "D301", fresh.CreatedAt.Add(time.Hour)
	l.deliveries = append([]apiv1.Delivery{fresh}, l.deliveries...)
	check("one ended, one is gone, one is new", look(), "D5 cancelled 1", "D301 succeeded 1")
	check("nothing happened", look())
	if len(f.known) != 1 {
		t.Errorf("it remembers %d deliveries", len(f.known))
	}
	merged := fresh
	merged.ID, merged.CreatedAt = "D300a", fresh.CreatedAt.Add(-time.Minute)
	l.deliveries = slices.Insert(l.deliveries, 1, merged)
	var late []string
	for range 2 * farEvery {
		late = append(late, look()...)
	}
	check("one that was received a minute earlier, of a burst", late, "D300a succeeded 1")
	l.requests = nil
	look()
	if len(l.requests) != 1 {
		t.Errorf("nothing waits, and yet it asks for %q", l.requests)
	}
}

func TestDeliveryRow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	failed := apiv1.Attempt{Number: 1, Error: "connection refused"}
	resources := []shipbell.Resource{{Tag: "v1"}, {Tag: "v2"}}
	tests := []struct {
		d    delivery
		want string // tries, resource, result
	}{
		{delivery{apiv1.Delivery{Status: shipbell.Pending, Repository: "a/b", NextAttemptAt: &at}}, "0|a/b|"},
		{delivery{apiv1.Delivery{Status: shipbell.Pending, Repository: "a/b", Resources: resources, NextAttemptAt: &at, Attempts: []apiv1.Attempt{failed}}}, "1|a/b:v1 +1|connection refused, next try 2026-11-22 12:00:00"},
		{delivery{apiv1.Delivery{Status: shipbell.Pending, Repository: "a/b", Resources: resources[:1], NextAttemptAt: &at, Attempts: []apiv1.Attempt{failed, {Number: 2}}}}, "1|a/b:v1|connection refused, next try 2026-11-22 12:00:00"},
		{delivery{apiv1.Delivery{Status: shipbell.Succeeded, Resources: []shipbell.Resource{{Digest: "sha256:0123456789abcdef0123"}}, Attempts: []apiv1.Attempt{failed, {Number: 41, StatusCode: 204}}}}, "41|@sha256:0123456789ab…|204"},
		{delivery{apiv1.Delivery{Status: shipbell.Cancelled, Reason: "the trigger was deleted", Attempts: []apiv1.Attempt{failed}}}, "1||the trigger was deleted"},
	}
	for _, tt := range tests {
		row := tt.d.row(at)
		if got := strings.Join([]string{row[3], row[6], row[7]}, "|"); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.d, got, tt.want)
		}
	}
}

// TestShowWithoutEvent shows a delivery whose event is not kept any more.
func TestShowWithoutEvent(t *testing.T) {
	t.Parallel()
	log, _ := newFakeLog(t, 1)
	server := httptest.NewServer(log)
	t.Cleanup(server.Close)
	c, output := newCall(t, logCommand(), map[string]string{"SHIPBELL_SERVER": server.URL, "SHIPBELL_KEY": "ak:secret"})
	c.registry, c.arguments = "default", []string{string(log.deliveries[0].ID)}
	if err := c.showDelivery(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(output.String(), "The event is not kept any more") {
		t.Errorf("it says\n%s", output)
	}
}
