package tcrlife

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/tcr/v20190924"

	"github.com/shipbell/shipbell/shared/apiv1"
	rest "github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// patience bounds every wait; none should come near it.
const patience = 30 * time.Second

// headerSecret is the value of a header that no log may hold.
const headerSecret = "tcrlife-header-secret"

// Run leads triggers of the registry default through their whole lives, makes every
// error that a client can meet, and leaves nothing behind but access keys and
// deliveries. secrets are texts that no log of the shipbell may hold.
func Run(t *testing.T, srv *server.Server) (secrets []string) {
	c := clients{srv}
	t.Run("life", func(t *testing.T) { c.life(t) })
	t.Run("pages", func(t *testing.T) { c.pages(t) })
	t.Run("signatures", func(t *testing.T) { c.signatures(t) })
	t.Run("terraform", func(t *testing.T) { c.terraform(t) })
	t.Run("at once", func(t *testing.T) { c.atOnce(t) })
	t.Run("two doors", func(t *testing.T) { c.twoDoors(t) })
	t.Run("errors", func(t *testing.T) { secrets = c.errors(t) })
	_, secret, _ := strings.Cut(srv.Key(), ":")
	return append(secrets, secret, headerSecret)
}

// life is that of one trigger, from its creation to its end.
func (c clients) life(t *testing.T) {
	client, to := c.as(t, c.srv.Key(), nil), sink.Start(t)
	made, err := create(client, newTrigger("life", newTarget(to.URL()+"/a", newHeader("X-Token", headerSecret))))
	if err != nil {
		t.Fatal(err)
	}
	id := *made.Id
	if *made.NamespaceId == 0 || *made.Name != "life" {
		t.Errorf("created %s", show(made))
	}
	c.delivers(t, client, id, to)

	for _, change := range []struct {
		what   string
		change func(*tcr.WebhookTrigger)
	}{
		{"name", func(t *tcr.WebhookTrigger) { t.Name = common.StringPtr("life-2") }},
		{"description", func(t *tcr.WebhookTrigger) { t.Description = common.StringPtr("") }},
		{"event types", func(t *tcr.WebhookTrigger) {
			t.EventTypes = common.StringPtrs([]string{"uploadChart", "pushImage", "deleteImage"})
		}},
		{"condition", func(t *tcr.WebhookTrigger) { t.Condition = common.StringPtr("{app, web}*/**") }},
		{"condition with a tag", func(t *tcr.WebhookTrigger) {
			t.Condition = common.StringPtr(`{"repository":"app*","tag":"v*"}`)
		}},
		{"targets", func(t *tcr.WebhookTrigger) {
			t.Targets = []*tcr.WebhookTarget{newTarget(to.URL()+"/b", newHeader("X-A", "2", "1"), newHeader("X-B", "")), newTarget(to.URL() + "/a")}
		}},
		{"enabled", func(t *tcr.WebhookTrigger) { t.Enabled = common.BoolPtr(false) }},
	} {
		// A client such as Terraform sends all that it knows.
		change.change(made)
		if err := modify(client, made); err != nil {
			t.Fatalf("%s: %v", change.what, err)
		}
		c.found(t, client, made)
	}
	c.falls(t, to)
	if err := remove(client, id); err != nil {
		t.Fatal(err)
	}
	if left, total, err := describe(client, 0, 0); err != nil || total != 0 || len(left) != 0 {
		t.Errorf("after the end there are %d triggers, %v", total, err)
	}
	if err := remove(client, id); code(t, err) != "ResourceNotFound.TcrResourceNotFound" {
		t.Errorf("deleted again: %v", err)
	}
}

// delivers has the trigger fire, and looks for that in its log.
func (c clients) delivers(t *testing.T, client *tcr.Client, id int64, to *sink.Sink) {
	t.Helper()
	c.srv.Accept(pushed("v1.0"))
	received := to.Wait(t, 1, patience)[0]
	if got := received.Header.Values("X-Token"); !slices.Equal(got, []string{headerSecret}) {
		t.Errorf("the target got the header %q", got)
	}
	c.srv.WaitFor(rest.DeliveryQuery{Trigger: shipbell.ID(id)}, func(all []apiv1.Delivery) bool { return len(all) == 1 && server.AllEnded(all) }, patience)
	logs, total, err := logOf(client, id)
	if err != nil || total != 1 || len(logs) != 1 {
		t.Fatalf("%d of %d in the log, %v", len(logs), total, err)
	}
	log := logs[0]
	if diff := gocmp.Diff(string(received.Body), *log.Detail); diff != "" {
		t.Errorf("the log's detail (-sent +logged):\n%s", diff)
	}
	if *log.Id <= 0 || *log.TriggerId != id || *log.EventType != "pushImage" || *log.NotifyType != "http" || *log.Status != "finished" {
		t.Errorf("the log says %s", show(log))
	}
	began, err := time.Parse(time.RFC3339, *log.CreationTime)
	ended, err2 := time.Parse(time.RFC3339, *log.UpdateTime)
	if err != nil || err2 != nil || ended.Before(began) || began.After(received.Time) {
		t.Errorf("the log says %s to %s, and the request came at %v", *log.CreationTime, *log.UpdateTime, received.Time)
	}
}

// found compares the one trigger of the namespace with what it should be.
func (c clients) found(t *testing.T, client *tcr.Client, want *tcr.WebhookTrigger) {
	t.Helper()
	all, total, err := describe(client, 0, 0)
	if err != nil || total != 1 || len(all) != 1 {
		t.Fatalf("%d of %d triggers, %v", len(all), total, err)
	}
	if diff := gocmp.Diff(show(want), show(all[0])); diff != "" {
		t.Errorf("described (-want +got):\n%s", diff)
	}
}

// falls waits until events fire nothing any more: other processes hear of a change
// within a second.
func (c clients) falls(t *testing.T, to *sink.Sink) {
	t.Helper()
	for n, deadline := 0, time.Now().Add(patience); ; n++ {
		if len(c.srv.Accept(pushed(fmt.Sprint("v2.", n))).Events[0].Deliveries) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the disabled trigger still fires")
		}
		time.Sleep(10 * time.Millisecond)
	}
	to.WaitIdle(t, patience)
}

// pages reads a list in pages, and as a whole.
func (c clients) pages(t *testing.T) {
	client := c.as(t, c.srv.Key(), nil)
	var ids []int64
	for i := range 5 {
		made, err := create(client, newTrigger(fmt.Sprint("page-", i), newTarget("https://ci.example.com/hook")))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, *made.Id)
	}
	for _, page := range []struct{ offset, limit, from, to int64 }{{0, 0, 0, 5}, {0, 2, 0, 2}, {2, 2, 2, 4}, {4, 2, 4, 5}, {5, 2, 5, 5}, {0, 100, 0, 5}} {
		found, total, err := describe(client, page.offset, page.limit)
		if err != nil || total != 5 {
			t.Fatalf("%d triggers, %v", total, err)
		}
		got := []int64{}
		for _, one := range found {
			got = append(got, *one.Id)
		}
		if diff := gocmp.Diff(ids[page.from:page.to], got); diff != "" {
			t.Errorf("%d from %d (-want +got):\n%s", page.limit, page.offset, diff)
		}
	}
	c.clear(t, client, ids...)
}

func (c clients) clear(t *testing.T, client *tcr.Client, ids ...int64) {
	t.Helper()
	for _, id := range ids {
		if err := remove(client, id); err != nil {
			t.Error(err)
		}
	}
}

// twoDoors sees by one API what the other made.
func (c clients) twoDoors(t *testing.T) {
	client := c.as(t, c.srv.Key(), nil)
	made := c.srv.CreateTrigger(apiv1.TriggerSettings{
		Name: "by-rest", Actions: []shipbell.Action{"pushImage"}, Rule: shipbell.Rule{Namespace: namespace, Repository: "app", Tag: "v*"},
		Targets: []apiv1.Target{{URL: "https://ci.example.com/hook"}},
	})
	all, _, err := describe(client, 0, 0)
	if err != nil || len(all) != 1 || *all[0].Id != int64(made.ID) || *all[0].Name != "by-rest" || *all[0].Condition != `{"repository":"app","tag":"v*"}` {
		t.Fatalf("described %s, %v", show(all), err)
	}
	all[0].Condition = common.StringPtr("web")
	if err := modify(client, all[0]); err != nil {
		t.Fatal(err)
	}
	seen, err := c.srv.API.GetTrigger(t.Context(), registry, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(shipbell.Rule{Namespace: namespace, Repository: "web", Dialect: pattern.TCR}, seen.Rule); diff != "" || seen.Name != "by-rest" {
		t.Errorf("%s: the rule (-want +got):\n%s", seen.Name, diff)
	}
	if err := c.srv.API.DeleteTrigger(t.Context(), registry, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, total, err := describe(client, 0, 0); err != nil || total != 0 {
		t.Errorf("%d left, %v", total, err)
	}
}
