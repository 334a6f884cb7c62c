//go:build unix

package setup

import (
	"math"
	"syscall"
)

// FileLimit is how many files and connections the process may have open at once.
// math.MaxUint64 means that no limit is known.
func FileLimit() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxUint64
	}
	return uint64(limit.Cur)
}
