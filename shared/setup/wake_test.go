package setup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/text"
)

// nothing answers no path.
func nothing(*setup.Base) platform.Handlers {
	return platform.Handlers{HTTP: http.NotFoundHandler()}
}

// probed opens a local store whose queue has a probe.
func probed(t *testing.T, probe func(context.Context) error) setup.Opener {
	t.Helper()
	var needed platform.Needs
	opened, err := opener(t, &needed, "env:"+access.NewSealKey())(t.Context(), platform.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	opened.Probe = probe
	return func(context.Context, platform.Needs) (platform.Opened, error) { return opened, nil }
}

// TestWake tests once how deliveries are woken when receive is loaded, and shows a
// failure at readyz until a test that is 10 s younger succeeds. Other functions test
// nothing.
func TestWake(t *testing.T) {
	var failure error
	probes := 0
	open := probed(t, func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the probe has no end")
		}
		probes++
		return failure
	})
	synctest.Test(t, func(t *testing.T) {
		load := func(f setup.Function) http.Handler {
			h, err := setup.Loader(f, open, nothing)(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.HTTP
		}
		ready := func(h http.Handler, want int, code text.Code, wantProbes int) {
			t.Helper()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
			var body struct{ Code text.Code }
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != want || body.Code != code || probes != wantProbes {
				t.Errorf("readyz: %d %s after %d probes (%v), want %d %q after %d", w.Code, w.Body, probes, err, want, code, wantProbes)
			}
		}
		ready(load(setup.Logs), http.StatusOK, "", 0)
		well := load(setup.Receive)
		failure = errors.New("UnauthorizedOperation.CAM")
		time.Sleep(time.Hour)
		ready(well, http.StatusOK, "", 1)
		ill := load(setup.Receive)
		ready(ill, http.StatusServiceUnavailable, text.WakeUnavailable, 2)
		time.Sleep(9 * time.Second)
		ready(ill, http.StatusServiceUnavailable, text.WakeUnavailable, 2)
		time.Sleep(time.Second)
		ready(ill, http.StatusServiceUnavailable, text.WakeUnavailable, 3)
		failure = nil
		time.Sleep(10 * time.Second)
		ready(ill, http.StatusOK, "", 4)
	})
}

// TestAdminSecretSetting refuses a secret that can be guessed, and does not print it.
func TestAdminSecretSetting(t *testing.T) {
	var needed platform.Needs
	open := opener(t, &needed, "env:"+access.NewSealKey())
	_, err := setup.Open(t.Context(), setup.Triggers, open, env("SHIPBELL_ADMIN_SECRET=guessable"), &bytes.Buffer{})
	if err == nil || !strings.HasPrefix(err.Error(), "SHIPBELL_ADMIN_SECRET: ") || strings.Contains(err.Error(), "guessable") {
		t.Errorf("a short secret gives %v", err)
	}
	b, err := setup.Open(t.Context(), setup.Triggers, open, env("SHIPBELL_ADMIN_SECRET=sixteen letters!"), &bytes.Buffer{})
	if err != nil || b.AdminSecret.Empty() {
		t.Errorf("a long secret gives %v", err)
	}
}
