package setup

import "math"

// FileLimit is math.MaxUint64: Windows sets processes no limit of open files.
func FileLimit() uint64 { return math.MaxUint64 }
