package writeunits_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/sink"
)

// TestAdoptedTable has new processes use a copy of a table, as a stack does that is given
// a restored one: access keys open, the history is there, and what was pending is
// attempted. With another sealing key nothing opens.
func TestAdoptedTable(t *testing.T) {
	target := sink.Start(t)
	a := newAccount(t, 1, target.URL()+"/hook")
	a.announce(t, sweep.Build(a.process(t, setup.Sweep)).Timer)
	receives := receive.Build(a.process(t, setup.Receive)).HTTP
	a.send(t, receives, 1)
	a.drain(t, deliver.Build(a.process(t, setup.Deliver)).Message)
	a.send(t, receives, 2)
	a.queue.messages = nil // those of the old table are of no use to the new one

	a.env["SHIPBELL_TABLE"] = a.restored(t)
	a.now = a.now.Add(time.Hour)
	sweeps, delivers := sweep.Build(a.process(t, setup.Sweep)).Timer, deliver.Build(a.process(t, setup.Deliver)).Message
	for range 3 {
		a.now = a.now.Add(time.Minute)
		a.announce(t, sweeps)
		a.drain(t, delivers)
	}
	if got := len(target.Requests()); got != 2 {
		t.Errorf("%d attempts were made, want one for each event", got)
	}
	if status, text := a.history(t); status != http.StatusOK || strings.Count(text, `"status":"succeeded"`) != 2 {
		t.Errorf("the history of the restored table: %d %s", status, text)
	}
	a.env["SHIPBELL_SEAL_KEY"] = "env:" + access.NewSealKey()
	if status, text := a.history(t); status == http.StatusOK {
		t.Errorf("the table opens with another sealing key: %s", text)
	}
}

// restored makes a copy of the account's table, item by item.
func (a *account) restored(t *testing.T) string {
	t.Helper()
	from, to, client := a.env["SHIPBELL_TABLE"], a.NewTable(t), a.DynamoDBClient()
	items, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &from})
	if err != nil || items.LastEvaluatedKey != nil {
		t.Fatalf("read the table: %v, %v", items, err)
	}
	for _, item := range items.Items {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &to, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// history asks a new process for the registry's deliveries.
func (a *account) history(t *testing.T) (status int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/deliveries/default", nil)
	r.Header.Set("Authorization", "Bearer "+a.key)
	w := httptest.NewRecorder()
	logs.Build(a.process(t, setup.Logs)).HTTP.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
