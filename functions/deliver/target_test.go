package deliver_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestCorrectedTarget changes a target while a delivery to it waits: the next attempt
// goes to the target as it is now. An older version's delivery gets the target's id.
func TestCorrectedTarget(t *testing.T) {
	t.Parallel()
	for name, older := range map[string]bool{"": false, "of an older version": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
					return shipbell.Outcome{StatusCode: 404, Error: text.New(text.StatusNotSuccess, 404)}
				}
				handle := deliver.New(b.deps).Message
				d := b.accept()[0]
				if err := handle(t.Context(), b.message(&d)); err != nil {
					t.Fatal(err)
				}
				d = b.stored(d)
				if older {
					d.TargetID = 0
					d = b.save(d)
				}
				changed := b.trigger.Clone()
				changed.Targets[0].URL, changed.Targets[0].Format, changed.Targets[0].PathSecret = "http://corrected/", shipbell.FormatCloudEvents, true
				changed.Targets[0].FormerURL = "http://one/" // as reading what an older version stored gives it
				if _, err := b.store.ReplaceTrigger(t.Context(), changed); err != nil {
					t.Fatal(err)
				}
				var format shipbell.Format
				b.sender = func(d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
					format = d.Format
					return shipbell.Outcome{StatusCode: 200}
				}
				time.Sleep(time.Until(d.NextAttemptAt))
				if err := handle(t.Context(), b.message(&d)); err != nil {
					t.Fatal(err)
				}
				d = b.stored(d)
				if diff := cmp.Diff([]string{"http://one/ 1", "http://corrected/ 2"}, b.sent); diff != "" {
					t.Errorf("sent (-want +got):\n%s", diff)
				}
				if d.Status != shipbell.Succeeded || d.TargetID != 1 || d.TargetURL != "http://one/" || !d.PathSecret || format != shipbell.FormatCloudEvents {
					t.Errorf("the delivery is %+v, its body had the format %s", d, format)
				}
			})
		})
	}
}
