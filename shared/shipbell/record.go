package shipbell

import "time"

// Record is one thing that the catalog remembers of what a registry holds. What
// its value says is the business of package source alone.
type Record struct {
	Key   string
	Value []byte
	// Absent means to write it only if there is none.
	Absent bool
	// Expires is when it may be forgotten; zero means never.
	Expires time.Time
}
