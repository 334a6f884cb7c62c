package main

import (
	"flag"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// readAll reads settings as serve does.
func readAll(args []string, env map[string]string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	s.register(f)
	if err := f.Parse(args); err != nil {
		return s, err
	}
	return s, s.read(f, func(name string) string { return env[name] })
}

func TestSettings(t *testing.T) {
	t.Parallel()
	standard := settings{
		Listen: "127.0.0.1:8080", Data: "./shipbell-data",
		Settings: setup.Settings{
			RetryWaits:     shipbell.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour},
			AttemptTimeout: 15 * time.Second, MaxAttemptTimeout: time.Minute, TargetSlots: 256, Retention: 720 * time.Hour,
		},
	}
	tests := []struct {
		name   string
		args   []string
		env    map[string]string
		change func(*settings)
	}{
		{"none", nil, nil, func(*settings) {}},
		{"flags", []string{"--listen", ":1", "--allow-targets=10.0.0.0/8,::1/128", "--target-slots", "3", "--log-level", "DEBUG", "--log-format", "json"}, nil, func(s *settings) {
			s.Listen, s.TargetSlots, s.LogLevel, s.LogJSON = ":1", 3, slog.LevelDebug, true
			s.AllowTargets = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		}},
		{"environment", nil, map[string]string{"SHIPBELL_DATA": "/d", "SHIPBELL_RETRY_WAITS": "1s, 2s", "SHIPBELL_RETENTION": "24h", "SHIPBELL_ATTEMPT_TIMEOUT": "1s"}, func(s *settings) {
			s.Data, s.RetryWaits, s.Retention, s.AttemptTimeout = "/d", shipbell.Schedule{time.Second, 2 * time.Second}, 24*time.Hour, time.Second
		}},
		{"the flag wins", []string{"--data", "/flag"}, map[string]string{"SHIPBELL_DATA": "/env"}, func(s *settings) { s.Data = "/flag" }},
		{"also over a bad variable", []string{"--retention", "24h"}, map[string]string{"SHIPBELL_RETENTION": "5"}, func(s *settings) { s.Retention = 24 * time.Hour }},
		{"empty is not given", nil, map[string]string{"SHIPBELL_LISTEN": ""}, func(*settings) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := standard
			tt.change(&want)
			got, err := readAll(tt.args, tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{}, shipbell.Secret{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	noPEM := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(noPEM, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, value, want string
	}{
		{"retention", "5", `"5" is not a duration from 24h0m0s to 8760h0m0s`},
		{"retention", "1h", `"1h" is not a duration`},
		{"attempt-timeout", "61s", `"61s" is not a duration from 100ms to 1m0s`},
		{"max-attempt-timeout", "61s", `"61s" is not a duration from 1s to 1m0s`},
		{"target-slots", "0", `"0" is not a number from 1 to 1000`},
		{"target-slots", "many", `"many" is not a number`},
		{"target-slots", "8 or so", `"8 or so" is not a number`},
		{"retry-waits", "5", `"5" is not a wait`},
		{"allow-targets", "10.0.0.1/8/9", ""},
		{"deny-targets", "example.com", ""},
		{"ca-file", noPEM, "holds no certificate"},
		{"ca-file", noPEM + ".not", "no such file"},
		{"log-level", "loud", ""},
		{"log-format", "xml", `"xml" is neither text nor json`},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+filepath.Base(tt.value), func(t *testing.T) {
			t.Parallel()
			variable := (&setup.Setting{Name: tt.name}).Variable()
			for name, read := range map[string]func() (settings, error){
				"--" + tt.name: func() (settings, error) { return readAll([]string{"--" + tt.name, tt.value}, nil) },
				variable:       func() (settings, error) { return readAll(nil, map[string]string{variable: tt.value}) },
			} {
				_, err := read()
				if err == nil || !strings.HasPrefix(err.Error(), name+": ") || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}
