package shipbell

import "time"

// DamagedRecord is a stored record that cannot be read and was set aside. Its JSON form
// is what the store keeps.
type DamagedRecord struct {
	// Name is how people name it. Another damage of the same record has another name.
	Name string `json:"-"`
	// Kind is what it is a record of, such as delivery.
	Kind string `json:"kind"`
	// Registry is the one that it belongs to, or "".
	Registry string `json:"registry,omitempty"`
	// Partition and Sort are its place in the key-value store.
	Partition string `json:"partition"`
	Sort      string `json:"sort"`
	// Size is how many bytes were found.
	Size int `json:"size"`
	// FirstSeen is when it was first found unreadable.
	FirstSeen time.Time `json:"first_seen"`
	// Why says why it cannot be read, in English.
	Why string `json:"why"`
}
