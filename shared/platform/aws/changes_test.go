package aws_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/test/emulators"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestManyChangesAtOnce has many processes create and delete triggers of one registry.
func TestManyChangesAtOnce(t *testing.T) {
	t.Parallel()
	e := emulators.Start(t)
	kv := open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+e.NewTable(t)).KV
	storetest.ChangeAtOnce(t, storetest.NewOver(t, kv), 64, 1000)
}

// TestManyTurnsAtOnce has many processes take turns at one target.
func TestManyTurnsAtOnce(t *testing.T) {
	t.Parallel()
	e := emulators.Start(t)
	storetest.TurnsAtOnce(t, open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+e.NewTable(t)).KV, 4, 10)
}
