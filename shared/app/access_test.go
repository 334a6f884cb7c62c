package app_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/test/storetest"
)

type useCase struct {
	role shipbell.Role
	call func(ctx context.Context, key shipbell.AccessKey) (any, error)
}

// nothing is for use cases that answer an error alone.
func nothing(err error) (any, error) { return nil, err }

// useCases are all that are about a registry or about access keys, by their names.
func useCases(a *app.App) map[string]useCase {
	const registry, viewer, admin = "default", shipbell.RoleViewer, shipbell.RoleAdmin
	type (
		ctx = context.Context
		key = shipbell.AccessKey
	)
	return map[string]useCase{
		"ListTriggers": {viewer, func(c ctx, k key) (any, error) {
			_, _, err := a.ListTriggers(c, k, app.TriggerQuery{Registry: registry, Limit: 1})
			return nil, err
		}},
		"Trigger": {viewer, func(c ctx, k key) (any, error) { return a.Trigger(c, k, registry, 1) }},
		"TriggerSet": {viewer, func(c ctx, k key) (any, error) {
			_, _, err := a.TriggerSet(c, k, registry)
			return nil, err
		}},
		"CreateTrigger": {admin, func(c ctx, k key) (any, error) {
			return a.CreateTrigger(c, k, shipbell.Trigger{Registry: registry}, true)
		}},
		"ChangeTrigger": {admin, func(c ctx, k key) (any, error) {
			return a.ChangeTrigger(c, k, app.TriggerChange{Registry: registry, ID: 1})
		}},
		"DeleteTrigger": {admin, func(c ctx, k key) (any, error) { return nothing(a.DeleteTrigger(c, k, registry, 1, 0)) }},
		"TestTarget": {admin, func(c ctx, k key) (any, error) {
			return a.TestTarget(c, k, app.TargetTest{Registry: registry, Action: shipbell.PushImage, Target: shipbell.Target{URL: "https://ci.example.com/"}})
		}},
		"TestTrigger":    {admin, func(c ctx, k key) (any, error) { return a.TestTrigger(c, k, registry, 1) }},
		"Explain":        {viewer, func(c ctx, k key) (any, error) { return a.Explain(c, k, registry, app.BriefEvent{}) }},
		"ExplainRequest": {viewer, func(c ctx, k key) (any, error) { return a.ExplainRequest(c, k, registry, source.Request{}) }},
		"Delivery":       {viewer, func(c ctx, k key) (any, error) { return a.Delivery(c, k, registry, "id") }},
		"DeliveryBody": {viewer, func(c ctx, k key) (any, error) {
			return a.DeliveryBody(c, k, &shipbell.Delivery{Registry: registry})
		}},
		"Redeliver": {admin, func(c ctx, k key) (any, error) { return a.Redeliver(c, k, registry, "id") }},
		"RedeliverMany": {admin, func(c ctx, k key) (any, error) {
			return a.RedeliverMany(c, k, app.Redelivery{Registry: registry, DryRun: true})
		}},
		"ClearMany": {admin, func(c ctx, k key) (any, error) {
			return a.ClearMany(c, k, app.Clearing{Registry: registry, DryRun: true})
		}},
		"Find": {viewer, func(c ctx, k key) (any, error) { return a.Find(c, k, registry, shipbell.Filter{}) }},
		"OpenExport": {viewer, func(c ctx, k key) (any, error) {
			return a.OpenExport(c, k, app.DeliveryQuery{Registry: registry})
		}},
		"ReplayPast": {admin, func(c ctx, k key) (any, error) {
			return a.ReplayPast(c, k, app.PastReplay{Registry: registry, DryRun: true})
		}},
		"Registry":       {viewer, func(c ctx, k key) (any, error) { return a.Registry(c, k, registry) }},
		"Known":          {viewer, func(c ctx, k key) (any, error) { return a.Known(k, registry) }},
		"DeleteRegistry": {admin, func(c ctx, k key) (any, error) { return nothing(a.DeleteRegistry(c, k, registry)) }},
		"Stats":          {viewer, func(c ctx, k key) (any, error) { return a.Stats(c, k, app.StatsQuery{Registry: registry}) }},
		"Targets":        {viewer, func(c ctx, k key) (any, error) { return a.Targets(c, k, registry) }},
		"FailingTargets": {viewer, func(c ctx, k key) (any, error) { return a.FailingTargets(c, k, registry, app.Stats{}) }},
		"Waiting":        {viewer, func(c ctx, k key) (any, error) { return a.Waiting(c, k, registry) }},
		"Ignored":        {viewer, func(c ctx, k key) (any, error) { return a.Ignored(c, k, registry) }},
		"HeldTargets":    {viewer, func(c ctx, k key) (any, error) { return a.HeldTargets(c, k, registry) }},
		"ResumeTarget":   {admin, func(c ctx, k key) (any, error) { return a.ResumeTarget(c, k, registry, 1, 1) }},
		"Audit":          {admin, func(c ctx, k key) (any, error) { return a.Audit(c, k, app.AuditQuery{Registry: registry, Limit: 1}) }},
		"Unmatched": {viewer, func(c ctx, k key) (any, error) {
			return a.Unmatched(c, k, app.UnmatchedQuery{Registry: registry, Limit: 1})
		}},
		"ReplayUnmatched": {admin, func(c ctx, k key) (any, error) {
			return a.ReplayUnmatched(c, k, app.Replay{Registry: registry})
		}},
		"Refusals":   {viewer, func(c ctx, k key) (any, error) { return a.Refusals(c, k, registry) }},
		"EventTimes": {viewer, func(c ctx, k key) (any, error) { return a.EventTimes(c, k, registry) }},
		"LoadEvent": {viewer, func(c ctx, k key) (any, error) {
			return nil, a.LoadEvent(c, k, &shipbell.Delivery{Registry: registry})
		}},
		"NewestOf":    {viewer, func(c ctx, k key) (any, error) { return a.NewestOf(c, k, registry) }},
		"ListRecords": {admin, func(c ctx, k key) (any, error) { return a.ListRecords(c, k) }},
		"CheckRecords": {admin, func(c ctx, k key) (any, error) {
			n, _, err := a.CheckRecords(c, k, "")
			return n, err
		}},
		"DropRecord":     {admin, func(c ctx, k key) (any, error) { return nothing(a.DropRecord(c, k, "none")) }},
		"ListAccessKeys": {admin, func(c ctx, k key) (any, error) { return a.ListAccessKeys(c, k) }},
		"CreateAccessKey": {admin, func(c ctx, k key) (any, error) {
			return a.CreateAccessKey(c, k, app.NewAccessKey{Role: viewer, Registries: []string{registry}})
		}},
		"DeleteAccessKey": {admin, func(c ctx, k key) (any, error) { return nothing(a.DeleteAccessKey(c, k, "id")) }},
		"ListDeliveries": {viewer, func(c ctx, k key) (any, error) {
			return a.ListDeliveries(c, k, app.DeliveryQuery{Registry: registry, Limit: 1})
		}},
		"TriggerLog": {viewer, func(c ctx, k key) (any, error) {
			page, _, err := a.TriggerLog(c, k, app.LogQuery{Registry: registry})
			return page, err
		}},
		"PutRegistry": {admin, func(c ctx, k key) (any, error) {
			saved, _, err := a.PutRegistry(c, k, shipbell.Registry{ID: registry})
			return saved, err
		}},
	}
}

// TestAccess has keys of a lesser role, and keys of another registry, try each use case:
// the first are Forbidden, for the second the registry is NotFound.
func TestAccess(t *testing.T) {
	t.Parallel()
	all := useCases(&app.App{Store: storetest.New(t).Store, Now: time.Now})
	// Those about no registry in particular.
	global := map[string]bool{"ListRegistries": true, "KeepsUnmatched": true, "CreateAdminKey": true, "ListAccessKeys": true, "CreateAccessKey": true, "DeleteAccessKey": true, "ListRecords": true, "CheckRecords": true, "DropRecord": true}
	for method := range reflect.TypeFor[*app.App]().Methods() {
		if _, listed := all[method.Name]; !listed && !global[method.Name] {
			t.Errorf("%s is not tried", method.Name)
		}
	}
	for name, one := range all {
		for _, role := range []shipbell.Role{shipbell.RoleIngest, shipbell.RoleViewer} {
			if role == one.role {
				continue
			}
			if _, err := one.call(t.Context(), shipbell.AccessKey{ID: "k", Role: role}); shipbell.KindOf(err) != shipbell.Forbidden {
				t.Errorf("%s with the role %s: %v, want Forbidden", name, role, err)
			}
		}
		other := shipbell.AccessKey{ID: "k", Role: shipbell.RoleAdmin, Registries: []string{"other"}}
		if _, err := one.call(t.Context(), other); !global[name] && shipbell.KindOf(err) != shipbell.NotFound {
			t.Errorf("%s with a key of another registry: %v, want NotFound", name, err)
		}
	}
}
