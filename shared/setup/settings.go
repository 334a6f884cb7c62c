package setup

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Function is one of the functions, or all of them in one process.
type Function string

// The functions.
const (
	Receive  Function = "receive"
	Deliver  Function = "deliver"
	Sweep    Function = "sweep"
	Triggers Function = "triggers"
	Logs     Function = "logs"
	TCRAPI   Function = "tcrapi"
	Console  Function = "console"
	// Serve is all of them in one process.
	Serve Function = "serve"
)

// Needs is what a function uses of its platform beside the store. What opens
// access keys or secrets needs the sealing key, what wakes a delivery the queue.
func (f Function) Needs() platform.Needs {
	return platform.Needs{
		Queue:   slices.Contains([]Function{Receive, Deliver, Sweep, Logs, Console}, f),
		Slow:    f == Deliver,
		SealKey: slices.Contains([]Function{Receive, Deliver, Triggers, Logs, TCRAPI, Console}, f),
	}
}

// Settings are the settings of a function. Each function reads only those that it
// uses; the others stay zero.
type Settings struct {
	// AllowTargets are networks that targets may be in although they are loopback
	// or private ones; DenyTargets are further ones where none may be.
	AllowTargets, DenyTargets []netip.Prefix
	// RetryWaits is the waits after failed attempts.
	RetryWaits shipbell.Schedule
	// AttemptTimeout is how long one attempt may take in all.
	AttemptTimeout time.Duration
	// MaxAttemptTimeout is the longest that a target may set for itself: what deliver, and
	// what makes tests, have time for.
	MaxAttemptTimeout time.Duration
	// TargetSlots is the most attempts that may be under way at once for one target in
	// one process. A target begins with eight, and gets more while it answers.
	TargetSlots int
	// Retention is how long events and deliveries are kept.
	Retention time.Duration
	// CAs are the authorities to trust, the system's included; nil for those alone.
	CAs *x509.CertPool
	// EventBridgeRegistry is the registry that events of EventBridge are of.
	EventBridgeRegistry string
	// TCRHost is the host that clients of the TCR API ask, where a proxy sends on
	// another.
	TCRHost string
	// AdminSecret is what a direct invocation must carry to get an admin key.
	AdminSecret shipbell.Secret
	// LogLevel says what the log holds.
	LogLevel slog.Level
}

// Setting describes one setting: how it is named, explained and read.
type Setting struct {
	// Name is that of the flag of shipbell serve.
	Name string
	// Standard is what Read gets when nothing is set.
	Standard string
	// Usage explains it, with the word for its value in back quotes.
	Usage string
	// Read sets it from text.
	Read func(text string) error

	functions []Function
}

// Variable is the environment variable of the setting.
func (s *Setting) Variable() string {
	return "SHIPBELL_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// For lists the settings that a function reads.
func (s *Settings) For(f Function) []Setting {
	return slices.DeleteFunc(s.all(), func(one Setting) bool { return !slices.Contains(one.functions, f) })
}

func (s *Settings) all() []Setting {
	sends := []Function{Deliver, Triggers, Console, Serve}
	saves := []Function{Receive, Deliver, Sweep, Triggers, Logs, TCRAPI, Console, Serve}
	return []Setting{
		{"allow-targets", "", "`NETWORKS` (CIDR,…) that targets may be in although they are loopback or private", prefixes(&s.AllowTargets), sends},
		{"deny-targets", "", "further `NETWORKS` (CIDR,…) where no target may be", prefixes(&s.DenyTargets), sends},
		{"retry-waits", "5s,30s,2m,10m,30m,2h,6h,12h", "`WAITS` after failed attempts; each is drawn ±20 %", schedule(&s.RetryWaits), []Function{Receive, Deliver, Logs, Console, Serve}},
		{"attempt-timeout", "15s", "`TIME` that one attempt may take in all, 100ms to 60s", duration(&s.AttemptTimeout, 100*time.Millisecond, time.Minute), sends},
		{"max-attempt-timeout", "60s", "the longest `TIME` that a target may set for its attempts, 1s to 60s", duration(&s.MaxAttemptTimeout, time.Second, time.Minute), sends},
		{"target-slots", "256", "the most attempts, a `NUMBER` from 1 to 1000, that may be under way at once for one target; it begins with 8 and gets more while it answers", number(&s.TargetSlots, 1, 1000), []Function{Deliver, Serve}},
		{"retention", "720h", "`TIME` that events and deliveries are kept, 24h to 8760h", duration(&s.Retention, 24*time.Hour, 8760*time.Hour), saves},
		{"ca-file", "", "PEM `FILE` of certificate authorities to trust beside the system's", authorities(&s.CAs), sends},
		{"eventbridge-registry", "default", "`ID` of the registry that events of EventBridge are of", text(&s.EventBridgeRegistry), []Function{Receive}},
		{"tcr-host", "", "`HOST` that clients of the TCR API ask and sign, with its port, where a proxy sends on another", text(&s.TCRHost), []Function{TCRAPI, Serve}},
		{"admin-secret", "", "`SECRET` that a direct invocation must carry to get an admin key, at least 16 characters", secret(&s.AdminSecret), []Function{Triggers}},
		{"log-level", "info", "`LEVEL` of the log: debug, info, warn or error", func(t string) error { return s.LogLevel.UnmarshalText([]byte(t)) }, saves},
	}
}

// Read reads the settings of a function from its environment. An error names the
// variable.
func (s *Settings) Read(f Function, getenv func(string) string) error {
	for _, one := range s.For(f) {
		value := getenv(one.Variable())
		if value == "" {
			value = one.Standard
		}
		if err := one.Read(value); err != nil {
			return fmt.Errorf("%s: %w", one.Variable(), err)
		}
	}
	return nil
}
