package tencent

import "context"

// Lazy is what Serve hands to the library.
func Lazy(open func(context.Context) (Door, error)) Door { return (&lazy{open: open}).Invoke }

// AtOnce is how many messages are worked on at once.
const AtOnce = atOnce
