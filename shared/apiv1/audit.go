package apiv1

import (
	"encoding/json"
	"time"
)

// Audit is the answer of GET /v1/audit/{registry}: who changed what, the newest first.
type Audit struct {
	Entries    []AuditEntry `json:"entries"`
	NextCursor string       `json:"next_cursor"`
}

// AuditEntry is one change that somebody made.
type AuditEntry struct {
	At time.Time `json:"at"`
	// Key is the id of the access key that made it; "" for whoever rules the platform,
	// "shipbell" for what Shipbell did of its own accord.
	Key string `json:"key"`
	// Action is what was done, such as "trigger.changed".
	Action string `json:"action"`
	// Object is the number of a trigger, TRIGGER/TARGET, or the id of a delivery, a
	// registry, an access key or a damaged record; "" for many deliveries.
	Object string `json:"object"`
	// Name is the name of a trigger, or the description of an access key.
	Name string `json:"name,omitempty"`
	// Count is how many deliveries were sent again, or made of kept events.
	Count   int           `json:"count,omitempty"`
	Changes []AuditChange `json:"changes"`
}

// AuditChange is a field before and after; null where there was none. Secrets are masked.
type AuditChange struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	// Secret tells that secrets in it differ, which look the same.
	Secret bool `json:"secret,omitempty"`
}
