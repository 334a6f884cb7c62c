package storetest

import (
	"time"
	"unsafe"
)

// AfterFreeze is what a clock tells that told t, after the process was frozen for d: the
// wall clock has gone on, the monotonic clock has not. A negative d is a wall clock that
// was set back.
func AfterFreeze(t time.Time, d time.Duration) time.Time {
	t = t.Add(d)
	// A time with a monotonic reading keeps it in its second word.
	monotonic := (*int64)(unsafe.Add(unsafe.Pointer(&t), unsafe.Sizeof(uint64(0)))) //nolint:gosec // the time package gives no other way
	*monotonic -= int64(d)
	return t
}
