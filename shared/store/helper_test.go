package store_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is the store's bench with steps of this package's tests.
type bench struct{ *storetest.Bench }

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{storetest.New(t)}
}

func kindOf(t *testing.T, err error, want shipbell.Kind) {
	t.Helper()
	if err == nil || shipbell.KindOf(err) != want {
		t.Errorf("error %v of kind %d, want kind %d", err, shipbell.KindOf(err), want)
	}
}
