package tencent

import (
	"context"

	"github.com/shipbell/shipbell/shared/platform"
)

// Handler is what a process makes of handlers.
type Handler = handler

// NewHandler makes it at once, Lazy at the first invocation.
var NewHandler = newHandler

// Lazy is what Serve hands to the library.
func Lazy(load platform.Load) func(context.Context, []byte) ([]byte, error) {
	return (&lazy{load: load}).Invoke
}

// ReadEnvelope reads the event of an invocation of deliver.
func ReadEnvelope(event []byte) error {
	_, err := readEnvelope(event)
	return err
}
