package redis_test

import (
	"testing"

	testredis "github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestManyChangesAtOnce has many processes create and delete triggers of one registry.
func TestManyChangesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.ChangeAtOnce(t, storetest.NewOver(t, openKV(t, testredis.Start(t).URL())), 64, 1000)
}

// TestManyTurnsAtOnce has many processes take turns at one target.
func TestManyTurnsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.TurnsAtOnce(t, openKV(t, testredis.Start(t).URL()), 8, 25)
}
