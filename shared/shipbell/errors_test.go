package shipbell_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		kind shipbell.Kind
		text string
	}{
		{shipbell.Errorf(shipbell.NotFound, "no trigger %d", 7), shipbell.NotFound, "no trigger 7"},
		{shipbell.Wrap(shipbell.Unavailable, io.EOF, "get trigger %d", 7), shipbell.Unavailable, "get trigger 7: EOF"},
		{shipbell.InvalidField("rule.tag", "%q is wrong", "x"), shipbell.Invalid, `the request is not valid; rule.tag: "x" is wrong`},
		{fmt.Errorf("deeper: %w", shipbell.Errorf(shipbell.Stale, "old")), shipbell.Stale, "deeper: old"},
		{io.EOF, shipbell.Internal, "EOF"},
		{shipbell.NoRegistry("x"), shipbell.NotFound, `there is no registry "x"`},
	} {
		if got := shipbell.KindOf(test.err); got != test.kind || test.err.Error() != test.text {
			t.Errorf("kind %d, text %q, want %d, %q", got, test.err, test.kind, test.text)
		}
	}
	if !errors.Is(shipbell.Wrap(shipbell.Internal, io.EOF, "read"), io.EOF) {
		t.Error("the cause is lost")
	}
}
