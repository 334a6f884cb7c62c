package clouds

import (
	"testing"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// Fill stores the registry default, a trigger for everything with one target, and an
// access key, which it returns.
func Fill(t *testing.T, kept *store.Store, target string) (key string) {
	t.Helper()
	if _, _, err := kept.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.CreateTrigger(t.Context(), shipbell.Trigger{
		Registry: "default", Name: "all", Enabled: true, Actions: shipbell.Actions(), Rule: shipbell.Rule{Dialect: "tcr"},
		Targets: []shipbell.Target{{URL: target, Format: "tcr"}},
	}); err != nil {
		t.Fatal(err)
	}
	made, err := kept.CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleAdmin, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := made.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	return made.ID + ":" + secret
}
