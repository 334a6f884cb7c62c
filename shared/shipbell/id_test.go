package shipbell_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

var noon = time.Date(2024, 12, 2, 12, 0, 0, 123e6, time.UTC)

func TestDeliveryIDIsStable(t *testing.T) {
	t.Parallel()
	id := shipbell.NewDeliveryID(noon, "default", "event", 7, "https://a/")
	// Stored deliveries are found by this id: it may never change.
	if want := shipbell.DeliveryID("01JE3KVRKV000001WD1M3Z9MAX"); id != want {
		t.Errorf("id %s, want %s", id, want)
	}
	if again := shipbell.NewDeliveryID(noon.In(time.FixedZone("", 3600)), "default", "event", 7, "https://a/"); again != id {
		t.Errorf("the same event makes %s and %s", id, again)
	}
	for name, other := range map[string]shipbell.DeliveryID{
		"time":     shipbell.NewDeliveryID(noon.Add(time.Millisecond), "default", "event", 7, "https://a/"),
		"registry": shipbell.NewDeliveryID(noon, "other", "event", 7, "https://a/"),
		"event":    shipbell.NewDeliveryID(noon, "default", "other", 7, "https://a/"),
		"trigger":  shipbell.NewDeliveryID(noon, "default", "event", 8, "https://a/"),
		"target":   shipbell.NewDeliveryID(noon, "default", "event", 7, "https://b/"),
		"border":   shipbell.NewDeliveryID(noon, "defaulte", "vent", 7, "https://a/"),
	} {
		if other == id {
			t.Errorf("another %s makes the same id", name)
		}
	}
}

func TestDeliveryIDsSortByArrival(t *testing.T) {
	t.Parallel()
	var ids []shipbell.DeliveryID
	for i := range 100 {
		ids = append(ids, shipbell.NewDeliveryID(noon.Add(time.Duration(i)*time.Millisecond), "default", "event", shipbell.MaxID-shipbell.ID(i), "https://a/"))
	}
	if !slices.IsSorted(ids) {
		t.Error("ids do not sort by arrival")
	}
	if ids[1] < shipbell.FirstDeliveryID(noon.Add(time.Millisecond)) || ids[0] >= shipbell.FirstDeliveryID(noon.Add(time.Millisecond)) {
		t.Error("FirstDeliveryID is no bound")
	}
	if zero := shipbell.FirstDeliveryID(time.Time{}); zero > shipbell.FirstDeliveryID(time.UnixMilli(1)) || len(zero) != 26 {
		t.Errorf("first id of the zero time is %s", zero)
	}
}

func TestDeliveryIDRoundTrip(t *testing.T) {
	t.Parallel()
	id := shipbell.NewDeliveryID(noon, "default", "event", shipbell.MaxID, "https://a/")
	parsed, err := shipbell.ParseDeliveryID(string(id))
	if err != nil || parsed != id || !parsed.ReceivedAt().Equal(noon) || parsed.TriggerID() != shipbell.MaxID {
		t.Errorf("parsed %s, %v, received at %v, of trigger %d", parsed, err, parsed.ReceivedAt(), parsed.TriggerID())
	}
	for _, text := range []string{"", "x", string(id) + "0", string(id[:25]), "01je3pmkvv0000000000000000", "01JE3PMKVV000000000000000U", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ"} {
		if _, err := shipbell.ParseDeliveryID(text); err == nil {
			t.Errorf("%q is taken for an id", text)
		}
	}
	if !shipbell.DeliveryID("x").ReceivedAt().IsZero() || shipbell.DeliveryID("x").TriggerID() != 0 {
		t.Error("a text that is no id has a time or a trigger")
	}
}

func TestDeliveryNumber(t *testing.T) {
	t.Parallel()
	first := shipbell.NewDeliveryID(noon, "default", "event", 7, "https://a/")
	if got, want := first.Number(), noon.UnixMilli()<<12|0x15d; got != want {
		t.Errorf("number %d, want %d", got, want)
	}
	if other := shipbell.NewDeliveryID(noon, "default", "event", 7, "https://b/"); other.Number() == first.Number() {
		t.Error("two targets have one number")
	}
	if later := shipbell.NewDeliveryID(noon.Add(time.Millisecond), "default", "event", 7, "https://a/"); later.Number() <= first.Number() {
		t.Error("a later delivery has a lower number")
	}
	last := shipbell.NewDeliveryID(time.Date(2039, 1, 1, 0, 0, 0, 0, time.UTC), "default", "event", 7, "https://a/")
	if last.Number() >= 1<<53 {
		t.Errorf("number %d does not fit 53 bits", last.Number())
	}
	if shipbell.DeliveryID("x").Number() != 0 {
		t.Error("a text that is no id has a number")
	}
}
