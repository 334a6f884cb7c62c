package apiv1

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Record describes a stored record that cannot be read.
type Record struct {
	// Name is what it is dropped by.
	Name string `json:"name"`
	// Kind is that of its partition, such as delivery.
	Kind string `json:"kind"`
	// Registry is the one that it belongs to, if to any.
	Registry string `json:"registry,omitempty"`
	// Partition and Sort are its place in the store.
	Partition string    `json:"partition"`
	Sort      string    `json:"sort"`
	Size      int       `json:"size"`
	FirstSeen time.Time `json:"first_seen"`
	Why       string    `json:"why"`
}

// NewRecords describes damaged records.
func NewRecords(records []shipbell.DamagedRecord) Records {
	answer := Records{Records: make([]Record, len(records))}
	for i, one := range records {
		answer.Records[i] = Record(one)
	}
	return answer
}

// Records is the damaged records that were set aside.
type Records struct {
	Records []Record `json:"records"`
}

// RecordCheck is what came of checking a page of records.
type RecordCheck struct {
	// Checked is how many were read.
	Checked int `json:"checked"`
	// NextCursor is where the next page begins, or "" at the end.
	NextCursor string `json:"next_cursor"`
}
