package writeunits_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/emulators"
	"github.com/shipbell/shipbell/test/sink"
)

// account is Shipbell's functions over an emulator of DynamoDB, with a clock that the
// test moves and a queue that keeps what is sent.
type account struct {
	*emulators.Emulators
	meter *meter
	env   map[string]string
	now   time.Time
	queue kept
	log   bytes.Buffer
	key   string
}

// kept is a queue that keeps messages until the test takes them.
type kept struct {
	messages []platform.Message
	sends    int
}

// Send implements platform.Queue.
func (k *kept) Send(_ context.Context, messages ...platform.Message) []error {
	k.messages = append(k.messages, messages...)
	k.sends += (len(messages) + 9) / 10
	return make([]error, len(messages))
}

// MaxDelay implements platform.Queue.
func (k *kept) MaxDelay() time.Duration { return 15 * time.Minute }

// newAccount makes an account with one registry and some triggers. The first matches
// everything and has the target, and the others match nothing.
func newAccount(t *testing.T, triggers int, target string) *account {
	t.Helper()
	e := emulators.Start(t)
	m, address := startMeter(t, e.DynamoDB)
	a := &account{Emulators: e, meter: m, now: time.Now(), env: map[string]string{
		"SHIPBELL_TABLE": e.NewTable(t), "SHIPBELL_QUEUE_URL": "none", "SHIPBELL_SLOW_QUEUE_URL": "none", "SHIPBELL_SEAL_KEY": "env:" + access.NewSealKey(), "SHIPBELL_ALLOW_TARGETS": sink.Network(),
	}}
	for _, pair := range e.Env() {
		name, value, _ := strings.Cut(pair, "=")
		a.env[name] = value
	}
	a.env["AWS_ENDPOINT_URL_DYNAMODB"] = address
	in := a.process(t, setup.Triggers)
	a.key = clouds.Fill(t, in.Store, target)
	for n := range triggers - 1 {
		if _, err := in.Store.CreateTrigger(t.Context(), shipbell.Trigger{
			Registry: "default", Name: fmt.Sprintf("team-%d-production", n), Description: "deploys what the team releases", Enabled: true, Actions: shipbell.Actions(),
			Rule: shipbell.Rule{Namespace: fmt.Sprintf("team-%d", n), Repository: "app-*", Tag: "v*", Dialect: "tcr"}, Labels: map[string]string{"team": fmt.Sprint(n)},
			Targets: []shipbell.Target{{URL: fmt.Sprintf("https://deploy.example.com/hooks/%d", n), Format: "tcr", Headers: []shipbell.Header{{Key: "Authorization", Values: []shipbell.Secret{shipbell.NewSecret("Bearer 0123456789abcdef0123456789abcdef")}}}}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// process is a new process of a function, which has read nothing yet.
func (a *account) process(t *testing.T, f setup.Function) *setup.Base {
	t.Helper()
	b, err := setup.Open(t.Context(), f, aws.Open, func(name string) string { return a.env[name] }, &a.log)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := aws.Open(t.Context(), platform.Needs{Getenv: func(name string) string { return a.env[name] }})
	if err != nil {
		t.Fatal(err)
	}
	b.Now = func() time.Time { return a.now }
	b.Queue = &a.queue
	if f.Needs().Slow {
		b.Slow = &a.queue
	}
	b.Store = store.New(store.Options{
		KV: opened.KV, Sealer: b.Sealer, Now: b.Now, Retention: b.Retention, MaxDelay: a.queue.MaxDelay(), Metered: opened.Metered, Schedule: b.RetryWaits, Logger: b.Logger,
	})
	b.Router = &api.Router{Keys: b.Store, Logger: b.Logger, Now: b.Now}
	return b
}

// send sends an event.
func (a *account) send(t *testing.T, receive http.Handler, n int) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/events/default", bytes.NewReader(clouds.Pushed(fmt.Sprintf("v1.10.%d", n))))
	r.Header.Set("Authorization", "Bearer "+a.key)
	w := httptest.NewRecorder()
	if receive.ServeHTTP(w, r); w.Code != http.StatusAccepted {
		t.Fatalf("send an event: %d %s", w.Code, w.Body)
	}
}

// drain hands what is in the queue to deliver, each message when its time has come.
func (a *account) drain(t *testing.T, deliver func(context.Context, []byte) error) {
	t.Helper()
	for len(a.queue.messages) > 0 {
		m := a.queue.messages[0]
		a.queue.messages = a.queue.messages[1:]
		a.now = a.now.Add(m.Delay)
		if err := deliver(t.Context(), m.Body); err != nil {
			t.Fatal(err)
		}
	}
}
