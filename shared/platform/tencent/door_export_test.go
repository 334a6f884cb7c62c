package tencent

import (
	"context"
	"net"
)

// For tests: what Serve hands to the library.
func Lazy(open func(context.Context) (Door, error)) Door { return (&lazy{open: open}).work }

// AtOnce is how many messages are worked on at once.
const AtOnce = atOnce

// Accept is what Serve does with a listener.
func Accept(listener net.Listener, door Door) error { return accept(listener, door) }

// Listen is where Serve listens.
var Listen = listen
