package aws_test

import (
	"context"
	"errors"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

// TestInvocationsEnd calls Done once at the end of an invocation that failed.
func TestInvocationsEnd(t *testing.T) {
	t.Parallel()
	var calls []string
	handle := aws.NewHandler(platform.Handlers{
		Timer: func(context.Context) error { calls = append(calls, "work"); return errors.New("it failed") },
		Done:  func() { calls = append(calls, "done") },
	})
	if _, err := handle(t.Context(), []byte("{}")); err == nil || len(calls) != 2 || calls[1] != "done" {
		t.Errorf("the invocation gave %v after %v", err, calls)
	}
}
