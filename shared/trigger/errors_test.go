package trigger_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/shipbell/shipbell/shared/trigger"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		kind trigger.Kind
		text string
	}{
		{trigger.Errorf(trigger.NotFound, "no trigger %d", 7), trigger.NotFound, "no trigger 7"},
		{trigger.Wrap(trigger.Unavailable, io.EOF, "get trigger %d", 7), trigger.Unavailable, "get trigger 7: EOF"},
		{trigger.InvalidField("rule.tag", "%q is wrong", "x"), trigger.Invalid, `the request is not valid; rule.tag: "x" is wrong`},
		{fmt.Errorf("deeper: %w", trigger.Errorf(trigger.Stale, "old")), trigger.Stale, "deeper: old"},
		{io.EOF, trigger.Internal, "EOF"},
		{trigger.NoRegistry("x"), trigger.NotFound, `there is no registry "x"`},
	} {
		if got := trigger.KindOf(test.err); got != test.kind || test.err.Error() != test.text {
			t.Errorf("kind %d, text %q, want %d, %q", got, test.err, test.kind, test.text)
		}
	}
	if !errors.Is(trigger.Wrap(trigger.Internal, io.EOF, "read"), io.EOF) {
		t.Error("the cause is lost")
	}
}
