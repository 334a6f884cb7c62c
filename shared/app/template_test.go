package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestTemplatesAreChecked has every way to a stored or tried trigger refuse templates that
// break a rule, together with what else is wrong, and change nothing.
func TestTemplatesAreChecked(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	a := &app.App{Store: b.Store, Now: b.Clock.Now}
	key := shipbell.AccessKey{ID: "ak1", Role: shipbell.RoleAdmin}
	made, err := a.CreateTrigger(t.Context(), key, storetest.Trigger("good"), false)
	must(t, err)
	spoil := func(one *shipbell.Trigger) error {
		one.Name = "Wrong"
		target := &one.Targets[0]
		target.Format, target.Template = shipbell.FormatTemplate, "{{print 1}}"
		target.Query = []shipbell.Field{{Name: "tag", Value: "{{.Tag"}}
		target.EventHeaders = []shipbell.Field{{Name: "X-Tag", Value: "{{range 9}}{{end}}"}}
		return nil
	}
	bad := storetest.Trigger("bad")
	must(t, spoil(&bad))
	for name, try := range map[string]func(dryRun bool) error{
		"create": func(dryRun bool) error {
			_, err := a.CreateTrigger(t.Context(), key, bad, dryRun)
			return err
		},
		"change": func(dryRun bool) error {
			_, err := a.ChangeTrigger(t.Context(), key, app.TriggerChange{Registry: "default", ID: made.ID, Edit: spoil, DryRun: dryRun})
			return err
		},
		"test": func(bool) error {
			_, err := a.TestTarget(t.Context(), key, app.TargetTest{Registry: "default", Action: shipbell.PushImage, Target: bad.Targets[0]})
			return err
		},
	} {
		for _, dryRun := range []bool{true, false} {
			e, ok := errors.AsType[*shipbell.Error](try(dryRun))
			if !ok || e.Kind != shipbell.Invalid {
				t.Errorf("%s: %v, want Invalid", name, e)
				continue
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Field)
			}
			want := []string{"name", "targets[0].template", "targets[0].query[0].value", "targets[0].event_headers[0].value"}
			if name == "test" {
				want = []string{"target.template", "target.query[0].value", "target.event_headers[0].value"}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: wrong fields (-want +got):\n%s", name, diff)
			}
		}
	}
	all, _, err := a.ListTriggers(t.Context(), key, app.TriggerQuery{Registry: "default", Limit: 10})
	must(t, err)
	if len(all) != 1 || all[0].Name != "good" || all[0].Version != made.Version {
		t.Errorf("stored: %+v", all)
	}
}

// TestDeliveryBodyByTemplate shows the body of a delivery as the trigger has its template now,
// and none once the trigger is gone.
func TestDeliveryBodyByTemplate(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	a := &app.App{Store: b.Store, Now: b.Clock.Now}
	key := shipbell.AccessKey{ID: "ak1", Role: shipbell.RoleAdmin}
	one := storetest.Trigger("one")
	one.Targets[0].Format, one.Targets[0].Template = shipbell.FormatTemplate, `{"image":"{{.Repository}}"}`
	made, err := a.CreateTrigger(t.Context(), key, one, false)
	must(t, err)
	event := storetest.Event("e1")
	deliveries := shipbell.NewDeliveries("default", event, []shipbell.Match{{Trigger: &made, Resources: event.Resources}}, b.Clock.Now())
	want := `{"image":"` + event.Repository.FullName + `"}`
	body, err := a.DeliveryBody(t.Context(), key, &deliveries[0])
	if must(t, err); string(body) != want {
		t.Errorf("%s, want %s", body, want)
	}
	all, _, err := storetest.Accept(t.Context(), b.Store, "default", event, storetest.Matching(shipbell.Match{Trigger: &made, Resources: event.Resources}))
	must(t, err)
	detail, err := a.Delivery(t.Context(), key, "default", string(all[0].ID))
	if must(t, err); string(detail.Body) != want || detail.Content.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s, header %v", detail.Body, detail.Content.Header)
	}
	must(t, a.DeleteTrigger(t.Context(), key, "default", made.ID, 0))
	body, err = a.DeliveryBody(t.Context(), key, &deliveries[0])
	if must(t, err); len(body) > 0 {
		t.Errorf("%s after the trigger was deleted", body)
	}
	detail, err = a.Delivery(t.Context(), key, "default", string(all[0].ID))
	if must(t, err); len(detail.Body) > 0 || strings.Contains(string(detail.Body), "image") {
		t.Errorf("%s after the trigger was deleted", detail.Body)
	}
}
