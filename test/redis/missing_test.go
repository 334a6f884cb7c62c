package redis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/redis"
)

// verdict takes down how a test ends instead of ending.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Skip(args ...any) {
	v.skipped = fmt.Sprint(args...)
	panic(v)
}

func (v *verdict) Fatal(args ...any) {
	v.failed = fmt.Sprint(args...)
	panic(v)
}

func TestMissingBinary(t *testing.T) {
	t.Setenv("REDIS_BIN", "no-such-redis")
	for _, test := range []struct {
		ci         string
		skip, fail bool
	}{
		{ci: "", skip: true},
		{ci: "true", fail: true},
	} {
		t.Setenv("CI", test.ci)
		v := &verdict{TB: t}
		func() {
			defer func() {
				if r := recover(); r != v {
					t.Errorf("CI=%q: ended with %v", test.ci, r)
				}
			}()
			redis.Start(v)
		}()
		if (v.skipped != "") != test.skip || (v.failed != "") != test.fail {
			t.Errorf("CI=%q: skipped %q, failed %q", test.ci, v.skipped, v.failed)
		}
		if message := v.skipped + v.failed; !strings.Contains(message, "apt-get install") {
			t.Errorf("CI=%q: %q does not say how to install Redis", test.ci, message)
		}
	}
}
