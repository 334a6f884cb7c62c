package setup_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// opener opens a local store with a sealing key, and notes what was needed.
func opener(t *testing.T, needed *platform.Needs, sealKey string) setup.Opener {
	return func(_ context.Context, needs platform.Needs) (platform.Opened, error) {
		*needed = needs
		kv, err := local.Open(t.TempDir(), local.Options{})
		if err != nil {
			return platform.Opened{}, err
		}
		t.Cleanup(func() { kv.Close() })
		return platform.Opened{KV: kv, Queue: local.NewQueue(local.QueueOptions{}), MaxDelay: time.Minute, SealKey: sealKey}, nil
	}
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestOpen(t *testing.T) {
	for _, test := range []struct {
		function       setup.Function
		queue, sealKey bool
	}{
		{setup.Receive, true, true}, {setup.Deliver, true, true}, {setup.Sweep, true, false}, {setup.Triggers, false, true}, {setup.Logs, true, true},
		{setup.Console, true, true},
	} {
		var needed platform.Needs
		var log bytes.Buffer
		b, err := setup.Open(t.Context(), test.function, opener(t, &needed, "env:"+access.NewSealKey()), env("SHIPBELL_LOG_LEVEL=warn", "SHIPBELL_RETENTION=48h"), &log)
		if err != nil {
			t.Fatalf("%s: %v", test.function, err)
		}
		if needed.Queue != test.queue || needed.SealKey != test.sealKey || (b.Sealer != nil) != test.sealKey {
			t.Errorf("%s: needs %+v, has a sealer: %v", test.function, needed, b.Sealer != nil)
		}
		if b.Retention != 48*time.Hour {
			t.Errorf("%s: retention %v", test.function, b.Retention)
		}
		b.Logger.Info("quiet")
		b.Logger.Warn("loud")
		if text := log.String(); strings.Contains(text, "quiet") || !strings.Contains(text, `"msg":"loud"`) {
			t.Errorf("%s: log %s", test.function, text)
		}
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	sealKey := access.NewSealKey()
	failing := errors.New("SHIPBELL_TABLE is not set")
	var needed platform.Needs
	for _, test := range []struct {
		function setup.Function
		variable string
		open     setup.Opener
		want     string
	}{
		{setup.Deliver, "SHIPBELL_RETRY_WAITS=soon", opener(t, &needed, sealKey), "SHIPBELL_RETRY_WAITS: "},
		{setup.Deliver, "SHIPBELL_ATTEMPT_TIMEOUT=2h", opener(t, &needed, sealKey), "SHIPBELL_ATTEMPT_TIMEOUT: "},
		{setup.Deliver, "SHIPBELL_TARGET_SLOTS=0", opener(t, &needed, sealKey), "SHIPBELL_TARGET_SLOTS: "},
		{setup.Triggers, "SHIPBELL_DENY_TARGETS=x", opener(t, &needed, sealKey), "SHIPBELL_DENY_TARGETS: "},
		{setup.Triggers, "SHIPBELL_CA_FILE=/none", opener(t, &needed, sealKey), "SHIPBELL_CA_FILE: "},
		{setup.Sweep, "SHIPBELL_RETENTION=1h", opener(t, &needed, sealKey), "SHIPBELL_RETENTION: "},
		{setup.Logs, "SHIPBELL_LOG_LEVEL=loud", opener(t, &needed, sealKey), "SHIPBELL_LOG_LEVEL: "},
		{setup.Logs, "", opener(t, &needed, "kms:AA=="), "SHIPBELL_SEAL_KEY: "},
		{setup.Sweep, "", func(context.Context, platform.Needs) (platform.Opened, error) { return platform.Opened{}, failing }, failing.Error()},
		// What a function does not read cannot be wrong.
		{setup.Sweep, "SHIPBELL_RETRY_WAITS=soon", opener(t, &needed, ""), ""},
		{setup.Receive, "SHIPBELL_DENY_TARGETS=x", opener(t, &needed, sealKey), ""},
	} {
		_, err := setup.Open(t.Context(), test.function, test.open, env(test.variable), &bytes.Buffer{})
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s with %q: got %v, want %q", test.function, test.variable, err, test.want)
		}
	}
}

func TestStandards(t *testing.T) {
	var s setup.Settings
	for _, f := range []setup.Function{setup.Receive, setup.Serve} {
		if err := s.Read(f, env()); err != nil {
			t.Fatal(err)
		}
	}
	waits, err := shipbell.ParseSchedule("5s,30s,2m,10m,30m,2h,6h,12h")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.RetryWaits, waits) || s.AttemptTimeout != 15*time.Second || s.TargetSlots != 256 || s.Retention != 720*time.Hour || s.EventBridgeRegistry != "default" {
		t.Errorf("the standards are %+v", s)
	}
	for _, one := range s.For(setup.Serve) {
		if one.Usage == "" || one.Read == nil || one.Name == "eventbridge-registry" {
			t.Errorf("setting %q of the local process", one.Name)
		}
	}
}

func TestFor(t *testing.T) {
	var got []string
	for _, one := range new(setup.Settings).For(setup.Sweep) {
		got = append(got, one.Variable())
	}
	if want := []string{"SHIPBELL_RETENTION", "SHIPBELL_LOG_LEVEL"}; !slices.Equal(got, want) {
		t.Errorf("sweep reads %q, want %q", got, want)
	}
	if got := new(setup.Settings).For("nothing"); len(got) != 0 {
		t.Errorf("no function reads %v", got)
	}
}

// TestLoader loads a function of a cloud. It answers /healthz and /readyz beside its own
// paths.
func TestLoader(t *testing.T) {
	t.Setenv("SHIPBELL_RETENTION", "48h")
	var needed platform.Needs
	load := setup.Loader(setup.Sweep, opener(t, &needed, ""), func(b *setup.Base) platform.Handlers {
		if !b.TLS || b.Retention != 48*time.Hour {
			t.Errorf("TLS is %v, retention %v", b.TLS, b.Retention)
		}
		return platform.Handlers{HTTP: http.NotFoundHandler()}
	})
	h, err := load(t.Context())
	if err != nil || h.Logger == nil {
		t.Fatalf("loaded %+v, %v", h, err)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/v1/triggers/default": 404} {
		w := httptest.NewRecorder()
		h.HTTP.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	t.Setenv("SHIPBELL_RETENTION", "soon")
	if _, err := load(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "sweep: SHIPBELL_RETENTION: ") {
		t.Errorf("a wrong setting gave %v", err)
	}
}
