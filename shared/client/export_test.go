package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
)

// TestExportDeliveries reads on by the cursor in the last line, and tells when the server
// could not.
func TestExportDeliveries(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":       `{"id":"A"}` + "\n" + `{"id":"B"}` + "\n" + `{"complete":false,"note":"more","next_cursor":"second","damaged":1}` + "\n",
		"second": `{"id":"C"}` + "\n" + `{"complete":false,"note":"left out","next_cursor":"","damaged":2}` + "\n",
		"broken": `{"complete":false,"note":"The rest could not be read.","next_cursor":"","damaged":0}` + "\n",
	}
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/v1/deliveries/default/export") || r.URL.Query().Get("tag") != "v1" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, pages[r.URL.Query().Get("cursor")])
	}, client.Options{})
	var got []string
	write := func(d apiv1.Delivery) { got = append(got, string(d.ID)) }
	q := client.DeliveryQuery{More: apiv1.Filter{Tag: "v1"}}
	damaged, err := c.ExportDeliveries(t.Context(), "default", q, write)
	if diff := cmp.Diff([]string{"A", "B", "C"}, got); diff != "" || damaged != 3 || err != nil {
		t.Errorf("%d damaged, %v, deliveries (-want +got):\n%s", damaged, err, diff)
	}
	q.Cursor = "broken"
	if _, err := c.ExportDeliveries(t.Context(), "default", q, write); err == nil || err.Error() != "The rest could not be read." {
		t.Errorf("where the server cannot read on: %v", err)
	}
	if _, err := c.ExportDeliveries(t.Context(), "other", q, write); err == nil {
		t.Error("the export of another registry succeeds")
	}
}
