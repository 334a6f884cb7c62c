package app_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestTimeoutThatThePlatformHasNotTheTimeFor is refused by an error that names the most, where
// a trigger is made and where it is changed; one that is stored may stay.
func TestTimeoutThatThePlatformHasNotTheTimeFor(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	a := &app.App{Store: b.Store, Now: b.Clock.Now, MaxTimeout: 45 * time.Second}
	admin := shipbell.AccessKey{Role: shipbell.RoleAdmin}
	trigger := func(name string, seconds int) shipbell.Trigger {
		return shipbell.Trigger{
			Registry: "default", Name: name, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
			Targets: []shipbell.Target{{URL: "https://ci.example.com/", Options: shipbell.Options{Timeout: seconds}}},
		}
	}
	refused := func(err error) {
		t.Helper()
		var fields []shipbell.FieldError
		if e, ok := err.(*shipbell.Error); ok && e.Kind == shipbell.Invalid {
			fields = e.Fields
		}
		if len(fields) != 1 || fields[0].Field != "targets[0].timeout" || fields[0].Message.String() != "must be a whole number from 1 to 45" {
			t.Errorf("error %v, %+v", err, fields)
		}
	}
	_, err := a.CreateTrigger(t.Context(), admin, trigger("long", 46), false)
	refused(err)
	made, err := a.CreateTrigger(t.Context(), admin, trigger("fits", 45), false)
	if err != nil {
		t.Fatal(err)
	}
	change := func(seconds int) error {
		_, err := a.ChangeTrigger(t.Context(), admin, app.TriggerChange{Registry: "default", ID: made.ID, Edit: func(t *shipbell.Trigger) error {
			t.Targets[0].Timeout, t.Description = seconds, "changed"
			return nil
		}})
		return err
	}
	refused(change(60))
	a.MaxTimeout = 30 * time.Second
	if err := change(45); err != nil {
		t.Errorf("one that is stored: %v", err)
	}
}
