package main

import (
	"crypto/x509"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/trigger"
)

// settings are all settings of `shipbell serve`. Each is a flag and, with
// SHIPBELL_ in front, an environment variable; the flag wins.
type settings struct {
	// Listen is the address to serve on; port 0 lets the system choose.
	Listen string
	// Data is the directory of the store, the sealing key and the admin key.
	Data string
	// AllowTargets are networks that targets may be in although they are loopback
	// or private ones; DenyTargets are further ones where none may be.
	AllowTargets, DenyTargets []netip.Prefix
	// RegistryHost is the host of the registry "default", which resource URLs begin
	// with.
	RegistryHost string
	// RetryWaits is the waits after failed attempts.
	RetryWaits trigger.Schedule
	// AttemptTimeout is how long one attempt may take in all.
	AttemptTimeout time.Duration
	// TargetSlots is how many attempts may be under way at once for one target.
	TargetSlots int
	// Retention is how long events and deliveries are kept.
	Retention time.Duration
	// CAFile holds certificates, in PEM, of authorities to trust beside the
	// system's; nil if there are none.
	CAs *x509.CertPool
	// LogLevel and LogJSON say what the log holds and how.
	LogLevel slog.Level
	LogJSON  bool
}

// setting describes one setting: how it is named, explained and read.
type setting struct {
	name, standard, usage string
	read                  func(text string) error
}

func (s *settings) all() []setting {
	return []setting{
		{"listen", "127.0.0.1:8080", "`ADDRESS` to serve on; port 0 lets the system choose", text(&s.Listen)},
		{"data", "./shipbell-data", "`DIRECTORY` of the store and the keys", text(&s.Data)},
		{"allow-targets", "", "`NETWORKS` (CIDR,…) that targets may be in although they are loopback or private", prefixes(&s.AllowTargets)},
		{"deny-targets", "", "further `NETWORKS` (CIDR,…) where no target may be", prefixes(&s.DenyTargets)},
		{"registry-host", "", "`HOST` of the registry default, which resource URLs begin with (localhost:5000 at first start)", text(&s.RegistryHost)},
		{"retry-waits", "5s,30s,2m,10m,30m,2h,6h,12h", "`WAITS` after failed attempts; each is drawn ±20 %", func(t string) (err error) {
			s.RetryWaits, err = trigger.ParseSchedule(t)
			return err
		}},
		{"attempt-timeout", "15s", "`TIME` that one attempt may take in all, 100ms to 60s", duration(&s.AttemptTimeout, 100*time.Millisecond, time.Minute)},
		{"target-slots", "8", "`NUMBER` of attempts that may be under way at once for one target, 1 to 1000", number(&s.TargetSlots, 1, 1000)},
		{"retention", "720h", "`TIME` that events and deliveries are kept, 24h to 8760h", duration(&s.Retention, 24*time.Hour, 8760*time.Hour)},
		{"ca-file", "", "PEM `FILE` of certificate authorities to trust beside the system's", authorities(&s.CAs)},
		{"log-level", "info", "`LEVEL` of the log: debug, info, warn or error", func(t string) error { return s.LogLevel.UnmarshalText([]byte(t)) }},
		{"log-format", "text", "`FORMAT` of the log: text or json", oneOf(&s.LogJSON, "text", "json")},
	}
}

// variable is the environment variable of a setting.
func variable(name string) string {
	return "SHIPBELL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// register makes the flags of the settings.
func (s *settings) register(f *flag.FlagSet) {
	for _, one := range s.all() {
		f.String(one.name, one.standard, one.usage+"; "+variable(one.name))
	}
}

// read reads the settings from flags and environment. An error names what is wrong.
func (s *settings) read(f *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	f.Visit(func(one *flag.Flag) { given[one.Name] = true })
	for _, one := range s.all() {
		value, name := f.Lookup(one.name).Value.String(), "--"+one.name
		if env := getenv(variable(one.name)); env != "" && !given[one.name] {
			value, name = env, variable(one.name)
		}
		if err := one.read(value); err != nil {
			return usagef("%s: %v", name, err)
		}
	}
	return nil
}

func text(to *string) func(string) error {
	return func(t string) error {
		*to = t
		return nil
	}
}

func prefixes(to *[]netip.Prefix) func(string) error {
	return func(t string) (err error) {
		*to, err = safehttp.ParsePrefixes(t)
		return err
	}
}

func duration(to *time.Duration, low, high time.Duration) func(string) error {
	return func(t string) (err error) {
		if *to, err = time.ParseDuration(t); err != nil || *to < low || *to > high {
			return fmt.Errorf("%q is not a duration from %v to %v", t, low, high)
		}
		return nil
	}
}

func number(to *int, low, high int) func(string) error {
	return func(t string) error {
		n, err := strconv.Atoi(t)
		if err != nil || n < low || n > high {
			return fmt.Errorf("%q is not a number from %d to %d", t, low, high)
		}
		*to = n
		return nil
	}
}

func oneOf(to *bool, no, yes string) func(string) error {
	return func(t string) error {
		if *to = t == yes; t != yes && t != no {
			return fmt.Errorf("%q is neither %s nor %s", t, no, yes)
		}
		return nil
	}
}

func authorities(to **x509.CertPool) func(string) error {
	return func(path string) error {
		if path == "" {
			return nil
		}
		pem, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			return err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificate", path)
		}
		*to = pool
		return nil
	}
}
