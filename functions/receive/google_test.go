package receive_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// pubsub is a message of Google's Pub/Sub about a push to Artifact Registry.
func pubsub() string {
	data := base64.StdEncoding.EncodeToString([]byte(`{"action":"INSERT","tag":"europe-docker.pkg.dev/acme/apps/web:v1"}`))
	return `{"message":{"data":"` + data + `","messageId":"1","publishTime":"2026-11-20T10:00:00.123Z"},"subscription":"projects/acme/subscriptions/shipbell"}`
}

// unsigned is a token with the claims that are asked for, which nobody signed.
func unsigned(t *testing.T, email string, expires time.Time) string {
	t.Helper()
	part := func(value any) string {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return part(map[string]any{"alg": "RS256", "kid": "k1"}) + "." + part(map[string]any{
		"iss": "https://accounts.google.com", "aud": "shipbell", "email": email, "email_verified": true, "exp": expires.Unix(),
	}) + ".AAAA"
}

// TestGoogleToken holds pushes of Pub/Sub to the token that the registry asks for, with the
// access key in the address. One that cannot be verified now counts.
func TestGoogleToken(t *testing.T) {
	t.Parallel()
	const account = "push@acme.iam.gserviceaccount.com"
	asks := shipbell.GoogleToken{Audience: "shipbell", Email: account}
	later := time.Now().Add(time.Hour)
	valid := "Bearer " + unsigned(t, account, later)
	for name, c := range map[string]struct {
		asks          shipbell.GoogleToken
		authorization string
		body          string
		status        int
		part          string
		asked         int
	}{
		"a registry that asks for none":        {shipbell.GoogleToken{}, valid, pubsub(), http.StatusAccepted, `"repository":"acme/apps/web"`, 0},
		"one that cannot be verified":          {asks, valid, pubsub(), http.StatusAccepted, `"repository":"acme/apps/web"`, 1},
		"of another account":                   {asks, "Bearer " + unsigned(t, "push@evil.iam.gserviceaccount.com", later), pubsub(), http.StatusUnauthorized, `"code":"sender-token"`, 0},
		"that has ended":                       {asks, "Bearer " + unsigned(t, account, time.Now().Add(-time.Hour)), pubsub(), http.StatusUnauthorized, `(exp)`, 0},
		"that is none":                         {asks, "Bearer abc", pubsub(), http.StatusUnauthorized, `(form)`, 0},
		"none":                                 {asks, "", pubsub(), http.StatusUnauthorized, `"code":"sender-no-token"`, 0},
		"none of another sender":               {asks, "", tcrPush("public/nginx"), http.StatusAccepted, `"repository":"public/nginx"`, 0},
		"a wrong one of another sender":        {asks, "Bearer abc", tcrPush("public/nginx"), http.StatusUnauthorized, `(form)`, 0},
		"a message of Artifact Registry alone": {asks, "", `{"action":"INSERT","tag":"europe-docker.pkg.dev/acme/apps/web:v1"}`, http.StatusUnauthorized, `"code":"sender-no-token"`, 0},
	} {
		s, client := newService(t, "https://a.example.com/"), &refusing{}
		s.configure(func(r *shipbell.Registry) { r.Google = c.asks })
		logger := slog.New(slog.NewTextHandler(&s.log, nil))
		s.handler = receive.New(receive.Deps{
			Router: &api.Router{Keys: s.store, Logger: logger, Now: s.clock}, Store: s.store, Queue: s.queue,
			Google: sender.NewGoogle(client, s.clock), Now: s.clock, Logger: logger,
		})
		r := httptest.NewRequest(http.MethodPost, at+"?key="+s.key, strings.NewReader(c.body))
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.part) || len(client.asked) != c.asked {
			t.Errorf("%s: %d %s, asked %q", name, w.Code, w.Body, client.asked)
		}
		if c.asked > 0 && !strings.Contains(s.log.String(), "counts unverified") {
			t.Errorf("%s: the log is %s", name, s.log.String())
		}
		if c.status == http.StatusUnauthorized {
			if list := s.refused("default"); len(list) != 1 || list[0].Status != http.StatusUnauthorized {
				t.Errorf("%s: remembered is %+v", name, list)
			}
		}
		if token := strings.TrimPrefix(c.authorization, "Bearer "); len(token) > 10 && strings.Contains(s.log.String(), token) {
			t.Errorf("%s: the token is in the log", name)
		}
	}
}
