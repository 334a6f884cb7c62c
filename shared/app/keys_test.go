package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/test/storetest"
)

// refusing is a key-value store that takes no writes to partitions of a kind.
type refusing struct {
	platform.KV
	kind string // such as "audit/"
}

var errRefused = errors.New("the disk is full")

func (r *refusing) Write(ctx context.Context, writes ...platform.Write) []error {
	if r.kind != "" && strings.HasPrefix(writes[0].Item.Partition, r.kind) {
		return slices.Repeat([]error{errRefused}, len(writes))
	}
	return r.KV.Write(ctx, writes...)
}

// TestNoKeyWithoutItsRecord makes access keys while the audit log takes no entries: none
// is made, so that none is left whose secret nobody was told. Afterwards each that is
// made is in the log and lets its holder in.
func TestNoKeyWithoutItsRecord(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	kv := &refusing{KV: b.KV, kind: "audit/"}
	a := &app.App{Store: b.Over(kv), Now: b.Clock.Now}
	admin := shipbell.AccessKey{ID: "ak1", Role: shipbell.RoleAdmin}
	makes := map[string]func() (shipbell.AccessKey, error){
		"by an admin": func() (shipbell.AccessKey, error) {
			return a.CreateAccessKey(t.Context(), admin, app.NewAccessKey{Role: shipbell.RoleViewer})
		},
		"by the platform's owner": func() (shipbell.AccessKey, error) { return a.CreateAdminKey(t.Context(), "lost the other") },
	}
	for name, create := range makes {
		if _, err := create(); !errors.Is(err, errRefused) {
			t.Errorf("%s: %v, want that the store refuses", name, err)
		}
	}
	if keys, err := a.Store.AccessKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("there are the keys %+v, %v", keys, err)
	}
	kv.kind = ""
	for name, create := range makes {
		made, err := create()
		must(t, err)
		secret, err := made.Secret.Reveal()
		must(t, err)
		if _, err := access.Verify(t.Context(), a.Store, made.ID, secret); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		entries, err := a.Audit(t.Context(), admin, app.AuditQuery{Registry: "default", Limit: 10})
		must(t, err)
		if !slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.Action == audit.KeyCreated && e.Object == made.ID }) {
			t.Errorf("%s: it is not in the log: %+v", name, entries)
		}
	}
}
