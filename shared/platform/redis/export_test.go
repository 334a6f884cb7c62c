package redis

import (
	"strings"
	"time"
)

// NewStoreIdle is NewStore with connections that may lie idle for a time.
func NewStoreIdle(a Address, idle time.Duration) *Store { return newStore(a, time.Now, idle) }

// Hosts gives the hosts of an address.
func Hosts(a Address) string { return strings.Join(a.hosts, " ") }

// AddressErrors are all that ParseAddress gives.
func AddressErrors() []error { return []error{errAddress, errDatabase, errTwice} }

// LeaveScript is the hash of the script by which a run ends.
func LeaveScript() string { return newScript(noteText + leaveText).hash }
