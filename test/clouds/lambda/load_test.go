package lambda_test

import (
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

// rates are the flags of TestLoad.
var rates = clouds.LoadFlags()

// TestLoad sends events for a time, few unless the flags say otherwise.
func TestLoad(t *testing.T) { clouds.Load(t, newCloud(t, options{}).Stack, rates) }
