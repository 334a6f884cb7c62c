package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestDamagedRecordsAreCounted has a trigger and a delivery that cannot be read: the lists
// and the export say that they leave one out.
func TestDamagedRecordsAreCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleViewer)
	s.create("one", nil)
	d := s.deliver("e1", "public/nginx", "v1")[0]
	const says = "1 record cannot be read and is left out here"
	for _, path := range []string{"/console/r/default/triggers", logAt} {
		s.get(path).hides(says)
	}
	s.create("two", nil) // whatever was compiled before does not know it
	for _, key := range []platform.Key{{Partition: "trigger/default", Sort: "0000000002"}, {Partition: "delivery/default", Sort: string(d.ID)}} {
		broken := platform.Write{Item: platform.Item{Key: key, Value: []byte("{")}, If: platform.Always}
		if err := platform.First(s.store.Items().Write(t.Context(), broken)); err != nil {
			t.Fatal(err)
		}
	}
	s.clock.now = s.clock.now.Add(2 * time.Second)
	for _, path := range []string{"/console/r/default/triggers", logAt} {
		s.get(path).shows(http.StatusOK, says)
	}
	for _, path := range []string{logAt + "/export.csv", logAt + "/export.json", logAt + "/export.ndjson"} {
		s.get(path).shows(http.StatusOK, "left out because they cannot be read: 1.")
	}
	s.get(logAt+"/export.json").shows(http.StatusOK, `"complete":false`)
}
