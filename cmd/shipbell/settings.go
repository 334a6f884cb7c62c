package main

import (
	"flag"
	"fmt"

	"github.com/shipbell/shipbell/shared/setup"
)

// settings are all settings of `shipbell serve`: those of every function, and
// some of its own. Each is a flag and, with SHIPBELL_ in front, an environment
// variable; the flag wins.
type settings struct {
	setup.Settings
	// Listen is the address to serve on; port 0 lets the system choose.
	Listen string
	// Data is the directory of the store, the sealing key and the admin key.
	Data string
	// Store is the address of a Redis that several processes share; "" keeps
	// everything in Data.
	Store string
	// RegistryHost is the host of the registry "default", which resource URLs begin
	// with, until somebody sets another.
	RegistryHost string
	// MetricsListen is an address to serve the metrics on without an access key; "" is
	// none.
	MetricsListen string
	// TLSCert and TLSKey are files in PEM to serve HTTPS with; "" is HTTP.
	TLSCert, TLSKey string
	// LogJSON makes the log JSON instead of text.
	LogJSON bool
}

func (s *settings) all() []setup.Setting {
	return append(s.For(setup.Serve), []setup.Setting{
		{Name: "listen", Standard: "127.0.0.1:8080", Usage: "`ADDRESS` to serve on; port 0 lets the system choose", Read: text(&s.Listen)},
		{Name: "data", Standard: "./shipbell-data", Usage: "`DIRECTORY` of the store and the keys", Read: text(&s.Data)},
		{Name: "store", Usage: "`ADDRESS` of a Redis that several processes share, redis[s]://[user:password@]host:port[/db]; a file in --data if not set", Read: text(&s.Store)},
		{Name: "registry-host", Usage: "`HOST` of the registry default, which resource URLs begin with, while it is localhost:5000 as at the first start", Read: text(&s.RegistryHost)},
		{Name: "metrics-listen", Usage: "`ADDRESS` to serve /metrics on without an access key; without it a key of role admin or viewer that may see all registries is needed", Read: text(&s.MetricsListen)},
		{Name: "tls-cert", Usage: "`FILE` of the certificate to serve HTTPS with, in PEM, with those between it and the authority; read again when it changes", Read: text(&s.TLSCert)},
		{Name: "tls-key", Usage: "`FILE` of its key, in PEM", Read: text(&s.TLSKey)},
		{Name: "log-format", Standard: "text", Usage: "`FORMAT` of the log: text or json", Read: oneOf(&s.LogJSON, "text", "json")},
	}...)
}

// register makes the flags of the settings.
func (s *settings) register(f *flag.FlagSet) {
	for _, one := range s.all() {
		f.String(one.Name, one.Standard, one.Usage+"; "+one.Variable())
	}
}

// read reads the settings from flags and environment. An error names what is wrong.
func (s *settings) read(f *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	f.Visit(func(one *flag.Flag) { given[one.Name] = true })
	for _, one := range s.all() {
		value, name := f.Lookup(one.Name).Value.String(), "--"+one.Name
		if env := getenv(one.Variable()); env != "" && !given[one.Name] {
			value, name = env, one.Variable()
		}
		if err := one.Read(value); err != nil {
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

func oneOf(to *bool, no, yes string) func(string) error {
	return func(t string) error {
		if *to = t == yes; t != yes && t != no {
			return fmt.Errorf("%q is neither %s nor %s", t, no, yes)
		}
		return nil
	}
}
