package shipbell_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func TestKindsOfAttempts(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0)
	d := shipbell.Delivery{Status: shipbell.Pending, CreatedAt: now}
	schedule := shipbell.Schedule{time.Second}
	try := func() {
		d.Claim(now, now.Add(time.Minute), schedule)
		d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Exchange: &shipbell.Exchange{Remote: "10.0.0.1:80"}}, schedule, 0)
	}
	try()
	try()
	d.Redeliver(now)
	try()
	try()
	var got []shipbell.AttemptKind
	var kept []bool
	for _, a := range d.Attempts {
		got, kept = append(got, a.Kind()), append(kept, a.Exchange != nil)
	}
	want := []shipbell.AttemptKind{shipbell.AttemptFirst, shipbell.AttemptRetry, shipbell.AttemptManual, shipbell.AttemptRetry}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]bool{true, false, false, true}, kept); diff != "" {
		t.Errorf("what was seen is kept (-want +got):\n%s", diff)
	}
}

// TestAddressesAreForAdmins: others see neither where a target was found nor which address
// of a private network was blocked.
func TestAddressesAreForAdmins(t *testing.T) {
	t.Parallel()
	private := text.New(text.AddressBlocked, text.New(text.AddressPrivate, "10.0.0.1", "10.0.0.0/8"))
	stored := shipbell.Delivery{Attempts: []shipbell.Attempt{{Number: 1, Error: private, Exchange: &shipbell.Exchange{Remote: "10.0.0.1:80", RequestBytes: 7}}}}
	for role, want := range map[shipbell.Role]shipbell.Attempt{
		shipbell.RoleAdmin:  stored.Attempts[0],
		shipbell.RoleViewer: {Number: 1, Error: text.New(text.AddressBlocked, text.AddressNotPublic), Exchange: &shipbell.Exchange{RequestBytes: 7}},
	} {
		d := stored
		d.HideFrom(role)
		if diff := cmp.Diff(want, d.Attempts[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
	if stored.Attempts[0].Exchange.Remote == "" {
		t.Error("what is stored was changed")
	}
}
