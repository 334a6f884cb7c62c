package deliver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/fault"
)

// send sends an event until it is acknowledged, but not for ever.
func (w *world) send(p *process, tag string) {
	for range 5 {
		if w.post(p, tag) {
			return
		}
		time.Sleep(time.Second)
	}
}

// sendAgain sends events again that were acknowledged before.
func (w *world) sendAgain(p *process) {
	for _, tag := range slices.Sorted(maps.Keys(w.acknowledged)) {
		w.post(p, tag)
	}
}

// namespace is where an event of a tag happens, and images is how many it pushes.
func (w *world) namespace(tag string) string {
	if strings.HasSuffix(tag, "5") || strings.HasSuffix(tag, "4") {
		return "late"
	}
	return "public"
}

func (w *world) images(tag string) int {
	if strings.HasSuffix(tag, "3") {
		return 300
	}
	return 1
}

// post sends one event and reports whether it was acknowledged. The same event
// must make the same deliveries whenever it comes.
func (w *world) post(p *process, tag string) bool {
	body := push(tag, w.namespace(tag), w.images(tag))
	// The time tells apart those who send the same event.
	ctx := fault.Caller(w.t.Context(), fmt.Sprint(body, time.Now().UnixNano()))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/events/default", strings.NewReader(body))
	r.SetBasicAuth("key", "secret")
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, r)
	if answer.Code != http.StatusAccepted {
		if answer.Code < 500 {
			w.t.Errorf("event %s: status %d: %s", tag, answer.Code, answer.Body)
		}
		return false
	}
	var read struct {
		Events []struct {
			ID         string
			Deliveries []shipbell.DeliveryID
			Burst      string
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &read); err != nil || len(read.Events) != 1 {
		w.t.Errorf("event %s: answer %s, %v", tag, answer.Body, err)
		return false
	}
	w.acknowledge(tag, read.Events[0].ID, read.Events[0].Burst, read.Events[0].Deliveries)
	return true
}

// acknowledge notes what an answer promises.
func (w *world) acknowledge(tag, event, burst string, ids []shipbell.DeliveryID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first, before := w.acknowledged[tag]
	public := w.namespace(tag) == "public"
	if before && public && !slices.Equal(first, ids) && !w.brokenEvents[event] && !w.brokenEvents[w.bursts[tag]] {
		w.t.Errorf("event %s made %v, and now %v", tag, first, ids)
	}
	if public && len(ids) != 3 {
		w.t.Errorf("event %s made %d deliveries", tag, len(ids))
	}
	w.acknowledged[tag], w.bursts[tag] = ids, burst
	for _, id := range ids {
		w.promised[id] = tag
		if burst != "" {
			w.merged[id] = true
		}
	}
}
