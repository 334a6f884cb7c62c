package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/platform"
)

// TestRecords asks for what is damaged, of which there is nothing, and checks all.
func TestRecords(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.populate("alpha")
	if list := decode[apiv1.Records](s.do("GET", "/v1/records", nil).want(http.StatusOK)); len(list.Records) != 0 {
		t.Errorf("damaged are %+v", list.Records)
	}
	if checked := decode[apiv1.RecordCheck](s.do("POST", "/v1/records/check", nil).want(http.StatusOK)); checked.Checked == 0 {
		t.Error("nothing was checked")
	}
	s.do("POST", "/v1/records/check?cursor=nonsense", nil).want(http.StatusBadRequest)
	s.do("DELETE", "/v1/records/none", nil).want(http.StatusNotFound)

	key := platform.Key{Partition: "trigger/alpha", Sort: "0000000001"}
	if err := s.kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: key, Value: []byte("{")}, If: platform.Always})[0]; err != nil {
		t.Fatal(err)
	}
	s.do("POST", "/v1/records/check", nil).want(http.StatusOK)
	list := decode[apiv1.Records](s.do("GET", "/v1/records", nil).want(http.StatusOK))
	if len(list.Records) != 1 || list.Records[0].Kind != "trigger" || list.Records[0].Sort != key.Sort {
		t.Fatalf("damaged are %+v", list.Records)
	}
	if triggers := decode[apiv1.Triggers](s.do("GET", "/v1/triggers/alpha", nil).want(http.StatusOK)); len(triggers.Triggers) != 0 || triggers.Damaged != 1 {
		t.Errorf("the triggers are %+v, want none and one damaged", triggers)
	}
	s.do("DELETE", "/v1/records/"+list.Records[0].Name, nil).want(http.StatusNoContent)
	s.do("GET", "/v1/triggers/alpha/1", nil).want(http.StatusNotFound)
}

// TestDamagedDelivery lists deliveries of which one cannot be read: with each filter it is
// counted that may mean it.
func TestDamagedDelivery(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.trigger("default", "first", someURL)
	s.push("default", "public/nginx", "v1")
	id := s.push("default", "public/nginx", "v2")[0]
	key := platform.Key{Partition: "delivery/default", Sort: string(id)}
	items, err := s.kv.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	broken := platform.Item{Key: key, Value: append([]byte("!"), items[0].Value...)}
	if err := s.kv.Write(t.Context(), platform.Write{Item: broken, If: platform.Always})[0]; err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"": 1, "?trigger=1": 1, "?status=pending": 1, "?status=failed": 0, "?trigger=2": 0} {
		list := decode[apiv1.Deliveries](s.do("GET", deliveriesAt+query, nil).want(http.StatusOK))
		if list.Damaged != want || len(list.Deliveries) != want { // there is one of each
			t.Errorf("%q: %d deliveries, and %d are damaged, want %d of each", query, len(list.Deliveries), list.Damaged, want)
		}
	}
}

// TestAudit reads who changed what, page by page.
func TestAudit(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.populate("alpha")
	s.do("PATCH", "/v1/triggers/alpha/1", object{"enabled": false}).want(http.StatusOK)
	first := decode[apiv1.Audit](s.do("GET", "/v1/audit/alpha?limit=1", nil).want(http.StatusOK))
	if len(first.Entries) != 1 || first.NextCursor == "" || first.Entries[0].Key == "" {
		t.Fatalf("the first page is %+v", first)
	}
	second := decode[apiv1.Audit](s.do("GET", "/v1/audit/alpha?limit=1&cursor="+url.QueryEscape(first.NextCursor), nil).want(http.StatusOK))
	if len(second.Entries) != 1 || second.Entries[0].Action == first.Entries[0].Action && second.Entries[0].At.Equal(first.Entries[0].At) {
		t.Errorf("the second page is %+v after %+v", second, first)
	}
	s.do("GET", "/v1/audit/alpha?cursor=nonsense", nil).want(http.StatusBadRequest)
	s.do("GET", "/v1/audit/alpha?limit=0", nil).wantFields("limit")
}
