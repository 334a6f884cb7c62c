package app

import (
	"context"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

// checkPage is how many records one call of CheckRecords reads.
const checkPage = 1000

// ListRecords answers the damaged records that were set aside: of the registries that the
// key may touch, and those of no registry if it may touch all.
func (a *App) ListRecords(ctx context.Context, key shipbell.AccessKey) ([]shipbell.DamagedRecord, error) {
	if err := access.Allow(key, shipbell.RoleAdmin); err != nil {
		return nil, err
	}
	all, err := a.Store.SetAside(ctx)
	if err != nil {
		return nil, err
	}
	var own []shipbell.DamagedRecord
	for _, one := range all {
		if mayRepair(key, one.Registry) {
			own = append(own, one)
		}
	}
	return own, nil
}

// mayRepair tells whose records a key sees; "" is no registry.
func mayRepair(key shipbell.AccessKey, registry string) bool {
	if registry == "" {
		return len(key.Registries) == 0
	}
	return access.AllowRegistry(key, registry) == nil
}

// CheckRecords reads a page of the records that the key may repair, and sets aside those
// that are damaged. after is where the last page ended, or ""; next is where this one
// did, or "" at the end.
func (a *App) CheckRecords(ctx context.Context, key shipbell.AccessKey, after string) (checked int, next string, err error) {
	if err := access.Allow(key, shipbell.RoleAdmin); err != nil {
		return 0, "", err
	}
	return a.Store.Check(ctx, after, checkPage, func(registry string) bool { return mayRepair(key, registry) })
}

// DropRecord deletes a damaged record that was set aside, and nothing that can be read.
// Another registry's is NotFound.
func (a *App) DropRecord(ctx context.Context, key shipbell.AccessKey, name string) error {
	if err := access.Allow(key, shipbell.RoleAdmin); err != nil {
		return err
	}
	record, err := a.Store.SetAsideNamed(ctx, name)
	if err != nil {
		return err
	}
	if !mayRepair(key, record.Registry) {
		return shipbell.NewError(shipbell.NotFound, text.RecordUnknown, name)
	}
	if err := a.Store.DropSetAside(ctx, record); err != nil {
		return err
	}
	return a.note(ctx, key, audit.Entry{Action: audit.RecordDropped, Object: name, Name: record.Partition + " " + record.Sort}, record.Registry)
}
