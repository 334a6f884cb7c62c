package deliver_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// harm is what befalls the clocks and the records of a world.
type harm struct {
	// steps tells that clocks are set an hour ahead or back now and then. If not, they
	// differ by less than shipbell.MaxSkew.
	steps bool
	// rots tells that records are damaged now and then.
	rots bool
	// broken are the damaged deliveries, and brokenEvents the events with a damaged
	// receipt.
	broken       map[shipbell.DeliveryID]bool
	brokenEvents map[string]bool
}

func newHarm(random *rand.Rand) harm {
	return harm{
		steps: random.IntN(2) == 0, rots: random.IntN(3) == 0,
		broken: map[shipbell.DeliveryID]bool{}, brokenEvents: map[string]bool{},
	}
}

// skew is a difference of a clock that has no effect.
func skew(random *rand.Rand) time.Duration {
	return time.Duration(random.Int64N(int64(shipbell.MaxSkew))) - shipbell.MaxSkew/2
}

// keepTime sets the clock of a process an hour ahead or back at random moments, for about
// a minute each time, until the process ends.
func (w *world) keepTime(p *process, random *rand.Rand) {
	for p.alive() {
		p.sleep(time.Duration(random.Int64N(int64(40 * time.Second))))
		p.step([]time.Duration{time.Hour, -time.Hour}[random.IntN(2)])
		p.sleep(time.Duration(random.Int64N(int64(90 * time.Second))))
		p.step(skew(random))
	}
}

// damage breaks one byte of a pending delivery, or of the receipt of its event.
func (w *world) damage() {
	w.t.Helper()
	if !w.rots || w.random.IntN(3) > 0 {
		return
	}
	rows, deliveries := w.rows()
	var at []int
	for i, d := range deliveries {
		if d.Status == shipbell.Pending {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return
	}
	i := at[w.random.IntN(len(at))]
	if w.random.IntN(2) == 0 {
		w.broken[deliveries[i].ID] = true
		w.breakByte(rows[i])
		return
	}
	event := deliveries[i].Event.ID
	key := platform.Key{Partition: "event/default/" + shipbell.EventIDKey(event), Sort: "receipt"}
	items, err := w.kv.Get(w.t.Context(), key)
	if err != nil || items[0].Version == 0 {
		w.t.Fatalf("receipt of event %s: %+v, %v", event, items, err)
	}
	w.brokenEvents[event] = true
	w.breakByte(items[0])
}

// breakByte puts a byte into a record that no JSON has.
func (w *world) breakByte(item platform.Item) {
	w.t.Helper()
	item.Value[w.random.IntN(len(item.Value))] = 1
	if json.Valid(item.Value) {
		w.t.Fatal("the damaged record is valid")
	}
	if err := w.kv.Write(w.t.Context(), platform.Write{Item: item, If: platform.Always})[0]; err != nil {
		w.t.Fatal(err)
	}
}

// setAside are the damaged deliveries that people are told of.
func (w *world) setAside() map[shipbell.DeliveryID]bool {
	w.t.Helper()
	records, err := w.admin().SetAside(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	listed := map[shipbell.DeliveryID]bool{}
	for _, r := range records {
		listed[shipbell.DeliveryID(r.Sort)] = true
	}
	return listed
}

// push is a push of an event to the registry: most have one image, some so many that the
// event is kept in chunks.
func push(tag, namespace string, images int) string {
	resources := fmt.Sprintf(`{"digest":"sha256:0","tag":%q}`, tag)
	for i := range images - 1 {
		resources += fmt.Sprintf(`,{"digest":"sha256:%d","tag":"%s-%d"}`, i+1, tag, i+1)
	}
	return fmt.Sprintf(`{"type":"pushImage","occur_at":946684800,"event_data":{"resources":[%s],`+
		`"repository":{"date_created":1,"repo_full_name":"%s/app"}}}`, resources, namespace)
}
