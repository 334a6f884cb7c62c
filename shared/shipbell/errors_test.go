package shipbell_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		kind shipbell.Kind
		says string
	}{
		{shipbell.NewError(shipbell.NotFound, text.TriggerUnknown, 7), shipbell.NotFound, "there is no trigger 7"},
		{shipbell.Wrap(shipbell.Unavailable, io.EOF, text.TooManyChanges), shipbell.Unavailable, "too many changes at once: try again: EOF"},
		{shipbell.InvalidField("action", text.ActionListedTwice, "x"), shipbell.Invalid, "the request is not valid; action: x is listed twice"},
		{fmt.Errorf("deeper: %w", shipbell.NewError(shipbell.Stale, text.TriggerChanged, 2)), shipbell.Stale, "deeper: the trigger has changed: its version is 2 now"},
		{io.EOF, shipbell.Internal, "EOF"},
		{shipbell.NoRegistry("x"), shipbell.NotFound, `there is no registry "x"`},
	} {
		if got := shipbell.KindOf(test.err); got != test.kind || test.err.Error() != test.says {
			t.Errorf("kind %d, text %q, want %d, %q", got, test.err, test.kind, test.says)
		}
	}
	wrapped := shipbell.Wrap(shipbell.Internal, io.EOF, text.Internal)
	if !errors.Is(wrapped, io.EOF) || text.Of(wrapped).Code != text.Internal {
		t.Error("the cause or the sentence is lost")
	}
}
