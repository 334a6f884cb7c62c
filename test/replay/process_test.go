package replay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/webhook"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/storetest"
)

// capture is one request as it arrived.
type capture struct {
	Label      string
	ReceivedAt time.Time `json:"received_at"`
	Headers    http.Header
	Body       json.RawMessage
}

// read reads the requests of a life and the bodies that are expected of each label.
func read(t *testing.T, name string) (captures []capture, want map[string][]sink.TCR) {
	t.Helper()
	expected := "testdata/" + name + "-expected.json"
	if name == "distribution" {
		// These are in files of their own, where the dialect is tested with them.
		expected = "../../shared/source/testdata/distribution-expected.json"
		files, err := filepath.Glob("../../shared/source/testdata/distribution/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal("no files", err)
		}
		for _, file := range files {
			var c capture
			unmarshal(t, readFile(t, file), &c)
			captures = append(captures, c)
		}
	} else {
		lines := bufio.NewScanner(bytes.NewReader(readFile(t, "testdata/"+name+".jsonl")))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c capture
			unmarshal(t, lines.Bytes(), &c)
			captures = append(captures, c)
		}
	}
	slices.SortStableFunc(captures, func(a, b capture) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	unmarshal(t, readFile(t, expected), &want)
	if name == "gitea" {
		complete(t, captures, want)
	}
	return captures, want
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unmarshal(t *testing.T, data []byte, value any) {
	t.Helper()
	if err := json.Unmarshal(data, value); err != nil {
		t.Fatal(err)
	}
}

// process is the functions receive and deliver over a local store, at the time of the
// last capture, with a trigger whose target is a sink.
type process struct {
	t       *testing.T
	clock   storetest.Clock
	receive http.Handler
	deliver func(context.Context, []byte) error
	waiting queue
	sink    *sink.Sink
	seen    int
	key     string
}

// queue keeps the messages to deliver.
type queue struct{ messages []platform.Message }

func (q *queue) MaxDelay() time.Duration { return time.Minute }

func (q *queue) Send(_ context.Context, messages ...platform.Message) []error {
	q.messages = append(q.messages, messages...)
	return make([]error, len(messages))
}

func newProcess(t *testing.T, registry shipbell.Registry) *process {
	t.Helper()
	p := &process{t: t, sink: sink.Start(t)}
	p.clock.Set(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	clock := p.clock.Now
	files, err := local.Open(t.TempDir(), local.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	kept := store.New(store.Options{KV: files, Sealer: sealer, Now: clock, Retention: 24 * time.Hour, MaxDelay: time.Minute})
	p.receive = receive.New(receive.Deps{
		Router: &api.Router{Keys: kept, Logger: logger, Now: clock}, Store: kept, Queue: &p.waiting, Now: clock, Logger: logger,
	})
	p.deliver = deliver.New(deliver.Deps{
		Store: kept, Queue: &p.waiting, Circuits: circuit.NewRecords(kept.Items()), Schedule: shipbell.Schedule{time.Hour}, Lease: time.Minute,
		Sender: webhook.New(webhook.Deps{Version: shipbell.Version, Now: clock, Client: safehttp.New(safehttp.Options{
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		})}),
		TargetSlots: 8, Now: clock, Random: func() float64 { return 0.5 }, Logger: logger,
	}).Message
	p.configure(kept, registry)
	return p
}

// configure makes the registry, the trigger and the access key.
func (p *process) configure(kept *store.Store, registry shipbell.Registry) {
	p.t.Helper()
	if _, _, err := kept.PutRegistry(p.t.Context(), registry); err != nil {
		p.t.Fatal(err)
	}
	trigger := shipbell.Trigger{
		Registry: registry.ID, Name: "all", Enabled: true, Actions: actions(), Targets: []shipbell.Target{{URL: p.sink.URL()}},
	}
	trigger.Normalise()
	if _, err := kept.CreateTrigger(p.t.Context(), trigger); err != nil {
		p.t.Fatal(err)
	}
	key, err := kept.CreateAccessKey(p.t.Context(), access.NewKey(shipbell.RoleIngest, nil, ""))
	if err != nil {
		p.t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		p.t.Fatal(err)
	}
	p.key = key.ID + ":" + secret
}

// replayAll replays captures. It gives what the target gets of each label, and the status
// where a request of a label was not accepted.
func (p *process) replayAll(captures []capture) (got map[string][]sink.TCR, refused map[string]int) {
	p.t.Helper()
	got, refused = map[string][]sink.TCR{}, map[string]int{}
	for _, c := range captures {
		status, bodies := p.replay(c)
		got[c.Label] = append(got[c.Label], bodies...)
		if status != http.StatusAccepted {
			refused[c.Label] = status
		}
	}
	return got, refused
}

// replay sends one capture, as it came and at its time, and gives the answer and what the
// target gets.
func (p *process) replay(c capture) (status int, bodies []sink.TCR) {
	p.t.Helper()
	p.clock.Set(c.ReceivedAt)
	body := []byte(c.Body)
	if c.Headers.Get("X-Gitea-Signature") != "" {
		// Gitea signs its JSON as it is indented.
		var indented bytes.Buffer
		if err := json.Indent(&indented, body, "", "  "); err != nil {
			p.t.Fatal(err)
		}
		body = indented.Bytes()
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/events/default", bytes.NewReader(body))
	r.Header = c.Headers.Clone()
	r.Header.Set("Authorization", "Bearer "+p.key)
	w := httptest.NewRecorder()
	p.receive.ServeHTTP(w, r)
	for _, m := range p.waiting.messages {
		if err := p.deliver(p.t.Context(), m.Body); err != nil {
			p.t.Fatal(err)
		}
	}
	p.waiting.messages = nil
	for _, one := range p.sink.Requests()[p.seen:] {
		p.seen++
		bodies = append(bodies, one.TCR)
	}
	return w.Code, bodies
}
